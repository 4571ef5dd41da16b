// @ts-check
/** Curves, as they are packed into a payload. */
/** @import { PackedSeries, Series } from "./types.js" */

const BASE64 = new Map(
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((char, at) => [char, at]),
);

/** Unpack a series: two 12-bit numbers a point, its place between the ends of each axis.
 * @param {PackedSeries} packed @returns {Series} */
export function unpack([run, first, last, low, high, log, points, count]) {
  const place = (/** @type {number} */ at) =>
    ((BASE64.get(points[at]) ?? 0) * 64 + (BASE64.get(points[at + 1]) ?? 0)) / 4095;
  const steps = [],
    values = [];
  for (let at = 0; at < points.length; at += 4) {
    const step = first + place(at) * (last - first);
    steps.push(last - first <= 4095 ? Math.round(step) : step);
    values.push(log ? low * (high / low) ** place(at + 2) : low + place(at + 2) * (high - low));
  }
  return { run, steps, values, count };
}
