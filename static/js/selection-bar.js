/* <selection-bar>: says how many rows are chosen and keeps each tick at once, so that it survives a turn of the page.
   Without it the bar still shows while one is (CSS), and its buttons keep the choice. */

class SelectionBar extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("button[form]")?.form;
    this.count = this.querySelector(".chosen-count");
    if (!this.form || !this.count) return;
    this.elsewhere = Number(this.dataset.elsewhere || 0);
    this.listen = (event) => { if (event.target.form === this.form) { this.say(); this.keep(); } };
    document.addEventListener("change", this.listen);
    this.say();
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.listen);
  }

  say() {
    const here = [...this.form.elements].filter((one) => one.type === "checkbox" && one.checked).length;
    const all = here + this.elsewhere;
    const said = all === 1 ? "1 vendor chosen" : `${all} vendors chosen`;
    this.count.textContent = all === 0 ? "" : this.elsewhere ? `${said}, ${this.elsewhere} of them not on this page` : said;
    this.classList.toggle("has-chosen", all > 0);
  }

  /* One request after the other: the last tick is the one that stays. */
  keep() {
    const data = new FormData(this.form);
    const send = () => fetch(this.form.action, { method: "POST", body: data, headers: { "HX-Request": "true" }, keepalive: true })
      .then((answer) => { if (answer.status === 409) this.count.textContent = "No more vendors can be chosen at once"; })
      .catch(() => {});
    this.sent = (this.sent ?? Promise.resolve()).then(send);
  }
}

customElements.define("selection-bar", SelectionBar);
