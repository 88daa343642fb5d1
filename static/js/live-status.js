/* <live-status>: htmx polls and replaces it; this only tells the rest of the page that there are other scores than before,
   so that a part with hx-trigger="scores:fresh from:document" fetches itself once. Fresh ones (data-shown says which)
   look for newer ones now and then, while somebody can see the page. */

const LOOK_EVERY = 10_000;
let wasRecomputing = false;
let shownBefore = null;

class LiveStatus extends HTMLElement {
  connectedCallback() {
    const shown = this.dataset.shown ?? null;
    const recomputing = shown === null && this.hasAttribute("hx-get");
    const others = shown !== null && shownBefore !== null && shown !== shownBefore;
    if (!recomputing && (wasRecomputing || others)) document.dispatchEvent(new CustomEvent("scores:fresh"));
    wasRecomputing = recomputing;
    shownBefore = shown ?? shownBefore;
    if (shown !== null) this.timer = setInterval(() => this.look(), LOOK_EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  look() {
    if (document.visibilityState === "visible") this.dispatchEvent(new CustomEvent("live:look"));
  }
}

customElements.define("live-status", LiveStatus);
