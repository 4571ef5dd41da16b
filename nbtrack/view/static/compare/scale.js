// @ts-check
/** Scales: where a value stands on an axis, and which marks the axis has. */
/** @import { Column, Scale, Value } from "./types.js" */
import { COLLATE } from "./column.js";
import { extremes, figure, words } from "./format.js";

/** @param {number} low @param {number} high @param {number} [wanted] @returns {number[]} round numbers between */
export function ticks(low, high, wanted = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) ?? 10);
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** @param {number} low @param {number} high @returns {number[]} powers of ten, thinned to six or so; 1-2-5 in a short range */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low) + 1e-9),
    last = Math.ceil(Math.log10(high) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const out = [];
  for (let power = first; power <= last; power += every)
    for (const n of last - first <= 2 ? [1, 2, 5] : [1]) out.push(Number(`${n}e${power}`));
  return out.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** @param {Column} column @param {number[]} rows @returns {Scale} from values to 0..1; words stand in even steps */
export function scaleOf(column, rows) {
  if (!column.numeric) return wordScale(column, rows);
  return numberScale(...extremes(rows.map((at) => column.values[at]).filter((value) => typeof value === "number")));
}

/** @param {number} low @param {number} high @param {boolean} [log] @returns {Scale} */
export function numberScale(low, high, log = low > 0 && high / low > 100) {
  const pad = high > low ? 0 : Math.abs(low) * 0.1 || 1;
  const [from, to] = [low - pad, high + pad];
  const own = log ? Math.log10 : (/** @type {number} */ x) => x;
  const place = (/** @type {Value} */ value) =>
    typeof value === "number" ? (own(value) - own(from)) / (own(to) - own(from)) : null;
  const marks = log ? logTicks(from, to) : ticks(from, to);
  const texts = log ? marks.map((value) => figure(value)) : evenly(marks);
  return {
    kind: log ? "log" : "line",
    place,
    ticks: marks.map((value, i) => ({ at: /** @type {number} */ (place(value)), text: texts[i] })),
  };
}

/** @param {number[]} values @returns {string[]} their figures, with the same number of decimals */
function evenly(values) {
  const texts = values.map((value) => figure(value));
  const places = Math.max(...texts.map((text) => (text.split(".")[1] ?? "").length));
  return texts.some((text) => text.includes("e")) ? texts : values.map((value) => value.toFixed(places));
}

/** @param {Column} column @param {number[]} rows @returns {Scale} */
function wordScale(column, rows) {
  const levels = [
    ...new Set(rows.filter((at) => column.values[at] !== null).map((at) => words(column.values[at]))),
  ].sort(COLLATE);
  const at = new Map(levels.map((level, i) => [level, levels.length > 1 ? i / (levels.length - 1) : 0.5]));
  return {
    kind: "words",
    place: (value) => (value === null ? null : (at.get(words(value)) ?? null)),
    ticks: levels.map((text) => ({ at: at.get(text) ?? 0, text })),
  };
}
