/* The server's arithmetic, repeated exactly: leaf weights by largest remainder (BigInt fractions), sums of whole
   numbers below 2^53 (so that a plain number holds them without a rounding), competition ranks, and figures rounded half
   to even. tests/browser/test_board.py compares it with the engine. docs/method.md, "Weights moved in the browser". */

const PPM = 1_000_000;
const PPB = 1_000_000_000;
const WHOLE = PPM * PPB;
const GRAIN = 1_000_000_000_000n; // scorecards/engine/elicitation.py

const gcd = (a, b) => {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};

class Ratio {
  constructor(top, bottom = 1n) {
    const by = gcd(top, bottom) || 1n;
    this.top = top / by;
    this.bottom = bottom / by;
  }

  static of(text) {
    const [top, bottom = "1"] = String(text).split("/");
    return new Ratio(BigInt(top), BigInt(bottom));
  }

  plus(other) {
    return new Ratio(this.top * other.bottom + other.top * this.bottom, this.bottom * other.bottom);
  }

  minus(other) {
    return this.plus(new Ratio(-other.top, other.bottom));
  }

  times(other) {
    return new Ratio(this.top * other.top, this.bottom * other.bottom);
  }

  over(other) {
    return new Ratio(this.top * other.bottom, this.bottom * other.top);
  }

  above(other) {
    return this.top * other.bottom > other.top * this.bottom;
  }
}

const NOTHING = new Ratio(0n);
const sum = (ratios) => ratios.reduce((whole, each) => whole.plus(each), NOTHING);
const short = (ratio) => (ratio.bottom <= GRAIN ? ratio : new Ratio((ratio.top * GRAIN) / ratio.bottom, GRAIN));

/* What the page's endpoint answers, as typed arrays; one row per candidate, one column per leaf. */
export function model(answer) {
  const columns = answer.leaves.length;
  const table = (name) => answer.candidates.map((each) => Float64Array.from(each[name]));
  return {
    answer,
    columns,
    groups: answer.groups.map((group) => ({ ...group, ratio: Ratio.of(group.points) })),
    of: Int16Array.from(answer.leaves.map((leaf) => leaf.group)),
    shares: answer.leaves.map((leaf) => Ratio.of(leaf.share)),
    locked: new Map(Object.entries(answer.locked).map(([code, text]) => [code, Ratio.of(text)])),
    point: table("point"),
    low: table("low"),
    high: table("high"),
    known: table("known"),
    verified: table("verified"),
    strength: table("strength"),
    weighed: answer.policy === "known_only" ? table("weighed") : null,
    zero: answer.candidates.map((each) => Uint8Array.from(each.zero)),
    knownOnly: answer.policy === "known_only",
  };
}

/* Group points after a save: `tenths` by code as the boxes show them, null for those in force. What is locked keeps its
   exact share and the rest is shared out in grains, as the server does. */
export function points(live, tenths) {
  if (tenths === null) return live.groups.map((group) => group.ratio);
  const given = live.groups.map((group) => new Ratio(BigInt(tenths.get(group.code) ?? 0), 10n));
  if (live.locked.size === 0) return given;
  const rest = new Ratio(100n).minus(sum([...live.locked.values()]));
  const open = live.groups.map((group, at) => at).filter((at) => !live.locked.has(live.groups[at].code));
  const total = sum(open.map((at) => given[at]));
  const after = live.groups.map((group) => live.locked.get(group.code) ?? NOTHING);
  for (const at of open) {
    after[at] = short(total.top ? rest.times(given[at]).over(total) : rest.over(new Ratio(BigInt(open.length))));
  }
  if (open.length) {
    let largest = open[0];
    for (const at of open) if (after[at].above(after[largest])) largest = at;
    after[largest] = after[largest].plus(rest.minus(sum(open.map((at) => after[at]))));
  }
  return after;
}

/* Leaf weights in ppb that sum to one billion; null when nothing weighs. */
export function weights(live, groupPoints) {
  const open = live.groups.map(() => false);
  live.shares.forEach((share, leaf) => {
    if (share.top > 0n) open[live.of[leaf]] = true;
  });
  const total = sum(groupPoints.filter((_, at) => open[at]));
  if (total.top === 0n) return null;
  const ppb = new Float64Array(live.columns);
  const rests = [];
  let left = PPB;
  for (let leaf = 0; leaf < live.columns; leaf += 1) {
    const share = live.shares[leaf];
    const group = groupPoints[live.of[leaf]];
    const top = share.top * group.top * total.bottom * 1_000_000_000n;
    const bottom = share.bottom * group.bottom * total.top;
    const whole = top / bottom;
    ppb[leaf] = Number(whole);
    left -= ppb[leaf];
    rests.push({ leaf, top: top - whole * bottom, bottom });
  }
  rests.sort((a, b) => {
    const one = a.top * b.bottom;
    const other = b.top * a.bottom;
    return one === other ? a.leaf - b.leaf : one > other ? -1 : 1;
  });
  for (const { leaf } of rests.slice(0, left)) ppb[leaf] += 1;
  return ppb;
}

function evenPpb(weight, share) {
  const exact = weight * share;
  const whole = Math.floor(exact / PPM);
  const rest = exact - whole * PPM;
  return whole + (2 * rest > PPM || (2 * rest === PPM && whole % 2 === 1) ? 1 : 0);
}

/* One candidate under these weights. Amounts in 1e-15 of the whole, denominators in ppb, as the engine keeps them. */
function added(live, ppb, row) {
  const groups = live.groups.length;
  const found = {
    row, numerator: 0, denominator: 0, low: 0, high: 0, coverage: 0, verified: 0, strength: 0,
    points: new Float64Array(groups), weights: new Float64Array(groups), known: new Float64Array(groups), assumed: new Float64Array(groups),
  };
  const { [row]: point } = live.point;
  const { [row]: low } = live.low;
  const { [row]: high } = live.high;
  const { [row]: known } = live.known;
  const { [row]: verified } = live.verified;
  const { [row]: strength } = live.strength;
  const { [row]: zero } = live.zero;
  for (let leaf = 0; leaf < live.columns; leaf += 1) {
    const weight = ppb[leaf];
    if (!weight) continue;
    const group = live.of[leaf];
    const rests = live.knownOnly ? evenPpb(weight, live.weighed[row][leaf]) : weight;
    found.points[group] += rests * point[leaf];
    found.weights[group] += rests;
    found.known[group] += weight * known[leaf];
    found.low += weight * low[leaf];
    found.high += weight * high[leaf];
    found.verified += weight * verified[leaf];
    found.strength += weight * strength[leaf];
    if (live.answer.policy === "neutral" && !zero[leaf]) found.assumed[group] += Math.floor((weight * (PPM - known[leaf])) / 2);
  }
  for (let group = 0; group < groups; group += 1) {
    found.numerator += found.points[group];
    found.denominator += found.weights[group];
    found.coverage += found.known[group];
  }
  if (live.knownOnly && found.denominator > 0) {
    const top = BigInt(found.numerator) * 1_000_000_000n;
    const floor = top / BigInt(found.denominator);
    found.low = Math.min(found.low, Number(floor));
    found.high = Math.max(found.high, Number(floor) + (top % BigInt(found.denominator) > 0n ? 1 : 0));
  }
  found.scored = found.coverage > 0 && found.denominator > 0;
  if (!found.scored) {
    found.numerator = 0;
    found.low = 0;
    found.high = WHOLE;
  }
  found.key = live.knownOnly ? (found.scored ? found.numerator / found.denominator : 0) : found.numerator;
  return found;
}

/* How many of rising figures are above one. */
function above(rising, figure) {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rising[middle] > figure) high = middle;
    else low = middle + 1;
  }
  return rising.length - low;
}

/* Everybody in the order of the table, with rank (0: none), tie, best and worst rank. */
export function standings(live, ppb) {
  const { candidates, thresholds } = live.answer;
  const rows = candidates.map((candidate, row) => {
    const found = added(live, ppb, row);
    const short = !found.scored || found.coverage < thresholds.coverage * PPB || found.verified < thresholds.verified * PPB;
    found.state = candidate.gated ? "gated" : short ? "insufficient_evidence" : "ranked";
    found.rank = found.best = found.worst = 0;
    found.tied = false;
    return found;
  });
  const ranked = rows.filter((each) => each.state === "ranked").sort((a, b) => b.key - a.key);
  const lows = Float64Array.from(ranked, (each) => each.low).sort();
  const highs = Float64Array.from(ranked, (each) => each.high).sort();
  ranked.forEach((each, at) => {
    const before = ranked[at - 1];
    each.tied = before?.key === each.key || ranked[at + 1]?.key === each.key;
    each.rank = before?.key === each.key ? before.rank : at + 1;
    each.best = 1 + above(lows, each.high);
    each.worst = 1 + above(highs, each.low) - (each.high > each.low ? 1 : 0);
  });
  const place = { ranked: 0, gated: 1, insufficient_evidence: 2 };
  return rows.sort(
    (a, b) =>
      place[a.state] - place[b.state] || a.rank - b.rank || b.key - a.key || b.coverage - a.coverage ||
      candidates[a.row].order - candidates[b.row].order,
  );
}

/* units ÷ whole as points out of 100, rounded once, half to even. */
export function text(units, whole = WHOLE, decimals = 1) {
  const top = BigInt(units) * 100n * 10n ** BigInt(decimals);
  const bottom = BigInt(whole);
  let shown = top / bottom;
  const rest = top % bottom;
  if (2n * rest > bottom || (2n * rest === bottom && shown % 2n === 1n)) shown += 1n;
  const digits = String(shown).padStart(decimals + 1, "0");
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
}

export const scoreText = (found, decimals = 1) => (found.scored ? text(found.numerator, BigInt(found.denominator) * 1_000_000n, decimals) : "");

/* Points one score is ahead of another, rounded once. */
export const leadText = (first, second) =>
  text(
    BigInt(first.numerator) * BigInt(second.denominator) - BigInt(second.numerator) * BigInt(first.denominator),
    BigInt(first.denominator) * BigInt(second.denominator) * 1_000_000n,
  );

/* Half up, as the page shows whole percents. */
export const wholePercent = (exact) => `${Math.floor((Math.floor((exact + PPB / 2) / PPB) + 5_000) / 10_000)}%`;
