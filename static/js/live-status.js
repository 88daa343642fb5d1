/* <live-status>: htmx polls and replaces it; this only tells the rest of the page that the scores are fresh again,
   so that a part with hx-trigger="scores:fresh from:document" fetches itself once. */

let wasRecomputing = false;

class LiveStatus extends HTMLElement {
  connectedCallback() {
    const recomputing = this.hasAttribute("hx-get");
    if (wasRecomputing && !recomputing) document.dispatchEvent(new CustomEvent("scores:fresh"));
    wasRecomputing = recomputing;
  }
}

customElements.define("live-status", LiveStatus);
