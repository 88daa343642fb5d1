/* <value-curve for="id">: the curve of the points in a box ("measured value: points" a line) is drawn again while
   they are typed. The same geometry as cdmo_eval/core/figures/curves.py; what is no curve leaves the last one faded. */

const WIDTH = 240, HEIGHT = 120, LEFT = 30, RIGHT = 8, TOP = 10, BOTTOM = 24;

const numberOf = (text) => {
  const [over, under] = text.trim().split("/");
  if (!over || !/^-?[\d.]+$/.test(over) || (under !== undefined && !/^[\d.]+$/.test(under))) return Number.NaN;
  return Number(over) / (under === undefined ? 1 : Number(under));
};

const pointsOf = (text) => text.split(/[\n;]/).filter((line) => line.trim()).map((line) => line.split(":").map(numberOf));

const isCurve = (points) =>
  points.length > 1
  && points.every(([x, y], at) => Number.isFinite(x) && y >= 0 && y <= 100 && (at === 0 || x > points[at - 1][0]));

const short = (number) => String(Number(number.toPrecision(6)));

class ValueCurve extends HTMLElement {
  connectedCallback() {
    this.box = document.getElementById(this.getAttribute("for"));
    this.box?.addEventListener("input", this);
  }

  disconnectedCallback() {
    this.box?.removeEventListener("input", this);
  }

  handleEvent() {
    const points = pointsOf(this.box.value);
    const good = isCurve(points) && points.every((pair) => pair.length === 2);
    this.toggleAttribute("data-broken", !good);
    if (good) this.draw(points);
  }

  draw(points) {
    const svg = this.querySelector("svg");
    if (!svg) return;
    const first = points[0][0], last = points.at(-1)[0];
    const placed = points.map(([x, y]) => [
      (LEFT + ((x - first) / (last - first)) * (WIDTH - LEFT - RIGHT)).toFixed(2),
      (HEIGHT - BOTTOM - (y / 100) * (HEIGHT - TOP - BOTTOM)).toFixed(2),
    ]);
    svg.querySelector(".curve-line").setAttribute("d", `M${placed.map((pair) => pair.join(" ")).join("L")}`);
    for (const dot of svg.querySelectorAll(".curve-dot, .curve-here")) dot.remove();
    for (const [x, y] of placed) {
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      for (const [name, value] of Object.entries({ class: "curve-dot", cx: x, cy: y, r: 3 })) dot.setAttribute(name, value);
      svg.append(dot);
    }
    const [from, to] = [...svg.querySelectorAll("text.axis")].slice(2);
    from.textContent = short(first);
    to.textContent = to.textContent.replace(/^\S+/, short(last));
    const said = points.map(([x, y]) => `${short(x)} gives ${short(y)}`).join(", ");
    svg.setAttribute("aria-label", `Value by measured value: ${said}; in between in proportion.`);
  }
}

customElements.define("value-curve", ValueCurve);
