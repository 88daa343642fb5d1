/* <theme-toggle>, <density-toggle>, <key-switch>: hidden until this runs, since they write cookies. */
import { readCookie, writeCookie } from "./cookies.js";

const root = document.documentElement;

class ThemeToggle extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.querySelector("button").addEventListener("click", () => {
      const system = root.dataset.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches;
      const theme = root.dataset.theme === "dark" || system ? "light" : "dark";
      root.dataset.theme = theme;
      writeCookie("theme", theme);
    });
  }
}

class DensityToggle extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const button = this.querySelector("button");
    const show = () => button.setAttribute("aria-pressed", String(root.dataset.density === "compact"));
    show();
    button.addEventListener("click", () => {
      const density = root.dataset.density === "compact" ? "comfortable" : "compact";
      root.dataset.density = density;
      writeCookie("density", density);
      show();
    });
  }
}

class KeySwitch extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    const box = this.querySelector("input");
    box.checked = readCookie("keys") !== "off";
    box.addEventListener("change", () => writeCookie("keys", box.checked ? "on" : "off"));
  }
}

customElements.define("theme-toggle", ThemeToggle);
customElements.define("density-toggle", DensityToggle);
customElements.define("key-switch", KeySwitch);
