// @ts-check
/** Curves, as `view/packed_curves.py` packs them into a payload: exact steps, times, and values to a part of their range. */
/** @import { Curve, PackedSeries, Series } from "./types.js" */

/** What each letter of base64 stands for, by its code. */
const BASE64 = new Uint8Array(128);
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((char, at) => (BASE64[char.charCodeAt(0)] = at));
const ODD = [-Infinity, Infinity, NaN];

/** A curve whose series are unpacked when first asked for.
 * @param {{metric: string, dir: import("./types.js").Direction, series: PackedSeries[]}} packed @returns {Curve} */
export function unpackCurve({ metric, dir, series }) {
  /** @type {Series[] | undefined} */
  let own;
  return {
    metric,
    dir,
    get series() {
      return (own ??= series.map(unpack));
    },
  };
}

/** @param {PackedSeries} packed @returns {Series} */
export function unpack([run, count, first, distances, start, end, offsets, low, high, form, points]) {
  const values = unpackValues(points, low, high, form);
  const gaps = typeof distances === "string" ? numbers(distances) : Array(values.length - 1).fill(distances);
  const steps = [first];
  for (const gap of gaps) steps.push(steps[steps.length - 1] + gap);
  const length = steps[steps.length - 1] - first;
  const off = offsets ? numbers(offsets).map((n) => (n & 1 ? -(n + 1) / 2 : n / 2) / 4095) : [];
  const timed = start !== null && end !== null;
  const times = timed
    ? steps.map((step, i) => start + ((length ? (step - first) / length : 0) + (off[i] ?? 0)) * (end - start))
    : null;
  return { run, count, steps, values, times };
}

/** @param {string} text @param {number} low @param {number} high @param {number} form @returns {number[]} */
function unpackValues(text, low, high, form) {
  const width = form > 1 ? 3 : 2;
  const top = 64 ** width - 4;
  const values = [];
  for (let at = 0; at < text.length; at += width) {
    let place = 0;
    for (let i = 0; i < width; i++) place = place * 64 + (BASE64[text.charCodeAt(at + i)] ?? 0);
    const part = place / top;
    values.push(place > top ? ODD[place - top - 1] : form & 1 ? low * (high / low) ** part : low + part * (high - low));
  }
  return values;
}

/** Numbers of any size, five bits a character, the lowest first. @param {string} text @returns {number[]} */
function numbers(text) {
  const out = [];
  let value = 0,
    unit = 1;
  for (let at = 0; at < text.length; at++) {
    const place = BASE64[text.charCodeAt(at)] ?? 0;
    value += (place & 31) * unit;
    unit *= 32;
    if (place < 32) {
      out.push(value);
      [value, unit] = [0, 1];
    }
  }
  return out;
}
