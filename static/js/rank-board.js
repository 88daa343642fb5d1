/* <rank-board>: the key's buttons fade every criterion but one; the choice of the first criterion sends itself.
   Everything is there without it: the parts have names, the choice has a button. */

class RankBoard extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
  }

  handleEvent(event) {
    const button = event.target.closest("[data-isolate]");
    if (button) this.isolate(button.getAttribute("aria-pressed") === "true" ? null : button.dataset.isolate);
  }

  isolate(code) {
    this.toggleAttribute("data-isolated", code !== null);
    for (const button of this.querySelectorAll("[data-isolate]")) {
      button.setAttribute("aria-pressed", String(button.dataset.isolate === code));
    }
    for (const part of this.querySelectorAll(".part")) {
      part.classList.toggle("is-isolated", part.dataset.code === code);
    }
  }
}

customElements.define("rank-board", RankBoard);

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-sends]")) event.target.form.requestSubmit();
});

document.addEventListener("baseline:move", (event) => {
  const choice = document.querySelector("select[data-sends]");
  if (!choice) return;
  const count = choice.options.length;
  choice.selectedIndex = (choice.selectedIndex + event.detail + count) % count;
  choice.form.requestSubmit();
});
