/* <copy-text>: adds a button that copies the text of the <code>, <input> or <textarea> inside. */

class CopyText extends HTMLElement {
  connectedCallback() {
    const source = this.querySelector("code, input, textarea");
    if (!source || !navigator.clipboard || this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
        button.textContent = "Copied";
      } catch {
        source.select?.();
        button.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    this.append(button);
  }
}

customElements.define("copy-text", CopyText);
