/* Waiting: nothing under 300 ms; after that the old content fades to 60 % and a thin line runs on top.
   Polls ([hx-trigger^=every]) are silent: they would make the page flicker once a second. */

const DELAY_MS = 300;
const waiting = new Map();

const isPoll = (element) => (element.getAttribute("hx-trigger") ?? "").startsWith("every");

function show(target) {
  document.documentElement.dataset.busy = "";
  target?.setAttribute("aria-busy", "true");
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, target, xhr } = event.detail;
  if (isPoll(elt)) return;
  waiting.set(xhr, { target, timer: setTimeout(() => show(target), DELAY_MS) });
});

document.addEventListener("htmx:afterRequest", (event) => {
  const wait = waiting.get(event.detail.xhr);
  if (!wait) return;
  clearTimeout(wait.timer);
  waiting.delete(event.detail.xhr);
  wait.target?.removeAttribute("aria-busy");
  if (waiting.size === 0) delete document.documentElement.dataset.busy;
});
