// @ts-check
/** Whether one recorded value answers one comparison, and the order of values: what `query/matching.py` says. */
import { words } from "./format.js";
import { exact } from "./grammar.js";
import { folded } from "./nearest.js";
import { DAY, isDay, readMoment } from "./moments.js";

/** What is neither a number, text nor a bool: a date (`ms`), or anything else in words. */
export class Other {
  /** @param {string} text @param {number | null} ms @param {any} [inside] what it holds, where it is a mapping */
  constructor(text, ms, inside) {
    this.text = text;
    this.ms = ms;
    this.inside = inside;
  }
}

/** A whole number that Python holds as a float, which shows in its text alone. */
export class Whole extends Number {}

/** @typedef {number | bigint | string | boolean | Other | Whole} Found */
/** @typedef {(found: Found) => boolean} Matcher */

const NUMBER = /^[ \t-\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?[ \t-\r]*$/;
/** @type {Record<string, (a: any, b: any) => boolean>} */
const COMPARE = {
  "=": (a, b) => a == b,
  "!=": (a, b) => a != b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** @param {any} found @returns {number | bigint | null} the number it is or looks like */
export function numberOf(found) {
  if (typeof found === "number" || typeof found === "bigint") return found;
  if (typeof found === "boolean" || found instanceof Whole) return Number(found);
  return typeof found === "string" && NUMBER.test(found) ? exact(found.trim()) : null;
}

/** @param {Found} found @returns {string} what Python's `str` says */
export function textOf(found) {
  if (typeof found === "string") return found;
  if (found instanceof Other) return found.text;
  if (found instanceof Whole) return Math.abs(Number(found)) < 1e16 ? `${found}.0` : textOf(Number(found));
  if (typeof found === "bigint") return String(found);
  if (typeof found !== "number" || Math.abs(found) < 1e16 || found !== found) return words(found === found ? found : { f: "nan" });
  return Number.isFinite(found) ? found.toExponential() : found > 0 ? "inf" : "-inf";
}

/** The order of texts in Python: by code points. @param {string} a @param {string} b @returns {number} */
export function byPoints(a, b) {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at === end ? a.length - b.length : place(a.charCodeAt(at)) - place(b.charCodeAt(at));
}

/** @param {number} unit @returns {number} halves of astral letters after all others */
const place = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

/** The test of one present value. @param {string} sign @param {any} wanted @returns {Matcher} */
export function matcher(sign, wanted) {
  if (typeof wanted === "string") return besideText(sign, wanted);
  const number = besideNumber(sign, Number(wanted) == wanted && typeof wanted !== "bigint" ? Number(wanted) : wanted);
  return typeof wanted === "boolean" ? (found) => number(truth(found) ?? found) : number;
}

/** @param {string} sign @param {number | bigint} wanted @returns {Matcher} */
function besideNumber(sign, wanted) {
  const compare = COMPARE[sign];
  return (found) => {
    const number = typeof found === "number" ? found : numberOf(found);
    return number === null ? sign === "!=" : number === number && compare(number, wanted);
  };
}

/** @param {any} found @returns {boolean | null} */
const truth = (found) => (typeof found === "string" ? ({ true: true, false: false }[found.trim().toLowerCase()] ?? null) : null);

/** @param {string} sign @param {string} wanted @returns {Matcher} */
function besideText(sign, wanted) {
  const compare = COMPARE[sign];
  const [number, yes, moment] = [numberOf(wanted), truth(wanted), besideMoment(sign, wanted)];
  const byNumber = number === null ? null : besideNumber(sign, number);
  const equals = sign === "=" || sign === "!=";
  return (found) => {
    if (typeof found === "string") return equals ? compare(found, wanted) : compare(byPoints(found, wanted), 0);
    if (typeof found === "boolean" && yes !== null) return compare(found, yes);
    if (found !== found) return false;
    if (!(found instanceof Other) && byNumber) return byNumber(found);
    if (found instanceof Other && found.ms !== null && moment) return moment(found.ms);
    return equals && compare(textOf(found), wanted);
  };
}

/** The test of a moment in milliseconds; `=` and `!=` take a bare date for its whole day. @param {string} sign @param {string} wanted @returns {((ms: any) => boolean) | null} */
function besideMoment(sign, wanted) {
  const start = readMoment(wanted);
  if (start === null) return null;
  if ((sign === "=" || sign === "!=") && isDay(wanted)) return (ms) => (start <= ms && ms < start + DAY) === (sign === "=");
  return (ms) => COMPARE[sign](ms, start);
}

/** The test for `started` and `ended`; null beside what is no date or number. @param {string} sign @param {any} wanted @returns {Matcher | null} */
export function momentMatcher(sign, wanted) {
  if (typeof wanted === "boolean") return null;
  return (typeof wanted === "string" && besideMoment(sign, wanted)) || (numberOf(wanted) === null ? null : matcher(sign, wanted));
}

/** The test of a text against a pattern. @param {string} how @param {string} pattern @returns {(text: string) => boolean} */
export function resemblance(how, pattern) {
  if (how === "contains") return (text) => text.includes(pattern);
  const fold = how === "ilike" ? folded : (/** @type {string} */ text) => text;
  const shape = like(fold(pattern));
  return (text) => shape.test(fold(text));
}

/** SQL's `LIKE`: between two `%` the leftmost place that fits is always right, so it is kept (a lookahead and what it
 * found) and nothing is tried twice. @param {string} pattern @returns {RegExp} */
function like(pattern) {
  const pieces = pattern.split("%").map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&").replaceAll("_", "[^]"));
  const last = pieces.length > 1 ? `[^]*${pieces.pop()}` : "";
  const [first, ...middle] = pieces;
  const kept = middle.filter((piece) => piece).map((piece, at) => `(?=([^]*?${piece}))\\${at + 1}`);
  return new RegExp(`^${first}${kept.join("")}${last}$`, "u");
}

/** Rows by their value: numbers, then text, each in the direction asked; missing and NaN last, equals as they came.
 * @param {(Found | null)[]} values @param {number[]} rows @param {boolean} down @returns {number[]} */
export function arranged(values, rows, down) {
  /** @type {[any, number][]} */
  const numbers = [];
  /** @type {[string, number][]} */
  const texts = [];
  const rest = [];
  for (const row of rows) {
    const found = values[row];
    const number = typeof found === "number" ? found : found instanceof Other ? found.ms : numberOf(found);
    if (found === null || (number !== null && number !== number)) rest.push(row);
    else if (number === null) texts.push([textOf(found), row]);
    else numbers.push([number, row]);
  }
  const sign = down ? -1 : 1;
  numbers.sort(([a], [b]) => (a < b ? -sign : a > b ? sign : 0));
  texts.sort(([a], [b]) => sign * byPoints(a, b));
  return [...numbers, ...texts].map(([, row]) => row).concat(rest);
}
