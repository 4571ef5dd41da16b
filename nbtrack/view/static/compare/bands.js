// @ts-check
/** Repeated seeds as one line: their mean, and the band within which the mean lies with 95 % confidence. */
import { summary } from "./statistics.js";

/** More places than this are not told apart in a chart. */
const PLACES = 160;

/** The mean of several lines and its 95 % t interval, at each place where one of them has a point, or at evenly spread
 * places where these are too many. A line counts between its ends, straight from point to point.
 * On a log axis both are of the logarithms, or the interval would reach below zero.
 * @param {{xs: number[], ys: number[]}[]} lines @param {boolean} [log] @returns {{xs: number[], ys: number[], low: number[], high: number[], n: number[]}} low and high are NaN where fewer than two lines are */
export function meanBand(lines, log = false) {
  const finite = lines.map(({ xs, ys }) => {
    const kept = xs.flatMap((x, i) => (Number.isFinite(ys[i]) && Number.isFinite(x) ? [i] : []));
    return { xs: kept.map((i) => xs[i]), ys: kept.map((i) => ys[i]) };
  });
  const places = spreadOut([...new Set(finite.flatMap((line) => line.xs))].sort((a, b) => a - b));
  const all = places.map((x) => summary(finite.map((line) => valueAt(line, x)).map((y) => (log ? Math.log(y) : y))));
  const back = (/** @type {number} */ y) => (log ? Math.exp(y) : y);
  return {
    xs: places,
    ys: all.map((one) => back(one.mean)),
    low: all.map((one) => back(one.low)),
    high: all.map((one) => back(one.high)),
    n: all.map((one) => one.n),
  };
}

/** @param {number[]} xs in order @returns {number[]} */
function spreadOut(xs) {
  if (xs.length <= PLACES) return xs;
  const [first, last] = [xs[0], xs[xs.length - 1]];
  return Array.from({ length: PLACES }, (_, i) => first + ((last - first) * i) / (PLACES - 1));
}

/** @param {{xs: number[], ys: number[]}} line @param {number} x @returns {number} NaN beyond its ends */
export function valueAt({ xs, ys }, x) {
  const last = xs.length - 1;
  if (last < 0 || x < xs[0] || x > xs[last]) return NaN;
  const after = lowest(xs, x);
  const [x0, x1] = [xs[Math.max(0, after - 1)], xs[after]];
  return x1 > x0 ? ys[after - 1] + ((ys[after] - ys[after - 1]) * (x - x0)) / (x1 - x0) : ys[after];
}

/** @param {ArrayLike<number>} xs in order @param {number} x @returns {number} the first place whose value is not below x; the last if there is none */
export function lowest(xs, x) {
  let low = 0,
    high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle] < x) low = middle + 1;
    else high = middle;
  }
  return low;
}
