/* Keys: / search, ? list of keys, g then a letter to go somewhere, j and k along rows, x to select a row,
   c to compare and s to shortlist what is selected, 1 2 3 for the layout, [ ] for the first criterion.
   Single letters can be switched off (cookie keys=off). Pages mark their parts:
   tr[data-row] a row with its checkbox, [data-key="c"] the control a letter presses, [data-layout-key="1"]. */
import { readCookie } from "./cookies.js";

const PLACES = { d: "dashboard", v: "vendors", s: "scorecards", l: "shortlists", j: "imports", e: "evidence", a: "audit" };
const GO_WINDOW_MS = 1200;
let goPressedAt = -Infinity;

const isTyping = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable], dialog[open]") !== null;

function goTo(letter) {
  const link = document.querySelector(`.nav [data-nav="${PLACES[letter]}"], a[data-place="${PLACES[letter]}"]`);
  if (link) location.assign(link.href);
}

function currentRow() {
  return document.activeElement?.closest("tr[data-row]") ?? null;
}

function moveRow(step) {
  const rows = [...document.querySelectorAll("tr[data-row]")];
  if (rows.length === 0) return;
  const at = rows.indexOf(currentRow());
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  (next.querySelector("a, input, button") ?? next).focus();
}

/* The box of the top bar, or of the page of results; where the bar has but an icon, that icon's page. */
function search() {
  const box = document.getElementById("search");
  if (box?.offsetParent) box.select();
  else document.querySelector('.top a[href$="/search/"]')?.click();
}

const ACTIONS = {
  "/": search,
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => currentRow()?.querySelector("input[type=checkbox]")?.click(),
  c: () => document.querySelector('[data-key="c"]')?.click(),
  s: () => document.querySelector('[data-key="s"]')?.click(),
  1: () => document.querySelector('[data-layout-key="1"]')?.click(),
  2: () => document.querySelector('[data-layout-key="2"]')?.click(),
  3: () => document.querySelector('[data-layout-key="3"]')?.click(),
  "[": () => document.dispatchEvent(new CustomEvent("baseline:move", { detail: -1 })),
  "]": () => document.dispatchEvent(new CustomEvent("baseline:move", { detail: 1 })),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  if (readCookie("keys") === "off") return;
  if (performance.now() - goPressedAt < GO_WINDOW_MS && event.key in PLACES) {
    goPressedAt = -Infinity;
    event.preventDefault();
    goTo(event.key);
    return;
  }
  goPressedAt = event.key === "g" ? performance.now() : -Infinity;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
