/* <weight-sliders>: number box, slider and steps of a weight move together, and the other unlocked weights give or
   take in proportion, so that the sum stays 100.0. Without it the boxes are typed into and the server shares out. */

const TENTHS = 1000;

const tenthsOf = (text) => Math.max(0, Math.min(TENTHS, Math.round(Number.parseFloat(text || "0") * 10) || 0));

class WeightSliders extends HTMLElement {
  connectedCallback() {
    this.rows = [...this.querySelectorAll("li[data-code]")].map((item) => ({
      item,
      box: item.querySelector("input[type=number]"),
      slider: item.querySelector("input[type=range]"),
      lock: item.querySelector(".lock"),
    }));
    this.classList.add("ready");
    this.addEventListener("input", this);
    this.addEventListener("change", this);
    this.addEventListener("click", this);
  }

  handleEvent(event) {
    const row = this.rows.find(({ item }) => item.contains(event.target));
    if (!row) return;
    if (event.type === "click") this.press(row, event.target.closest("button"));
    else if (event.type === "input" && event.target === row.slider) this.set(row, tenthsOf(row.slider.value));
    else if (event.type === "change" && event.target === row.box) this.set(row, tenthsOf(row.box.value));
  }

  press(row, button) {
    if (!button) return;
    if (button === row.lock) {
      const locked = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(locked));
      const use = button.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, locked ? "#lock" : "#unlock"));
      const tick = this.closest("form")?.querySelector(`input[name="locked"][value="${row.item.dataset.code}"]`);
      if (tick) tick.checked = locked;
    } else if (button.dataset.step) {
      this.set(row, tenthsOf(row.box.value) + 10 * Number(button.dataset.step));
    }
  }

  set(row, wanted) {
    const free = this.rows.filter((each) => each !== row && each.lock.getAttribute("aria-pressed") !== "true");
    const fixed = this.rows.filter((each) => each !== row && !free.includes(each));
    const room = TENTHS - fixed.reduce((sum, each) => sum + tenthsOf(each.box.value), 0);
    const now = Math.max(0, Math.min(free.length ? room : TENTHS, wanted));
    this.show(row, now);
    this.spread(free, Math.max(0, room - now));
    this.total();
  }

  spread(rows, tenths) {
    const before = rows.map((row) => tenthsOf(row.box.value));
    const sum = before.reduce((a, b) => a + b, 0);
    const exact = before.map((value) => (sum ? (value * tenths) / sum : tenths / rows.length));
    const whole = exact.map(Math.floor);
    const order = exact.map((value, at) => at).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]) || a - b);
    const missing = tenths - whole.reduce((a, b) => a + b, 0);
    for (const at of order.slice(0, missing)) whole[at] += 1;
    for (const [at, row] of rows.entries()) this.show(row, whole[at]);
  }

  show(row, tenths) {
    row.box.value = (tenths / 10).toFixed(1);
    row.slider.value = row.box.value;
  }

  total() {
    const sum = this.rows.reduce((tenths, row) => tenths + tenthsOf(row.box.value), 0);
    const output = this.closest(".panel")?.querySelector("[data-sum]");
    if (output) output.textContent = (sum / 10).toFixed(1);
  }
}

customElements.define("weight-sliders", WeightSliders);
