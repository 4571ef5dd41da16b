// @ts-check
/** Smoothing of curves: the exponential moving average that TensorBoard draws, with its start corrected. */
/** @import { Series } from "./types.js" */

/** The debiased exponential moving average: each mean is divided by the weight it has gathered, so that a curve starts
 * at its first value and not at nothing (as TensorBoard does, and Adam: Kingma and Ba 2015, section 3).
 *
 * Of a long series only some points are at hand; `spacing` says how many of the recorded points lie between two, so the
 * curve is as smooth as one of all of them would be. Values that are not finite stay as they are.
 * @param {number[]} values @param {number} weight of the past, 0 to 1 @param {(at: number) => number} [spacing] @returns {number[]} */
export function smoothed(values, weight, spacing = () => 1) {
  let mean = 0,
    gathered = 0;
  return values.map((value, at) => {
    if (!Number.isFinite(value)) return value;
    const past = weight ** spacing(at);
    mean = mean * past + value * (1 - past);
    gathered = gathered * past + (1 - past);
    return gathered ? mean / gathered : value;
  });
}

/** @param {Series} series @returns {(at: number) => number} how many recorded points lie between a point and the one before */
export function spacingOf({ steps, count }) {
  const each = (steps[steps.length - 1] - steps[0]) / Math.max(1, count - 1);
  return (at) => (at && each ? (steps[at] - steps[at - 1]) / each : 1);
}
