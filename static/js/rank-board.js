/* <rank-board>: the ranking added up anew while a weight moves, with the server's own arithmetic (exact-scores.js).
   It fetches the cells after the first paint, moves scores, bars, intervals, ranks and rows, and keeps them in step with
   <weight-sliders>, also when the board was replaced by another layout, page or calculation. Where the cells are not to
   be had (many vendors, or a reader who may not see offers) or a criterion gains its first weight or loses its last, it
   asks the server when the weight is let go. Everything is readable, and every choice a link, without it. */
import { leadText, model, points, scoreText, standings, text, weights, wholePercent } from "./exact-scores.js";
import { Bar, Ruler } from "./board-drawing.js";

const MOVE_MS = 220;
const ANNOUNCE_MS = 1000;
const kept = { run: null, live: null }; // the cells of the calculation shown, for boards that follow each other
const chosen = new Set();
let leader = null;
let saidAt = -Infinity;

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

class RankBoard extends HTMLElement {
  connectedCallback() {
    this.rows = new Map([...this.querySelectorAll("tr[data-id]")].map((row) => [row.dataset.id, row]));
    this.body = this.querySelector("tbody");
    this.bars = new Map();
    this.sliders = document.querySelector("weight-sliders[data-board-weights]");
    this.addEventListener("click", this);
    this.addEventListener("change", this);
    document.addEventListener("weights:move", this);
    document.addEventListener("weights:rest", this);
    this.classList.add("ready");
    this.choose();
    if (this.sliders?.moved && !this.hasAttribute("data-previewed")) this.follow(true);
    if (this.dataset.live) requestAnimationFrame(() => setTimeout(() => this.fetchCells(), 0));
  }

  disconnectedCallback() {
    document.removeEventListener("weights:move", this);
    document.removeEventListener("weights:rest", this);
    cancelAnimationFrame(this.frame);
  }

  handleEvent(event) {
    if (event.type === "weights:move") this.follow(false);
    else if (event.type === "weights:rest") this.follow(true);
    else if (event.type === "click") this.press(event);
    else if (event.target.matches("input[name=c]")) this.tick(event.target);
  }

  press(event) {
    const isolate = event.target.closest("[data-isolate]");
    if (isolate && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.isolate(isolate);
    } else if (event.target.closest("[data-reset]")) {
      event.preventDefault();
      this.reset();
    } else if (event.target.closest("[data-clear]")) {
      chosen.clear();
      this.choose();
    }
  }

  /* Cells ------------------------------------------------------------------------------------------------------- */

  async fetchCells() {
    if (kept.run !== this.dataset.run) {
      try {
        const answer = await fetch(this.dataset.live, { headers: { Accept: "application/json", "X-Background": "true" } });
        if (!answer.ok) return;
        const found = model(await answer.json());
        if (found.answer.run !== this.dataset.run) return; // another calculation landed: the status line brings its board
        Object.assign(kept, { run: this.dataset.run, live: found });
      } catch {
        return; // offline: weights are then tried out by asking
      }
    }
    if (!this.isConnected) return;
    const first = standings(kept.live, weights(kept.live, points(kept.live, null)))[0];
    leader ??= first?.state === "ranked" ? first.row : null;
    this.classList.add("live");
    if (this.sliders?.moved && !this.hasAttribute("data-previewed")) this.follow(true);
  }

  get live() {
    return kept.run === this.dataset.run ? kept.live : null;
  }

  /* Whether other vendors could be asked other things: the server rates everybody anew then. */
  needsServer(tenths) {
    return !this.live || this.live.groups.some((group) => (group.ratio.top > 0n) !== (tenths.get(group.code) ?? 0) > 0);
  }

  follow(atRest) {
    if (!this.sliders) return;
    const { moved, tenths } = this.sliders;
    const asked = this.hasAttribute("data-previewed"); // drawn by the server: once at rest, it says the next one too
    if (atRest && (asked || (moved && this.needsServer(tenths)))) this.ask(moved ? tenths : null);
    else if (this.live) {
      cancelAnimationFrame(this.frame);
      this.frame = requestAnimationFrame(() => this.draw(moved ? tenths : null));
    }
  }

  ask(tenths) {
    const asked = new URLSearchParams(location.search);
    for (const name of [...asked.keys()]) if (name.startsWith("weight-")) asked.delete(name);
    if (tenths) for (const [code, amount] of tenths) asked.set(`weight-${code}`, (amount / 10).toFixed(1));
    window.htmx?.trigger("#board", "htmx:abort"); // the newest question counts
    window.htmx?.ajax("GET", `${this.dataset.address}?${asked}`, { source: "#board", target: "#board" });
  }

  reset() {
    if (this.sliders?.moved) this.sliders.restore();
    else this.ask(null);
  }

  /* Drawing ----------------------------------------------------------------------------------------------------- */

  get order() {
    const slots = this.live.groups.map((group, at) => at);
    const { start } = this.dataset;
    const { groups } = this.live;
    return slots.sort((a, b) => (groups[b].code === start) - (groups[a].code === start) || groups[a].slot - groups[b].slot);
  }

  draw(tenths) {
    const { live } = this;
    const shared = weights(live, points(live, tenths));
    if (!shared) return;
    const found = standings(live, shared);
    this.banner(found, tenths !== null);
    this.announce(found);
    const listed = this.hasAttribute("data-hide") ? found.filter((each) => each.state === "ranked") : found;
    const size = Number(this.dataset.perPage);
    const shown = listed.slice((Number(this.dataset.page) - 1) * size, Number(this.dataset.page) * size);
    const missing = shown.filter((each) => !this.rows.has(this.idOf(each)));
    if (missing.length) this.fetchRows(missing, tenths);
    const here = shown.filter((each) => this.rows.has(this.idOf(each)));
    this.place(here.map((each) => this.rows.get(this.idOf(each))));
    const { order } = this;
    for (const each of here) this.fill(this.rows.get(this.idOf(each)), each, order, tenths !== null);
    this.drawRuler(shared, order);
  }

  idOf(found) {
    return this.live.answer.candidates[found.row].id;
  }

  nameOf(found) {
    return this.live.answer.candidates[found.row].name;
  }

  /* Rows are put in order without asking where they lie: heights are measured once, and places are their sums, so that
     nothing is laid out in the middle of a step. They slide when a step stands alone; during a drag they follow at once. */
  place(rows) {
    const now = [...this.body.rows];
    const dragged = performance.now() - (this.movedAt ?? -Infinity) < MOVE_MS;
    this.movedAt = performance.now();
    if (now.length === rows.length && now.every((row, at) => row === rows[at])) return;
    const before = still() || dragged ? null : this.topsOf(now);
    const focused = document.activeElement;
    const kept = new Set(rows);
    for (const row of now) if (!kept.has(row)) row.remove();
    rows.forEach((row, at) => {
      if (this.body.rows[at] !== row) this.body.insertBefore(row, this.body.rows[at] ?? null);
    });
    if (this.contains(focused) && document.activeElement !== focused) focused.focus({ preventScroll: true });
    if (!before) return;
    for (const [row, top] of this.topsOf(rows)) {
      const by = before.has(row) ? before.get(row) - top : 0;
      if (by) row.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: MOVE_MS, easing: "cubic-bezier(.2,.7,.2,1)" });
    }
  }

  topsOf(rows) {
    if (this.measuredAt !== innerWidth) [this.heights, this.measuredAt] = [new Map(), innerWidth];
    const missing = rows.filter((row) => !this.heights.has(row) && row.isConnected);
    for (const row of missing) this.heights.set(row, row.offsetHeight);
    const tops = new Map();
    let top = 0;
    for (const row of rows) {
      tops.set(row, top);
      top += this.heights.get(row) ?? 0;
    }
    return tops;
  }

  partsOf(row) {
    if (!this.bars.has(row)) {
      const fields = new Map([...row.querySelectorAll("[data-f]")].map((element) => [element.dataset.f, element]));
      const svg = row.querySelector("svg.bar");
      this.bars.set(row, { fields, svg, bar: null });
    }
    return this.bars.get(row);
  }

  fill(row, found, order, preview) {
    const parts = this.partsOf(row);
    const { groups, answer } = this.live;
    const out = found.state !== "ranked";
    row.classList.toggle("fails", out);
    const write = (name, words) => {
      const element = parts.fields.get(name);
      if (element && element.textContent !== words) element.textContent = words;
    };
    write("rank", out ? "–" : `${found.tied ? "=" : ""}${found.rank}`);
    const steps = preview && !out ? (answer.candidates[found.row].rank || found.rank) - found.rank : 0;
    if (parts.steps !== steps) this.mark(parts.fields.get("delta"), (parts.steps = steps));
    if (this.dataset.view === "numbers") {
      write("score2", scoreText(found, 2) || "Unknown");
      write("low2", text(found.low, undefined, 2));
      write("high2", text(found.high, undefined, 2));
      write("best", found.best ? String(found.best) : "–");
      write("worst", found.worst ? String(found.worst) : "–");
      for (const name of ["coverage", "verified", "strength"]) write(`${name}2`, text(found[name], undefined, 2));
      groups.forEach((group, at) => write(`g-${group.code}`, found.denominator ? text(found.points[at], BigInt(found.denominator) * 1_000_000n, 2) : "0.00"));
      return;
    }
    const score = scoreText(found);
    write("score", score || "Unknown");
    write("interval", `${text(found.low)}–${text(found.high)}`);
    write("answered", wholePercent(found.coverage));
    write("strength", wholePercent(found.strength));
    if (!parts.svg) return;
    parts.bar ??= new Bar(parts.svg, groups);
    parts.bar.draw(found, order, this.dataset.view === "split");
    const label = `${this.nameOf(found)}: score ${score}, interval ${text(found.low)} to ${text(found.high)}.`;
    if (parts.said !== label) parts.svg.setAttribute("aria-label", (parts.said = label));
  }

  mark(element, steps) {
    if (!element) return;
    const words = steps ? String(Math.abs(steps)) : "";
    element.classList.toggle("up", steps > 0);
    element.classList.toggle("down", steps < 0);
    if (element.textContent !== words) element.textContent = words;
    if (steps) element.setAttribute("title", `${Math.abs(steps)} ${steps > 0 ? "up" : "down"} from rank as published`);
    else element.removeAttribute("title");
  }

  drawRuler(shared, order) {
    const svg = this.querySelector("svg.ruler");
    if (!svg) return;
    this.ruler ??= new Ruler(svg, this.live.groups);
    const byGroup = new Float64Array(this.live.groups.length);
    shared.forEach((ppb, leaf) => (byGroup[this.live.of[leaf]] += ppb));
    this.ruler.draw(byGroup, order);
    const said = order.map((at) => `${this.live.groups[at].name} ${text(byGroup[at], 1_000_000_000)}`).join("; ");
    svg.setAttribute("aria-label", `Weights out of 100: ${said}.`);
  }

  /* Rows of other pages that come up into this one. */
  async fetchRows(missing, tenths) {
    const size = Number(this.dataset.perPage);
    const pages = new Set(missing.map((each) => 1 + Math.floor(each.row / size)).filter((page) => !this.asked?.has(page)));
    if (pages.size === 0) return;
    this.asked = new Set([...(this.asked ?? []), ...pages]);
    const address = (page) => `${this.dataset.address}?layout=${this.dataset.view}&start=${this.dataset.start}&page=${page}`;
    const answers = await Promise.all([...pages].map((page) => fetch(address(page), { headers: { "HX-Request": "true" } }).then((answer) => answer.text())));
    for (const html of answers) {
      for (const row of new DOMParser().parseFromString(html, "text/html").querySelectorAll("tr[data-id]")) {
        if (!this.rows.has(row.dataset.id)) this.rows.set(row.dataset.id, document.adoptNode(row));
      }
    }
    if (this.isConnected && this.live) this.draw(tenths);
    this.choose();
  }

  banner(found, preview) {
    const banner = this.querySelector("[data-banner]");
    document.getElementById("answer")?.classList.toggle("is-preview", preview);
    banner.hidden = !preview;
    if (!preview) return;
    const [first, second] = found.filter((each) => each.state === "ranked");
    let words = "Nobody would be ranked.";
    if (first && second && second.rank === 1) words = `${this.nameOf(first)} and ${this.nameOf(second)} would share first place with ${scoreText(first)}.`;
    else if (first) words = `${this.nameOf(first)} would lead with ${scoreText(first)}${second ? `, ${leadText(first, second)} ahead of ${this.nameOf(second)}` : ""}.`;
    const lead = document.createElement("b");
    lead.textContent = "Preview with unsaved weights.";
    banner.querySelector("[data-banner-words]").replaceChildren(lead, ` ${words}`);
  }

  announce(found) {
    const first = found[0]?.state === "ranked" ? found[0].row : null;
    this.next = first;
    if (first === null || first === leader || this.waits) return;
    const wait = Math.max(0, saidAt + ANNOUNCE_MS - performance.now());
    this.waits = setTimeout(() => {
      this.waits = undefined;
      if (this.next === null || this.next === leader || !this.live) return;
      leader = this.next;
      saidAt = performance.now();
      this.querySelector("[data-announce]").textContent = `${this.live.answer.candidates[leader].name} is now ranked first.`;
    }, wait);
  }

  /* One criterion alone, and the choice of vendors ----------------------------------------------------------------- */

  isolate(link) {
    const state = link.matches("button") ? "aria-pressed" : "aria-current";
    const alone = link.getAttribute(state) !== "true";
    for (const each of this.querySelectorAll("[data-isolate]")) each.setAttribute(state, "false");
    if (alone) link.setAttribute(state, "true");
    if (alone) this.dataset.isolated = [...link.querySelector(".swatch").classList].find((name) => /^k\d+$/.test(name));
    else delete this.dataset.isolated;
    const tools = this.querySelector("form[data-board-tools]");
    if (!tools) return;
    const address = new URL(location.href);
    if (alone) address.searchParams.set("isolate", link.dataset.isolate);
    else address.searchParams.delete("isolate");
    history.replaceState(history.state, "", address);
    let field = tools.querySelector("input[name=isolate]");
    if (!field) {
      field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "isolate" });
      tools.append(field);
    }
    field.value = alone ? link.dataset.isolate : "";
    for (const other of tools.querySelectorAll("a[data-layout-key]")) {
      const asked = new URLSearchParams(other.getAttribute("href"));
      asked.delete("isolate");
      if (alone) asked.set("isolate", link.dataset.isolate);
      other.setAttribute("href", `?${asked}`);
    }
  }

  tick(box) {
    if (box.checked) chosen.add(box.value);
    else chosen.delete(box.value);
    this.choose();
  }

  choose() {
    for (const row of this.rows.values()) {
      const box = row.querySelector("input[name=c]");
      box.checked = chosen.has(box.value);
      row.toggleAttribute("data-chosen", box.checked);
    }
    const bar = this.querySelector("[data-selection]");
    if (!bar) return;
    for (const field of bar.querySelectorAll("input[data-elsewhere]")) field.remove();
    const here = new Set([...this.body.rows].map((row) => row.dataset.id));
    for (const id of chosen) {
      if (here.has(id)) continue; // chosen on another page: it goes with the form all the same
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: "c", value: id });
      field.setAttribute("data-elsewhere", "");
      bar.append(field);
    }
    const count = chosen.size;
    bar.classList.toggle("is-empty", count === 0);
    bar.querySelector("[data-clear]").hidden = count === 0;
    for (const button of bar.querySelectorAll("[data-needs]")) {
      const [least, most] = button.dataset.needs.split("-").map(Number);
      button.disabled = count < least || (most && count > most);
    }
    const words = count === 1 ? "1 vendor chosen. Tick another to compare." : count > 5 ? `${count} vendors chosen; up to 5 can be compared.` : `${count} vendors chosen.`;
    bar.querySelector("[data-chosen]").textContent = count ? words : "Tick 2 to 5 vendors to compare them.";
  }
}

customElements.define("rank-board", RankBoard);

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
});

/* Blank choices stay out of the address; a layout's link leads where it says by now. */
document.addEventListener("htmx:configRequest", (event) => {
  if (event.target.matches?.("a[data-layout-key]")) event.detail.path = event.target.getAttribute("href");
  if (!event.target.matches?.("form[data-board-tools]")) return;
  for (const [name, value] of [...event.detail.formData.entries()]) if (value === "") event.detail.formData.delete(name);
});

document.addEventListener("baseline:move", (event) => {
  const choice = document.querySelector("select[data-sends]");
  if (!choice) return;
  const count = choice.options.length;
  choice.selectedIndex = (choice.selectedIndex + event.detail + count) % count;
  choice.form.requestSubmit();
});
