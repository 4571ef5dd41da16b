// @ts-check
/** Colours, shapes and legends: what tells one run from another, also without seeing colours. */
/** @import { App, Colouring, Column, Look, Value } from "./types.js" */
import { h, s } from "./dom.js";
import { MISSING, cut, extremes, figure, words } from "./format.js";
import { scaleOf } from "./scale.js";

/** One for each colour, of about the same area, around 0 0. */
export const SHAPES = [
  "M0-4.6a4.6 4.6 0 1 0 .01 0z",
  "M-4-4h8v8h-8z",
  "M0-5.2L5 4H-5z",
  "M0-5.6L5.6 0 0 5.6-5.6 0z",
  "M0 5.2L5-4H-5z",
  "M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3z",
  "M-4.6-3l1.6-1.6L0-1.6l3-3L4.6-3l-3 3 3 3L3 4.6l-3-3-3 3L-4.6 3l3-3z",
  "M0-5.4l5.2 3.8-2 6.1h-6.4l-2-6.1z",
];

export const DASHES = ["", "7 3", "2 3", "9 3 2 3", "5 2", "1 2", "10 4", "4 2 1 2 1 2"];

/** @param {Look} [look] @returns {SVGElement} a small mark that stands for a run or a level; empty without a look */
export const swatch = (look) =>
  s(
    "svg",
    { class: "nbt-swatch", viewBox: "-7 -7 14 14", width: 12, height: 12, "aria-hidden": "true" },
    look && s("path", { d: SHAPES[look.shape], style: `fill:${look.colour}` }),
  );

/** @param {number} n @returns {Look} the n-th of the eight Okabe-Ito colours, with a shape of its own */
export const lookOf = (n) => ({ colour: `var(--c${n % 8})`, shape: n % 8 });

/** How runs are coloured: by selection if there is one, else by the chosen column - levels by colour and shape, numbers by depth.
 * @param {App} app @param {Column | undefined} by @param {number[]} rows @returns {Colouring} */
export function colouring(app, by, rows) {
  if (app.looks.size) return bySelection(app, rows);
  if (!by) return byRun(rows);
  const values = new Set(rows.map((at) => by.values[at]).filter((value) => value !== null));
  return by.numeric && values.size > 2 ? byNumber(by, rows) : byLevel(by, rows);
}

/** @param {number[]} rows @returns {Colouring} */
function byRun(rows) {
  const place = new Map(rows.map((at, n) => [at, n]));
  return { look: (run) => ({ ...lookOf(place.get(run) ?? 0), strong: true, rank: 0 }), legend: null };
}

/** @param {App} app @param {number[]} rows @returns {Colouring} */
function bySelection(app, rows) {
  const dim = { colour: "var(--faint)", shape: 0, strong: false, rank: 0 };
  const drawn = new Set(rows);
  const entries = [...app.looks]
    .filter(([at]) => drawn.has(at))
    .map(([at, look]) => legendEntry(look, `${app.data.runs[at].name} ${app.data.runs[at].short}`));
  return {
    look: (run) => {
      const look = app.looks.get(run);
      return look ? { ...look, strong: true, rank: 1 } : dim;
    },
    legend: legend("Selected", entries),
  };
}

/** @param {Column} by @param {number[]} rows @returns {Colouring} */
function byNumber(by, rows) {
  const scale = scaleOf(by, rows);
  const depth = (/** @type {Value} */ value) => {
    const at = scale.place(value);
    return at === null ? null : by.dir === "min" ? 1 - at : at;
  };
  const values = rows.map((at) => by.values[at]).filter((value) => typeof value === "number");
  const ends = by.dir === "min" ? extremes(values).reverse() : extremes(values);
  const bar = h("span", { class: "nbt-ramp", "aria-hidden": "true" });
  return {
    look: (run) => {
      const at = depth(by.values[run]);
      return { colour: at === null ? "var(--faint)" : ramp(at), shape: 0, strong: at !== null, rank: at ?? -1 };
    },
    legend: legend(by.key, [h("span", { class: "nbt-entry" }, figure(ends[0]), bar, figure(ends[1]))]),
  };
}

/** @param {number} at @returns {string} */
const ramp = (at) => `color-mix(in oklab, var(--deep) ${Math.round(100 * at)}%, var(--pale))`;

/** @param {Column} by @param {number[]} rows @returns {Colouring} */
function byLevel(by, rows) {
  const drawn = new Set(rows.map((at) => words(by.values[at])));
  const names = [...new Set([...by.levels, MISSING])].filter((level) => drawn.has(level));
  const at = new Map(names.map((level, n) => [level, lookOf(n)]));
  const entries = names.slice(0, 8).map((level) => legendEntry(/** @type {Look} */ (at.get(level)), level));
  if (names.length > 8) entries.push(h("span", { class: "nbt-entry", text: `+${names.length - 8} more` }));
  return {
    look: (run) => ({ .../** @type {Look} */ (at.get(words(by.values[run])) ?? lookOf(7)), strong: true, rank: 0 }),
    legend: legend(by.key, entries),
  };
}

/** @param {string} title @param {HTMLElement[]} entries @returns {HTMLElement} */
const legend = (title, entries) =>
  h("div", { class: "nbt-legend" }, h("span", { class: "nbt-dim", text: cut(title, 40) }), ...entries);

/** @param {Look} look @param {string} text @returns {HTMLElement} */
const legendEntry = (look, text) =>
  h("span", { class: "nbt-entry" }, swatch(look), h("span", { text: cut(text, 40), title: text }));
