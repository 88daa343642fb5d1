/* <flash-message>: adds a button that puts the message away. It never goes by itself: people read at their own pace. */

class FlashMessage extends HTMLElement {
  connectedCallback() {
    if (this.querySelector("[data-dismiss]")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link-button";
    button.dataset.dismiss = "";
    button.textContent = "Dismiss";
    button.addEventListener("click", () => {
      this.remove();
      document.getElementById("main")?.focus({ preventScroll: true });
    });
    this.firstElementChild?.append(button);
  }
}

customElements.define("flash-message", FlashMessage);
