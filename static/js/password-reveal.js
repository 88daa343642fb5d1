/* <password-reveal>: adds a button that shows what was typed; pasting and password managers stay untouched. */

class PasswordReveal extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input || this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.setAttribute("aria-controls", input.id);
    const show = (visible) => {
      input.type = visible ? "text" : "password";
      button.textContent = visible ? "Hide" : "Show";
      button.setAttribute("aria-label", visible ? "Hide the password" : "Show the password");
    };
    show(false);
    button.addEventListener("click", () => show(input.type === "password"));
    input.form?.addEventListener("submit", () => show(false)); /* browsers offer to save password fields only */
    this.append(button);
  }
}

customElements.define("password-reveal", PasswordReveal);
