/* <site-search>: the short list below the box of the top bar. htmx fetches it while somebody types; this opens and
   closes it and lets the arrow keys walk through it. Without it Enter opens the page of results. */

class SiteSearch extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.list = this.querySelector(".menu-list");
    this.said = this.querySelector("[role=status]");
    this.addEventListener("htmx:afterSwap", () => this.filled());
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("focusout", (event) => {
      if (!this.contains(event.relatedTarget)) this.list.hidden = true;
    });
    this.input.addEventListener("focus", () => this.show());
    this.input.addEventListener("input", () => {
      if (!this.input.value.trim()) this.close();
    });
  }

  get links() {
    return [...this.list.querySelectorAll("a")];
  }

  filled() {
    if (this.contains(document.activeElement)) this.show();
    const found = this.links.length - 1;
    this.said.textContent = found > 0 ? `${found} found. Arrow down walks through them.` : "Nothing found yet.";
  }

  show() {
    this.list.hidden = !this.input.value.trim() || this.links.length === 0;
  }

  close() {
    this.list.hidden = true;
  }

  key(event) {
    if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
      this.input.focus();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const stops = [this.input, ...(this.list.hidden ? [] : this.links)];
      const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      stops[(at + stops.length) % stops.length].focus();
    }
  }
}

customElements.define("site-search", SiteSearch);
