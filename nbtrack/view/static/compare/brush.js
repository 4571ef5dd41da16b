// @ts-check
/** Brushes: the stretch of an axis that a person marked, which runs pass it, and the same in the filter's words. */
/** @import { Brush, Column, Scale, Value } from "./types.js" */
import { words } from "./format.js";

/** @param {Brush} brush @param {Value} value @returns {boolean} */
export const passes = (brush, value) =>
  typeof brush[0] === "string"
    ? value !== null && /** @type {string[]} */ (brush).includes(words(value))
    : typeof value === "number" && value >= brush[0] && value <= /** @type {number} */ (brush[1]);

/** @param {Record<string, Brush>} brushes @param {(id: string) => Column | undefined} column @param {number[]} rows @returns {number[]} the runs that pass all of them */
export function passing(brushes, column, rows) {
  const parts = Object.entries(brushes).flatMap(([id, brush]) => {
    const c = column(id);
    return c ? [{ c, brush }] : [];
  });
  return rows.filter((at) => parts.every(({ c, brush }) => passes(brush, c.values[at])));
}

/** From two places of an axis (0 to 1) to what is marked: of numbers the two ends, of words those between, null when none.
 * @param {Scale} scale @param {number} a @param {number} b @returns {Brush | null} */
export function brushed(scale, a, b) {
  const [from, to] = a < b ? [a, b] : [b, a];
  if (scale.kind === "words") {
    const marked = scale.ticks.filter((tick) => tick.at >= from - 1e-9 && tick.at <= to + 1e-9).map((tick) => tick.text);
    return marked.length ? marked : null;
  }
  const ends = [scale.back(from), scale.back(to)].map((end) => Number(end.toPrecision(4)));
  return ends[0] < ends[1] ? [ends[0], ends[1]] : [ends[1], ends[0]];
}

/** @param {Scale} scale @param {Brush} brush @returns {[number, number]} its ends as places of the axis, the lower one first */
export function extent(scale, brush) {
  const places = brush.map((end) => scale.place(end) ?? 0);
  const pad = scale.kind === "words" ? 0.5 / Math.max(1, scale.ticks.length - 1) / 2 : 0;
  return [Math.max(0, Math.min(...places) - pad), Math.min(1, Math.max(...places) + pad)];
}

/** Brushes as a filter: `params.lr >= 0.001 and params.lr <= 0.1 and params.kernel in ("rbf", "poly")`.
 * @param {Record<string, Brush>} brushes @param {(id: string) => Column | undefined} column @returns {string} */
export function filterText(brushes, column) {
  return Object.entries(brushes)
    .flatMap(([id, brush]) => {
      const c = column(id);
      return c ? terms(path(c), brush, c) : [];
    })
    .join(" and ");
}

/** The same in short forms, to stand beside words: `lr>=0.001 lr<=0.1 -kernel="linear"`.
 * @param {Record<string, Brush>} brushes @param {(id: string) => Column | undefined} column @returns {string} */
export function shortForms(brushes, column) {
  const quoted = (/** @type {string} */ text) => (/^[\w.+-]+$/.test(text) ? text : `"${text}"`);
  const forms = Object.entries(brushes).flatMap(([id, brush]) => {
    const c = column(id);
    if (!c) return [];
    const name = quoted(c.key);
    if (typeof brush[0] === "number") return [`${name}>=${words(brush[0])}`, `${name}<=${words(brush[1])}`];
    const marked = new Set(/** @type {string[]} */ (brush));
    if (marked.size === 1) return [`${name}=${quoted(words(brush[0]))}`];
    return c.levels.filter((level) => !marked.has(level)).map((level) => `-${name}=${quoted(level)}`);
  });
  return forms.join(" ");
}

/** @param {string} name @param {Brush} brush @param {Column} c @returns {string[]} */
function terms(name, brush, c) {
  if (typeof brush[0] === "string") {
    const texts = brush.map((text) => literal(/** @type {string} */ (text), c));
    return [texts.length > 1 ? `${name} in (${texts.join(", ")})` : `${name} = ${texts[0]}`];
  }
  return [`${name} >= ${words(brush[0])}`, `${name} <= ${words(brush[1])}`];
}

/** A level as the filter reads it: numbers and truths bare, words quoted. @param {string} text @param {Column} c @returns {string} */
function literal(text, c) {
  const value = c.values.find((one) => words(one) === text);
  return typeof value === "number" || typeof value === "boolean" ? text : `"${text.replaceAll('"', '""')}"`;
}

/** @param {Column} c @returns {string} its name in a filter, quoted where it has to be */
const path = ({ space, key }) => {
  const name = /^[\w/@:+-]+(\.[\w/@:+-]+)*$/.test(key) ? key : `"${key.replaceAll('"', '""')}"`;
  return space === "run" ? key : `${space}.${name}`;
};
