// @ts-check
/** Colours, shapes and legends: what tells one run from another, also without seeing colours. */
/** @import { App, Colouring, Column, Look, Value } from "./types.js" */
import { h, s } from "./dom.js";
import { MISSING, cut, extremes, figure, words } from "./format.js";
import { scaleOf } from "./scale.js";

/** One for each colour, of about the same area, around the point where a path stands. */
export const SHAPES = [
  "m0-4.6a4.6 4.6 0 1 0 .01 0z",
  "m-4-4h8v8h-8z",
  "m0-5.2l5 9.2h-10z",
  "m0-5.6l5.6 5.6-5.6 5.6-5.6-5.6z",
  "m0 5.2l5-9.2h-10z",
  "m-1.7-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z",
  "m-4.6-3l1.6-1.6 3 3 3-3 1.6 1.6-3 3 3 3-1.6 1.6-3-3-3 3-1.6-1.6 3-3z",
  "m0-5.4l5.2 3.8-2 6.1h-6.4l-2-6.1z",
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

/** @type {Look} what stands back */
export const DIM = { colour: "var(--faint)", shape: 0 };

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
  const dim = { ...DIM, strong: false, rank: 0 };
  const drawn = new Set(rows);
  const entries = [...app.looks]
    .filter(([at]) => drawn.has(at))
    .map(([at, look]) => legendEntry(look, `${app.data.runs[at].name} ${app.data.runs[at].short}`));
  return {
    look: (run) => {
      const look = app.looks.get(run);
      return look ? { ...look, strong: true, rank: 1 } : dim;
    },
    legend: legend("Selected", cutShort(entries)),
  };
}

/** Some of many: these in colour, the others grey. @param {App} app @param {string} title @param {number[]} chosen @param {boolean} others whether there are any @returns {Colouring} */
export function bySome(app, title, chosen, others) {
  const looks = new Map(chosen.map((at, n) => [at, lookOf(n)]));
  const entries = chosen.map((at, n) => legendEntry(lookOf(n), `${app.data.runs[at].name} ${app.data.runs[at].short}`));
  if (others) entries.push(legendEntry(DIM, "others"));
  return {
    look: (run) => ({ ...(looks.get(run) ?? DIM), strong: looks.has(run), rank: looks.has(run) ? 1 : 0 }),
    legend: legend(title, entries),
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
  const steps = Array.from({ length: 11 }, (_, i) => h("i", { style: `background:${ramp(i / 10)}` }));
  const bar = h("span", { class: "nbt-ramp", "aria-hidden": "true" }, ...steps);
  return {
    look: (run) => {
      const at = depth(by.values[run]);
      return { colour: at === null ? "var(--faint)" : ramp(at), shape: 0, strong: at !== null, rank: at ?? -1 };
    },
    legend: legend(by.key, [h("span", { class: "nbt-entry" }, figure(ends[0]), bar, figure(ends[1]))]),
  };
}

/** @param {number} at @returns {string} */
const ramp = (at) => `color-mix(in oklab, var(--deep) ${Math.round(20 * at) * 5}%, var(--pale))`;

/** @param {Column} by @param {number[]} rows @returns {Colouring} */
function byLevel(by, rows) {
  const drawn = new Set(rows.map((at) => words(by.values[at])));
  const names = [...new Set([...by.levels, MISSING])].filter((level) => drawn.has(level));
  const at = new Map(names.slice(0, 8).map((level, n) => [level, lookOf(n)]));
  const entries = [...at].map(([level, look]) => legendEntry(look, level === MISSING && !by.levels.includes(level) ? "not set" : level));
  if (names.length > 8) entries.push(legendEntry(DIM, `${names.length - 8} more`));
  return {
    look: (run) => ({ ...(at.get(words(by.values[run])) ?? DIM), strong: true, rank: 0 }),
    legend: legend(by.key, entries),
  };
}

/** @param {HTMLElement[]} entries @returns {HTMLElement[]} a dozen, and how many more there are */
const cutShort = (entries) =>
  entries.length <= 12
    ? entries
    : [...entries.slice(0, 12), h("span", { class: "nbt-entry nbt-dim", text: `+${entries.length - 12} more` })];

/** @param {string} title @param {HTMLElement[]} entries @returns {HTMLElement} */
export const legend = (title, entries) =>
  h("div", { class: "nbt-legend" }, h("span", { class: "nbt-dim", text: cut(title, 40) }), ...entries);

/** @param {Look} look @param {string} text @param {string} [short] @returns {HTMLElement} */
export const legendEntry = (look, text, short = cut(text, 40)) =>
  h("span", { class: "nbt-entry" }, swatch(look), h("span", { text: short, title: text }));
