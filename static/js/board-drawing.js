/* Bars and the ruler of <rank-board> as the server draws them (cdmo_eval/core/figures/bars.py), moved in place: every
   bar keeps one rectangle a criterion and four paths, so that a slider's move touches little. */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 1000;
const WHOLE = 1e15;

const make = (name, attributes, parent) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
};
const round = (number) => Math.round(number * 100) / 100;
const box = (x, width) => `M${round(x)} 2h${round(width)}v14h${round(-width)}z`;

export class Bar {
  constructor(svg, groups) {
    this.svg = svg;
    this.last = [];
    svg.replaceChildren();
    this.slots = make("path", { class: "slot", d: "" }, svg);
    this.open = make("path", { class: "slot-unknown", d: "" }, svg);
    this.openHatch = make("path", { fill: "url(#hatch)", d: "" }, svg);
    this.parts = groups.map((group) => {
      const part = make("rect", { class: `part k${group.slot}`, "data-code": group.code, x: 0, y: 2, width: 0, height: 14 }, svg);
      make("title", {}, part).textContent = group.name;
      return part;
    });
    this.hatch = make("path", { fill: "url(#hatch)", class: "assumed", d: "" }, svg);
    this.whisker = make("path", { class: "whisker", fill: "none", d: "" }, svg);
  }

  set(element, name, value) {
    if (element[`was-${name}`] === value) return;
    element[`was-${name}`] = value;
    element.setAttribute(name, value);
  }

  draw(found, order, split) {
    const scale = found.denominator ? WIDTH / (found.denominator * 1e6) : 0;
    let weightBefore = 0;
    let given = 0;
    let slots = "";
    let open = "";
    let hatch = "";
    for (const group of order) {
      const weight = found.weights[group] * 1e6 * scale;
      const width = Math.min(found.points[group] * scale, weight);
      const assumed = Math.min(found.assumed[group] * scale, width);
      const x = split ? weightBefore : given;
      if (split && weight > 0) {
        if (found.known[group] === 0) open += box(weightBefore, weight);
        else slots += box(weightBefore, weight);
      }
      if (assumed > 0.05) hatch += box(x + width - assumed, assumed);
      this.set(this.parts[group], "x", round(x));
      this.set(this.parts[group], "width", round(width));
      weightBefore += weight;
      given += width;
    }
    this.set(this.slots, "d", slots);
    this.set(this.open, "d", open);
    this.set(this.openHatch, "d", open);
    this.set(this.hatch, "d", hatch);
    const score = found.denominator ? found.numerator * scale : 0;
    const low = round(Math.min((found.low / WHOLE) * WIDTH, score));
    const high = round(Math.max((found.high / WHOLE) * WIDTH, score));
    this.set(this.whisker, "d", split ? "" : `M${low} 21H${high}M${low} 18V24M${high} 18V24M${round(score)} 16V25`);
  }
}

export class Ruler {
  constructor(svg, groups) {
    this.marks = groups.map((group) => svg.querySelector(`rect[data-code="${group.code}"]`) ?? make("rect", { class: `part k${group.slot}`, "data-code": group.code, x: 0, y: 11, width: 0, height: 10 }, svg));
  }

  draw(groupPpb, order) {
    let x = 0;
    for (const group of order) {
      const width = groupPpb[group] / 1e6;
      this.marks[group].setAttribute("x", round(x));
      this.marks[group].setAttribute("width", round(width));
      x += width;
    }
  }
}
