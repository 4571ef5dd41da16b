// @ts-check
/** Sparklines: the step series of a metric, as small as the cell that has its last value. */
/** @import { Data, Series } from "./types.js" */

export const SPARK = { width: 46, height: 15 };
const POINTS = 40;

/** @type {WeakMap<Data, Map<string, Map<number, Series>>>} */
const known = new WeakMap();

/** @param {Data} data @param {string} metric @returns {Map<number, Series> | undefined} the metric's series, by run */
export function seriesOf(data, metric) {
  if (!known.has(data))
    known.set(data, new Map(data.curves.map((c) => [c.metric, new Map(c.series.map((own) => [own.run, own]))])));
  return known.get(data)?.get(metric);
}

/** @type {WeakMap<object, string>} */
const drawn = new WeakMap();

/** The line of a series in the box of `SPARK`; long series as the means of equal stretches, so that noise does not fill the box.
 * @param {{steps: ArrayLike<number>, values: ArrayLike<number>}} series @returns {string} the data of an SVG path */
export function sparkPath(series) {
  const before = drawn.get(series);
  if (before !== undefined) return before;
  const path = draw(thinned(series.values));
  drawn.set(series, path);
  return path;
}

/** @param {ArrayLike<number>} values @returns {number[]} */
function thinned(values) {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length <= POINTS) return finite;
  return Array.from({ length: POINTS }, (_, n) => {
    const part = finite.slice((n * finite.length) / POINTS, ((n + 1) * finite.length) / POINTS);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/** @param {number[]} values @returns {string} */
function draw(values) {
  if (values.length < 2) return "";
  const low = Math.min(...values),
    span = Math.max(...values) - low || 1;
  const { width, height } = SPARK;
  const place = (/** @type {number} */ value, /** @type {number} */ n) =>
    `${((n / (values.length - 1)) * (width - 3) + 1).toFixed(1)} ${(height - 2 - ((value - low) / span) * (height - 4)).toFixed(1)}`;
  return `M${values.map(place).join("L")}`;
}
