// @ts-check
/** Scales: where a value stands on an axis, and which marks the axis has. */
/** @import { Column, Scale } from "./types.js" */
import { COLLATE } from "./column.js";
import { duration, extremes, figure, words } from "./format.js";

/** @param {number} low @param {number} high @param {number} [wanted] @returns {number[]} round numbers between */
export function ticks(low, high, wanted = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  // Counted from zero, and not too far: of values that differ in their last bit, `first` + 1 may be `first` again.
  const out = [];
  for (let i = 0; i <= 2 * wanted && (first + i) * step <= high + step * 1e-9; i++)
    out.push(Number(((first + i) * step).toPrecision(12)));
  return [...new Set(out)];
}

/** @param {number} low @param {number} high @returns {number[]} powers of ten, thinned to six or so; 1-2-5 in a short range; round numbers in one shorter than that */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low) + 1e-9),
    last = Math.ceil(Math.log10(high) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const out = [];
  for (let power = first; power <= last; power += every)
    for (const n of last - first <= 2 ? [1, 2, 5] : [1]) out.push(Number(`${n}e${power}`));
  const within = out.filter((value) => value >= low * 0.999 && value <= high * 1.001);
  return within.length > 1 ? within : ticks(low, high, 4).filter((value) => value > 0);
}

const MINUTE = 60,
  HOUR = 3600,
  DAY = 86400;
const ROUND = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 3, 6, 12].map((n) => n * HOUR), ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY)];

/** Round times of the clock on the wall. @param {number} low seconds since 1970 @param {number} high @param {number} [wanted] @returns {{values: number[], texts: string[]}} */
export function clockTicks(low, high, wanted = 4) {
  const step = ROUND.find((n) => n * wanted >= high - low) ?? 365 * DAY;
  const zone = new Date(low * 1000).getTimezoneOffset() * MINUTE;
  const values = [];
  for (let t = Math.ceil((low - zone) / step) * step + zone; t <= high; t += step) values.push(t);
  if (!values.length) values.push(low);
  return { values, texts: values.map((value) => clock(value, step)) };
}

/** @param {number} seconds since 1970 @param {number} step how far apart times have to be told @returns {string} */
export function clock(seconds, step = 1) {
  const t = new Date(seconds * 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const day = `${two(t.getMonth() + 1)}-${two(t.getDate())}`;
  const time = `${two(t.getHours())}:${two(t.getMinutes())}`;
  return step >= DAY ? day : step >= 6 * HOUR ? `${day} ${time}` : step >= MINUTE ? time : `${time}:${two(t.getSeconds())}`;
}

/** @param {Column} column @param {number[]} rows @param {boolean | null} [log] null: where the values ask for it @returns {Scale} from values to 0..1; words stand in even steps */
export function scaleOf(column, rows, log = null) {
  if (!column.numeric) return wordScale(column, rows);
  const values = rows.map((at) => column.values[at]).filter((value) => typeof value === "number");
  const [low, high] = extremes(log ? values.filter((value) => value > 0) : values);
  if (column.id === "run.started") return clockScale(low / 1000, high / 1000, 1000);
  return numberScale(low, high, log ?? undefined, column.id === "run.duration" ? duration : undefined);
}

/** Of numbers whose distance is beyond all numbers the axis ends here. */
const HALF = 8e307;
/** What lies outside an axis stands so many lengths of it away at most, or it would have no pixel to be drawn at. */
const FAR = 1e6;

/** @param {number} low @param {number} high @param {boolean} [log] @param {(value: number) => string} [write] @returns {Scale} */
export function numberScale(low, high, log = low > 0 && high / low > 100, write) {
  if (!(low <= high && Number.isFinite(low) && Number.isFinite(high))) [low, high] = [0, 1];
  if (!Number.isFinite(high - low)) [low, high] = [Math.max(low, -HALF), Math.min(high, HALF)];
  if (log && !(low > 0)) log = false;
  const pad = high > low ? 0 : Math.abs(low) * 0.1 || 1;
  const [from, to] = [low - pad, high + pad];
  const own = log ? Math.log10 : (/** @type {number} */ x) => x;
  const [start, span] = [own(from), own(to) - own(from)];
  const marks = log ? logTicks(from, to) : ticks(from, to);
  const texts = write ? marks.map(write) : log ? marks.map((value) => brief(value)) : evenly(marks);
  return madeOf(
    log ? "log" : "line",
    (value) => (typeof value === "number" && (!log || value > 0) && Number.isFinite(value) ? Math.max(-FAR, Math.min(FAR, (own(value) - start) / span)) : null),
    (at) => (log ? 10 ** (start + at * span) : start + at * span),
    marks,
    texts,
  );
}

/** Times of the wall's clock, in seconds since 1970, or in parts of a second when `parts` says how many. @param {number} low seconds @param {number} high @param {number} [parts] @returns {Scale} */
export function clockScale(low, high, parts = 1) {
  if (!(low <= high)) [low, high] = [0, 1];
  const pad = high > low ? 0 : 30;
  const [from, span] = [low - pad, high - low + 2 * pad];
  const { values, texts } = clockTicks(from, from + span);
  return madeOf(
    "clock",
    (value) => (typeof value === "number" ? (value / parts - from) / span : null),
    (at) => (from + at * span) * parts,
    values.map((value) => value * parts),
    texts,
  );
}

/** @param {Scale["kind"]} kind @param {Scale["place"]} place @param {Scale["back"]} back @param {number[]} marks @param {string[]} texts @returns {Scale} */
const madeOf = (kind, place, back, marks, texts) => ({
  kind,
  place,
  back,
  ticks: marks.map((value, i) => ({ at: place(value) ?? 0, text: texts[i] })),
});

/** A scale turned over. @param {Scale} scale @returns {Scale} */
export const turned = (scale) => ({
  ...scale,
  place: (value) => {
    const at = scale.place(value);
    return at === null ? null : 1 - at;
  },
  back: (at) => scale.back(1 - at),
  ticks: scale.ticks.map((tick) => ({ ...tick, at: 1 - tick.at })),
});

/** @param {number} value @returns {string} its figure; from a hundred thousand on in thousands, millions or billions */
export function brief(value) {
  const size = Math.abs(value);
  const [unit, sign] = size >= 1e9 ? [1e9, "G"] : size >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  return size >= 1e5 && size < 1e13 ? `${figure(value / unit)}${sign}` : figure(value);
}

/** @param {number[]} values @returns {string[]} their figures, with the same number of decimals */
function evenly(values) {
  const texts = values.map((value) => brief(value));
  const places = Math.max(...texts.map((text) => (text.split(".")[1] ?? "").length));
  return texts.some((text) => /[a-zA-Z]/.test(text)) ? texts : values.map((value) => value.toFixed(places));
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
    back: (place) => Math.round(place * (levels.length - 1)),
    ticks: levels.map((text) => ({ at: at.get(text) ?? 0, text })),
  };
}
