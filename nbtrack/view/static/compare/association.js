// @ts-check
/**
 * How much of a metric goes with each param, over the runs there are: Kelley's epsilon squared of the metric's ranks
 * over the param's values. It is association in these runs, not cause, and one param at a time.
 * The same in Python, with the reasons for each choice, is `query/importance.py`; both keep to
 * `tests/query/importance.json`.
 */
/** @import { Column } from "./types.js" */
import { betaPart, betaQuantile, tQuantile } from "./distributions.js";
import { words } from "./format.js";
import { midranks } from "./statistics.js";

/**
 * @typedef {object} Association
 * @property {string[]} keys the param, and others that always changed together with it
 * @property {Column} column the first of them
 * @property {number} n runs that have it and the metric
 * @property {string[]} levels its values, or the ranges that many numbers were cut into
 * @property {number} value the share of the ranks' variance that goes with it, corrected for the number of levels
 * @property {number} low of a 90 % interval
 * @property {number} high
 * @property {number} chance what the strongest of all params stays under in 95 of 100 shuffles
 * @property {number} rho Spearman's, NaN for words
 * @property {number} top the level with the highest mean rank of the metric
 * @property {number} bottom the level with the lowest
 */
/** @typedef {{rows: Association[], n: number, of: number, shuffles: number}} Associations  of `of` runs with the metric, `n` were looked at */
/** @typedef {{codes: number[], levels: string[], ranks: number[]}} Coded  -1 for what is missing; ranks of numbers only */
/** @typedef {{columns: Column[], at: Int32Array, codes: Int32Array, levels: string[], counts: number[], ranks: number[], whole?: {all: number, squares: number}}} Factor */

const BINS = 5;
/** Values looked at, and times that they are shuffled: what takes a browser a tenth of a second. */
const VALUES = 1e5,
  WORK = 12e6;

/** @param {Column} metric @param {Column[]} params @param {number[]} rows @returns {Associations} those beyond chance first, each part strongest first */
export function associations(metric, params, rows) {
  // By number, so that sorting the table moves no bar.
  const all = rows.filter((at) => Number.isFinite(metric.values[at])).sort((a, b) => a - b);
  const every = Math.ceil(all.length / Math.max(1000, VALUES / (params.length || 1)));
  const able = all.filter((_, n) => n % every === 0);
  const ranks = Float64Array.from(midranks(able.map((at) => Number(metric.values[at]))));
  const factors = new Set(ranks).size > 1 ? factorsOf(params, able) : [];
  const shuffles = Math.max(40, Math.min(200, Math.floor(WORK / (able.length * factors.length || 1))));
  const chances = chanceOf(factors, ranks, shuffles);
  const out = factors.map((factor, n) => ({ ...measured(factor, ranks), chance: chances[n] }));
  return { rows: out.sort((a, b) => Number(b.value > b.chance) - Number(a.value > a.chance) || b.value - a.value), n: able.length, of: all.length, shuffles };
}

/** @param {Column[]} params @param {number[]} rows @returns {Factor[]} what varies; params that always changed together are one */
function factorsOf(params, rows) {
  /** @type {Map<string, Factor>} */
  const known = new Map();
  for (const column of params) {
    const coded = column.numeric ? numberLevels(column, rows) : wordLevels(column, rows);
    const factor = factorOf(column, coded);
    if (coded.levels.length < 2 || factor.at.length - coded.levels.length < 2) continue;
    const pattern = firstSeen(coded.codes);
    known.get(pattern)?.columns.push(column) ?? known.set(pattern, factor);
  }
  return [...known.values()];
}

/** @param {Column} column @param {Coded} coded @returns {Factor} */
function factorOf(column, { codes, levels, ranks }) {
  const at = new Int32Array(codes.length),
    own = new Int32Array(codes.length),
    counts = Array(levels.length).fill(0);
  let n = 0;
  codes.forEach((code, place) => {
    if (code < 0) return;
    at[n] = place;
    own[n++] = code;
    counts[code]++;
  });
  return { columns: [column], at: at.subarray(0, n), codes: own.subarray(0, n), levels, counts, ranks };
}

/** @param {number[]} codes @returns {string} equal for codes that part the runs alike */
function firstSeen(codes) {
  /** @type {Map<number, number>} */
  const order = new Map([[-1, -1]]);
  return codes.map((code) => order.get(code) ?? (order.set(code, order.size), order.size - 1)).join();
}

/** @param {Column} column @param {number[]} rows @returns {Coded} codes in the order of appearance */
function wordLevels(column, rows) {
  /** @type {Map<string, number>} */
  const known = new Map();
  const codes = rows.map((at) => {
    if (column.values[at] === null) return -1;
    const word = words(column.values[at]);
    return known.get(word) ?? (known.set(word, known.size), known.size - 1);
  });
  return { codes, levels: [...known.keys()], ranks: [] };
}

/** @param {Column} column @param {number[]} rows @returns {Coded} few numbers as they are, many in bins of about as many runs */
function numberLevels(column, rows) {
  const values = rows.map((at) => column.order[at]);
  const there = values.filter((value) => !Number.isNaN(value));
  const ranks = midranks(there);
  const bins = new Map(there.map((value, at) => [value, Math.floor((BINS * (ranks[at] - 0.5)) / there.length)]));
  const distinct = [...bins.keys()].sort((a, b) => a - b);
  if (distinct.length <= BINS) distinct.forEach((value, at) => bins.set(value, at));
  /** @type {Map<number, number[]>} */
  const members = new Map();
  for (const value of distinct) {
    const bin = bins.get(value) ?? 0;
    members.get(bin)?.push(value) ?? members.set(bin, [value]);
  }
  const place = new Map([...members.keys()].map((bin, at) => [bin, at]));
  const levels = [...members.values()].map((own) => (own.length > 1 ? `${words(own[0])} to ${words(own[own.length - 1])}` : words(own[0])));
  const codes = values.map((value) => (Number.isNaN(value) ? -1 : (place.get(bins.get(value) ?? 0) ?? -1)));
  return { codes, levels, ranks };
}

/** Kelley's epsilon squared, the share of variance between levels less what so many levels would get by chance.
 * @param {number} between @param {number} total sums of squares @param {number} n @param {number} levels @returns {number} */
const epsilon = (between, total, n, levels) =>
  total > 0 && n > levels ? 1 - ((1 - between / total) * (n - 1)) / (n - levels) : 0;

/** @param {Factor} factor @param {Float64Array} ranks @returns {Omit<Association, "chance">} */
function measured(factor, ranks) {
  const { at, codes, levels, counts, columns } = factor;
  const n = at.length;
  const { sums, all, squares } = sumsOf(factor, ranks);
  const parts = sums.reduce((total, sum, level) => total + sum ** 2 / counts[level], 0);
  const value = epsilon(parts - all ** 2 / n, squares - all ** 2 / n, n, levels.length);
  const left = Array.from(at, (place, i) => {
    const rank = ranks[place],
      level = codes[i],
      count = counts[level];
    const without = parts - sums[level] ** 2 / count + (count > 1 ? (sums[level] - rank) ** 2 / (count - 1) : 0);
    const centre = (all - rank) ** 2 / (n - 1);
    return epsilon(without - centre, squares - rank ** 2 - centre, n - 1, levels.length - Number(count === 1));
  });
  const half = tQuantile(0.95, n - 1) * Math.max(jackknife(left), leastError(value, n, levels.length));
  const means = sums.map((sum, level) => sum / counts[level]);
  return {
    keys: columns.map((column) => column.key),
    column: columns[0],
    n,
    levels,
    value: within(value),
    low: within(value - half),
    high: within(Math.max(0, value) + half),
    rho: columns[0].numeric ? spearman(factor, ranks) : NaN,
    top: means.indexOf(Math.max(...means)),
    bottom: means.indexOf(Math.min(...means)),
  };
}

/** @param {number} share @returns {number} */
const within = (share) => Math.min(1, Math.max(0, share));

/** @param {Factor} factor @param {Float64Array} ranks @returns {{sums: number[], all: number, squares: number}} */
function sumsOf({ at, codes, levels }, ranks) {
  const sums = Array(levels.length).fill(0);
  let all = 0,
    squares = 0;
  for (let i = 0; i < at.length; i++) {
    const rank = ranks[at[i]];
    sums[codes[i]] += rank;
    all += rank;
    squares += rank * rank;
  }
  return { sums, all, squares };
}

/** @param {number[]} left the estimate without each run in turn @returns {number} its standard error (Efron & Tibshirani 1993, 11.5) */
function jackknife(left) {
  const n = left.length;
  const mean = left.reduce((sum, x) => sum + x, 0) / n;
  return Math.sqrt(((n - 1) / n) * left.reduce((sum, x) => sum + (x - mean) ** 2, 0));
}

/** The error that chance alone makes, less the nearer the share is to all: near zero the jackknife sees too little.
 * @param {number} value @param {number} n @param {number} levels @returns {number} */
function leastError(value, n, levels) {
  const [a, b] = [(levels - 1) / 2, (n - levels) / 2];
  return (1 - within(value)) * Math.sqrt((a * b) / (a + b + 1)) * ((n - 1) / (n - levels) / (a + b));
}

/** @param {Factor} factor @param {Float64Array} ranks @returns {number} the correlation of both ranks */
function spearman({ at, ranks: xs }, ranks) {
  const ys = at.length < ranks.length ? midranks(Array.from(at, (place) => ranks[place])) : ranks;
  const middle = (xs.length + 1) / 2;
  let [both, ours, theirs] = [0, 0, 0];
  xs.forEach((x, i) => {
    both += (x - middle) * (ys[i] - middle);
    ours += (x - middle) ** 2;
    theirs += (ys[i] - middle) ** 2;
  });
  return both / Math.sqrt(ours * theirs);
}

/** What the strongest param of all reaches when the metric's ranks are dealt out at random, in 95 of 100 shuffles: the
 * share that is as unlikely for each param as the unlikeliest of a shuffle. (Westfall & Young 1993, min P; a share's p
 * is that of the rank-transform F test, Conover & Iman 1981)
 * @param {Factor[]} factors @param {Float64Array} ranks @param {number} shuffles @returns {number[]} */
function chanceOf(factors, ranks, shuffles) {
  const dealt = Float64Array.from(ranks);
  const random = mulberry32(1);
  const shares = factors.map(() => new Float64Array(shuffles));
  for (let turn = 0; turn < shuffles; turn++) {
    shuffle(dealt, random);
    factors.forEach((factor, n) => (shares[n][turn] = shareOf(factor, dealt)));
  }
  const bound = unlikeliest(factors, shares, Math.ceil(0.05 * shuffles));
  return factors.map(({ at, levels }) => {
    const [n, k] = [at.length, levels.length];
    return within(epsilon(betaQuantile(1 - bound, (k - 1) / 2, (n - k) / 2), 1, n, k));
  });
}

/** The `rank`-th least of what is the least p of each shuffle. Only the `rank` largest shares of a param can be it.
 * @param {Factor[]} factors @param {Float64Array[]} shares @param {number} rank @returns {number} */
function unlikeliest(factors, shares, rank) {
  const least = new Float64Array(shares[0]?.length ?? 0).fill(1);
  factors.forEach(({ at, levels }, n) => {
    const [a, b] = [(at.length - levels.length) / 2, (levels.length - 1) / 2];
    const able = shares[n].slice().sort().at(-rank) ?? 0;
    shares[n].forEach((share, turn) => {
      if (share >= able) least[turn] = Math.min(least[turn], betaPart(a, b, 1 - share));
    });
  });
  return least.sort()[rank - 1] ?? 1;
}

/** @param {Factor} factor @param {Float64Array} ranks @returns {number} of the variance of these ranks, between its levels */
function shareOf(factor, ranks) {
  const { sums, all, squares } = factor.at.length < ranks.length ? sumsOf(factor, ranks) : wholeSums(factor, ranks);
  const centre = (all * all) / factor.at.length;
  let parts = 0;
  for (let level = 0; level < sums.length; level++) parts += (sums[level] * sums[level]) / factor.counts[level];
  return squares > centre ? (parts - centre) / (squares - centre) : 0;
}

/** The same as `sumsOf` of a param that every run has, whose sums over all stay as they are: this is where the time goes.
 * @param {Factor} factor @param {Float64Array} ranks @returns {{sums: Float64Array, all: number, squares: number}} */
function wholeSums(factor, ranks) {
  const { codes, levels } = factor;
  const sums = new Float64Array(levels.length);
  for (let i = 0; i < codes.length; i++) sums[codes[i]] += ranks[i];
  const { all, squares } = (factor.whole ??= sumsOf(factor, ranks));
  return { sums, all, squares };
}

/** @param {Float64Array} values put in an order of chance, in place @param {() => number} random */
function shuffle(values, random) {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1)),
      kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
}

/** Random numbers from 0 to 1 that are the same for the same seed, here and in Python. (T. Ettinger's mulberry32)
 * @param {number} state @returns {() => number} */
export function mulberry32(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
