// @ts-check
/** Numbers, times and words, written as the rest of nbtrack writes them. */
/** @import { Value } from "./types.js" */

export const MISSING = "–";
export const MARKS = { running: "◌", finished: "✓", failed: "✕", interrupted: "■", lost: "?" };

/** The signs of what reproductions found, as `view/wording.py` has them. @type {Record<string, string>} */
const SIGNS = { identical: "✓", "within tolerance": "≈", "statistically consistent": "∼", different: "≠", failed: "✕", "cannot run": "⊘" };

/** @param {string | null} level @returns {string} what a reproduction found, with its sign */
export const verdict = (level) => (level === null ? "–" : `${SIGNS[level] ?? "?"} ${level}`);

/** Write a number with `digits` significant digits, whole numbers whole.
 * @param {number} value @param {number} [digits] @returns {string} */
export function figure(value, digits = 4) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value);
  if (size >= 1e-4 && size < 10 ** digits) return String(Number(value.toPrecision(digits)));
  if (size >= 1 && size < 1e9) return value.toFixed(0);
  return padded(Number(value.toPrecision(digits - 1)).toExponential());
}

/** @param {string} text @returns {string} the exponent with two digits, as Python writes it */
const padded = (text) => text.replace(/e([+-])(\d)$/, "e$10$2");

/** How many decimals a column needs so that its values line up and differ, the least with two digits; null for mixed magnitudes.
 * @param {number[]} values @returns {number | null} */
export function decimals(values) {
  const sizes = values.filter(Number.isFinite).map(Math.abs);
  if (!sizes.length) return null;
  const [low, high] = extremes(sizes);
  if (sizes.every(Number.isInteger)) return high < 1e15 ? 0 : null;
  const least = sizes.reduce((a, b) => (b ? Math.min(a, b) : a), Infinity);
  if (high >= 1e9 || least < 1e-4) return null;
  const places = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(high - low || high / 10))));
  return least < 10 ** -places ? null : Math.min(6, Math.max(places, 1 - Math.floor(Math.log10(least))));
}

/** The lowest and the highest, of any number of values (spreading them into Math.min has a limit).
 * @param {number[]} values @returns {[number, number]} */
export function extremes(values) {
  let low = Infinity,
    high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** @param {Value} value @returns {string} any value in words, exactly */
export function words(value) {
  if (typeof value === "string") return value;
  if (typeof value === "number") return value && Math.abs(value) < 1e-4 ? padded(value.toExponential()) : String(value);
  if (value === null) return MISSING;
  if (typeof value === "boolean") return value ? "True" : "False";
  return value.f;
}

/** @param {number | null} seconds @returns {string} */
export function duration(seconds) {
  if (seconds === null) return MISSING;
  if (seconds < 1) return `${seconds >= 0.01 ? (seconds * 1000).toFixed(0) : (seconds * 1000).toFixed(1)} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number} ms @returns {string} the local time, month to minute */
export function moment(ms) {
  const t = new Date(ms);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** @param {number} count @param {string} noun @returns {string} */
export const plural = (count, noun) => `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;

/** @param {number} count @returns {string} with commas between thousands; `toLocaleString` would take 10 ms of the first paint to begin with */
export const thousands = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** @param {string} text @param {number} limit */
export const cut = (text, limit) => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);

/** A label such as `rate=0.1, depth=3` in so many letters, shorter names before shorter values: the values tell labels apart.
 * @param {string} label @param {number} limit @returns {string} */
export function shortLabel(label, limit) {
  const parts = label.split(", ").map((part) => /^([^=]*?)( ?=.*)$/s.exec(part)?.slice(1) ?? ["", part]);
  for (const room of [Infinity, 14, 10, 7, 5, 3]) {
    const text = parts.map(([name, value]) => cut(name, room) + value).join(", ");
    if (text.length <= limit) return text;
  }
  const short = parts.map(([name, value]) => cut(name, 5) + value);
  while (short.length > 1 && `${short.join(", ")}, …`.length > limit) short.pop();
  return short.length > 1 || parts.length > 1 ? cut(`${short.join(", ")}, …`, limit) : cut(label, limit);
}
