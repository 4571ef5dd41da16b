// @ts-check
/**
 * What repeated runs tell: means with intervals, differences with effect sizes, tests corrected for how many were made.
 * The same in Python is `query/statistics.py`; both keep to the vectors of `tests/query/statistics.json`.
 */
/** @import { Column, Data } from "./types.js" */
import { betaPart, logGamma, normalCdf, shiftOf, tQuantile } from "./distributions.js";
import { words } from "./format.js";
import { seedLike } from "./seeds.js";

/** @typedef {{n: number, mean: number, low: number, high: number, sd: number}} Summary */
/** @typedef {{key: string, label: string, runs: number[]}} Group */
/** @typedef {{difference: number, low: number, high: number, df: number, t: number, p: number}} Welch */
/** @typedef {{g: number, low: number, high: number}} Effect */

/** Params named in a label, and groups looked at to choose them: more would be read by nobody. */
const NAMED = 12,
  LOOKED = 500;

/** Each run's first like it, of all runs. @type {WeakMap<Data, Int32Array>} */
const FIRSTS = new WeakMap();
/** A number for each run's value; values that read the same have the same. @type {WeakMap<Column, Int32Array>} */
const CODES = new WeakMap();

/** Runs that differ in nothing but their seed: equal in experiment and in every param not named like one. A group's key
 * is the id of the first run like it, whether that is among `rows` or not; its label says only what tells these groups
 * apart, what has the most values first.
 * @param {Data} data @param {number[]} rows @returns {Group[]} in the order of `rows` */
export function seedGroups(data, rows) {
  const first = FIRSTS.get(data) ?? firsts(data);
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  for (const at of rows) groups.get(first[at])?.push(at) ?? groups.set(first[at], [at]);
  const heads = [...groups.keys()];
  /** @type {Column[] | undefined} */
  let known;
  return heads.map((head) => ({
    key: data.runs[head].id,
    runs: groups.get(head) ?? [],
    get label() {
      known ??= telling(settings(data), heads.slice(0, LOOKED));
      const parts = known.filter((c) => c.values[head] !== null).map((c) => `${c.key}=${c.text(head)}`);
      return parts.join(", ") || (heads.length > 1 ? "no params" : "all runs");
    },
  }));
}

/** @param {Data} data @returns {Column[]} what a run was told to be, seeds aside, where it is not always the same */
const settings = (data) =>
  data.columns.filter((c) => c.differs && (c.space === "params" ? !seedLike(c.key) : c.id === "run.experiment"));

/** @param {Column[]} columns @param {number[]} heads @returns {Column[]} those that part the heads, what has the most values first */
const telling = (columns, heads) =>
  columns
    .map((column) => ({ column, n: new Set(heads.map((at) => codesOf(column)[at])).size }))
    .filter(({ n }) => n > 1)
    .sort((one, two) => two.n - one.n)
    .slice(0, NAMED)
    .map(({ column }) => column);

/** @param {Data} data @returns {Int32Array} */
function firsts(data) {
  const first = new Int32Array(data.runs.length);
  let groups = Math.min(1, first.length);
  for (const column of settings(data)) {
    if (groups === first.length) break;
    const codes = codesOf(column);
    /** @type {Map<number, number>} */
    const heads = new Map();
    first.forEach((head, at) => {
      const place = head * first.length + codes[at];
      first[at] = heads.get(place) ?? (heads.set(place, at), at);
    });
    groups = heads.size;
  }
  FIRSTS.set(data, first);
  return first;
}

/** @param {Column} column @returns {Int32Array} */
function codesOf(column) {
  /** @type {Map<unknown, number>} */
  const known = new Map();
  const codes =
    CODES.get(column) ??
    Int32Array.from(column.values, (value, at) => {
      const key = typeof value === "object" ? words(value) : value;
      return known.get(key) ?? (known.set(key, at), at);
    });
  CODES.set(column, codes);
  return codes;
}

/** The mean with its 95 % t interval. Values that are not finite numbers are left out; with fewer than two there is no
 * interval and no sd (NaN), with none there is no mean either.
 * @param {Iterable<unknown>} values @returns {Summary} */
export function summary(values) {
  const xs = [...values].filter((x) => Number.isFinite(x)).map(Number);
  const n = xs.length;
  if (!n) return { n, mean: NaN, low: NaN, high: NaN, sd: NaN };
  const mean = xs.reduce((sum, x) => sum + x, 0) / n;
  if (n < 2) return { n, mean, low: NaN, high: NaN, sd: NaN };
  const sd = Math.sqrt(xs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  const half = (tQuantile(0.975, n - 1) * sd) / Math.sqrt(n);
  return { n, mean, low: mean - half, high: mean + half, sd };
}

/** Welch's t test of the means of `b` and `a`: their difference, b - a, with its 95 % interval and two-sided p, which
 * is NaN where neither group varies. Degrees of freedom are Satterthwaite's. (Welch 1947)
 * @param {Summary} a @param {Summary} b @returns {Welch} */
export function welch(a, b) {
  const difference = b.mean - a.mean;
  const [va, vb] = [a.sd ** 2 / a.n, b.sd ** 2 / b.n];
  const error = Math.sqrt(va + vb);
  if (!(error > 0)) return { difference, low: NaN, high: NaN, df: NaN, t: NaN, p: NaN };
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  const t = difference / error,
    half = tQuantile(0.975, df) * error;
  const p = betaPart(df / 2, 0.5, df / (df + t * t));
  return { difference, low: difference - half, high: difference + half, df, t, p };
}

/** Hedges' g with a 95 % interval: the difference in units of the spread within groups, corrected for small samples.
 * The spread is the root of the mean of both variances and the interval turns Welch's t around, so that it excludes
 * zero when Welch's test does. Fewer than three runs a side give NaN; so does the interval of differences beyond all
 * spread. (Hedges 1981; g*s of Delacre et al. 2021)
 * @param {Summary} a @param {Summary} b @returns {Effect} */
export function effect(a, b) {
  const { difference, df, t } = welch(a, b);
  if (Math.min(a.n, b.n) < 3 || !Number.isFinite(t)) return { g: NaN, low: NaN, high: NaN };
  const [va, vb] = [a.sd ** 2, b.sd ** 2];
  const own = ((a.n - 1) * (b.n - 1) * (va + vb) ** 2) / ((b.n - 1) * va ** 2 + (a.n - 1) * vb ** 2);
  const correction = Math.exp(logGamma(own / 2) - logGamma((own - 1) / 2)) / Math.sqrt(own / 2);
  const unit = Math.sqrt((2 * (va / a.n + vb / b.n)) / (va + vb));
  const end = (/** @type {number} */ p) => (Math.abs(t) > 50 ? NaN : shiftOf(t, df, p) * unit);
  return { g: (difference / Math.sqrt((va + vb) / 2)) * correction, low: end(0.975), high: end(0.025) };
}

/** The Mann-Whitney test with ties: two-sided p of the mid-rank sum, exact over all arrangements up to 24 values
 * (counted by shifting, Streitberg & Röhmel 1986), else by the normal approximation with corrections for ties and
 * continuity. `least` is the smallest p that groups of this size could give.
 * @param {number[]} a @param {number[]} b @returns {{p: number, least: number, exact: boolean}} */
export function rankTest(a, b) {
  const doubled = midranks([...a, ...b]).map((rank) => 2 * rank);
  const middle = b.length * (doubled.length + 1);
  const sum = doubled.slice(a.length).reduce((total, rank) => total + rank, 0);
  if (doubled.length > 24) return roughRankTest(doubled, a.length, b.length, Math.abs(sum - middle) / 2);
  const ways = arrangements(doubled, b.length);
  const all = ways.reduce((total, count) => total + count, 0);
  const beyond = (/** @type {number} */ gap) =>
    ways.reduce((total, count, at) => (Math.abs(at - middle) >= gap ? total + count : total), 0) / all;
  const farthest = ways.reduce((gap, count, at) => (count ? Math.max(gap, Math.abs(at - middle)) : gap), 0);
  return { p: beyond(Math.abs(sum - middle)), least: beyond(farthest), exact: true };
}

/** @param {number[]} doubled @param {number} size @returns {number[]} how many choices of `size` of them have each sum */
function arrangements(doubled, size) {
  const ways = Array.from({ length: size + 1 }, () => /** @type {number[]} */ ([]));
  ways[0][0] = 1;
  for (const rank of doubled)
    for (let k = size; k > 0; k--)
      ways[k - 1].forEach((count, at) => (ways[k][at + rank] = (ways[k][at + rank] ?? 0) + count));
  return ways[size];
}

/** @param {number[]} doubled @param {number} m @param {number} n @param {number} gap @returns {{p: number, least: number, exact: boolean}} */
function roughRankTest(doubled, m, n, gap) {
  const all = m + n;
  const variance = doubled.reduce((total, rank) => total + (rank / 2 - (all + 1) / 2) ** 2, 0);
  const spread = Math.sqrt((m * n * variance) / (all * (all - 1)));
  const tail = (/** @type {number} */ x) => (spread ? 2 * normalCdf(-Math.max(0, x - 0.5) / spread) : 1);
  return { p: Math.min(1, tail(gap)), least: Math.min(1, tail((m * n) / 2)), exact: false };
}

/** @param {number[]} values @returns {number[]} ranks from 1; equal values share the mean of theirs */
export function midranks(values) {
  const sorted = Float64Array.from(values).sort();
  /** @type {Map<number, number>} */
  const ranks = new Map();
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    ranks.set(sorted[from], (from + 1 + to) / 2);
  }
  return values.map((value) => ranks.get(value) ?? 0);
}

/** @param {number[]} ps @returns {number[]} each p corrected for there being so many tests, by Holm's steps (1979) */
export function holm(ps) {
  const order = ps.map((_, at) => at).sort((one, two) => ps[one] - ps[two]);
  const out = Array(ps.length);
  let highest = 0;
  order.forEach((at, n) => (out[at] = highest = Math.min(1, Math.max(highest, (ps.length - n) * ps[at]))));
  return out;
}
