/* <weight-sliders>: number box, slider and steps of a weight move together, and the other unlocked weights give or
   take in proportion, so that the sum stays 100.0. Without it the boxes are typed into and the server shares out.
   Says "weights:move" while one moves and "weights:rest" when it is let go; `tenths` and `moved` tell where they are,
   `restore()` puts back what was there at first. */

const TENTHS = 1000;

const tenthsOf = (text) => Math.max(0, Math.min(TENTHS, Math.round(Number.parseFloat(text || "0") * 10) || 0));

class WeightSliders extends HTMLElement {
  connectedCallback() {
    this.rows = [...this.querySelectorAll("li[data-code]")].map((item) => ({
      item,
      code: item.dataset.code,
      box: item.querySelector("input[type=number]"),
      slider: item.querySelector("input[type=range]"),
      lock: item.querySelector(".lock"),
    }));
    this.first ??= new Map(this.rows.map((row) => [row.code, tenthsOf(row.box.defaultValue)]));
    this.classList.add("ready");
    const fold = this.closest("details");
    if (fold && matchMedia("(min-width: 701px)").matches) fold.open = true; // folded on a phone only
    for (const row of this.rows) {
      this.show(row, tenthsOf(row.box.value));
      // On the board a lock that is kept with the scorecard is opened where it was set.
      if (this.hasAttribute("data-board-weights") && this.isLocked(row)) row.kept = true;
      this.hold(row);
    }
    this.addEventListener("input", this);
    this.addEventListener("change", this);
    this.addEventListener("click", this);
    this.addEventListener("keydown", this);
  }

  get tenths() {
    return new Map(this.rows.map((row) => [row.code, tenthsOf(row.box.value)]));
  }

  get moved() {
    return this.rows.some((row) => tenthsOf(row.box.value) !== this.first.get(row.code));
  }

  restore() {
    for (const row of this.rows) this.show(row, this.first.get(row.code));
    this.total();
    this.say("weights:rest");
  }

  handleEvent(event) {
    const row = this.rows.find(({ item }) => item.contains(event.target));
    if (!row) return;
    if (event.type === "click") this.press(row, event.target.closest("button"));
    else if (event.type === "keydown") this.key(row, event);
    else if (event.target === row.slider) {
      if (event.type === "input") this.set(row, tenthsOf(row.slider.value));
      else this.say("weights:rest");
    } else if (event.type === "change" && event.target === row.box && tenthsOf(row.box.value) !== row.shown) {
      this.set(row, tenthsOf(row.box.value));
      this.say("weights:rest");
    }
  }

  /* Beside the board Enter tries a number out; saving has a button of its own. */
  key(row, event) {
    if (event.key !== "Enter" || event.target !== row.box || !this.hasAttribute("data-board-weights")) return;
    event.preventDefault();
    this.set(row, tenthsOf(row.box.value));
    this.say("weights:rest");
  }

  isLocked(row) {
    return row.lock.getAttribute("aria-pressed") === "true";
  }

  hold(row) {
    const locked = this.isLocked(row);
    row.item.classList.toggle("is-locked", locked);
    if (!this.hasAttribute("data-board-weights")) return;
    row.slider.disabled = locked;
    row.box.readOnly = locked;
    for (const step of row.item.querySelectorAll("[data-step]")) step.disabled = locked;
    if (row.kept) {
      row.lock.disabled = true;
      row.lock.title = "Locked with the scorecard. Fine-tune opens it.";
    }
  }

  press(row, button) {
    if (!button) return;
    if (button === row.lock) {
      const locked = !this.isLocked(row);
      button.setAttribute("aria-pressed", String(locked));
      const use = button.querySelector("use");
      use.setAttribute("href", use.getAttribute("href").replace(/#.*/, locked ? "#lock" : "#unlock"));
      const tick = this.closest("form")?.querySelector(`input[name="locked"][value="${row.code}"]`);
      if (tick) tick.checked = locked;
      this.hold(row);
    } else if (button.dataset.step) {
      this.set(row, tenthsOf(row.box.value) + 10 * Number(button.dataset.step));
      this.say("weights:rest");
    }
  }

  set(row, wanted) {
    const free = this.rows.filter((each) => each !== row && !this.isLocked(each));
    const fixed = this.rows.filter((each) => each !== row && !free.includes(each));
    const room = TENTHS - fixed.reduce((sum, each) => sum + tenthsOf(each.box.value), 0);
    const now = Math.max(0, Math.min(free.length ? room : TENTHS, wanted));
    this.show(row, now);
    this.spread(free, Math.max(0, room - now));
    this.total();
    this.say("weights:move");
  }

  spread(rows, tenths) {
    const now = rows.map((row) => tenthsOf(row.box.value));
    const before = now.some(Boolean) ? now : rows.map((row) => this.first.get(row.code));
    const sum = before.reduce((a, b) => a + b, 0);
    const exact = before.map((value) => (sum ? (value * tenths) / sum : tenths / rows.length));
    const whole = exact.map(Math.floor);
    const order = exact.map((value, at) => at).sort((a, b) => exact[b] - whole[b] - (exact[a] - whole[a]) || a - b);
    const missing = tenths - whole.reduce((a, b) => a + b, 0);
    for (const at of order.slice(0, missing)) whole[at] += 1;
    for (const [at, row] of rows.entries()) this.show(row, whole[at]);
  }

  show(row, tenths) {
    const text = (tenths / 10).toFixed(1);
    row.shown = tenths;
    if (row.box.value !== text) row.box.value = text;
    if (row.slider.value !== text) row.slider.value = text;
    row.slider.setAttribute("aria-valuetext", `${text} of 100`);
  }

  total() {
    const sum = this.rows.reduce((tenths, row) => tenths + tenthsOf(row.box.value), 0);
    const output = this.closest(".panel")?.querySelector("[data-sum]");
    if (output) output.textContent = (sum / 10).toFixed(1);
  }

  say(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  }
}

customElements.define("weight-sliders", WeightSliders);
