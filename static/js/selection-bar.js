/* <selection-bar>: says how many rows of the page are chosen. Without it the bar still shows while one is (CSS). */

class SelectionBar extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("button[form]")?.form;
    this.count = this.querySelector(".chosen-count");
    if (!this.form || !this.count) return;
    this.listen = (event) => { if (event.target.form === this.form) this.say(); };
    this.reset = () => setTimeout(() => this.say());
    document.addEventListener("change", this.listen);
    this.form.addEventListener("reset", this.reset);
    this.say();
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.listen);
    this.form?.removeEventListener("reset", this.reset);
  }

  say() {
    const chosen = [...this.form.elements].filter((one) => one.type === "checkbox" && one.checked).length;
    this.count.textContent = chosen === 0 ? "" : chosen === 1 ? "1 vendor chosen" : `${chosen} vendors chosen`;
  }
}

customElements.define("selection-bar", SelectionBar);
