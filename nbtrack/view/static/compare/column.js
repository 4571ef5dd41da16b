// @ts-check
/** One column of the comparison: a value a run, and what follows from the values, worked out when first asked for. */
/** @import { Data, Direction, PackedColumn, Value } from "./types.js" */
import { decimals, extremes, figure, words } from "./format.js";
import { seedLike } from "./seeds.js";

/** Longer numbers are shown with fewer digits; their tooltip and what is copied have all. */
const LONG = 8;
const DIGITS = 5;
/** So many numbers tell how wide a column is; words cost nothing to write. */
const SAMPLE = { numbers: 50, words: 200 };

/** The order of words everywhere: numbers inside them by size, case aside. */
export const COLLATE = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

/** Names of metrics of training data, and of others, as in `model/direction.py`. */
const TRAINED = /(?:^|[^a-z0-9])(?:train|training|trn)(?:[^a-z]|$)/i;
const HELD = /test|val|dev|hold|eval|oof|cross|(?:^|[^a-z0-9])cv|best_score/i;

/** @param {string} metric @returns {boolean} whether its name says that it is of training data, which tells nothing of new data */
export const ofTraining = (metric) => TRAINED.test(metric) && !HELD.test(metric);

export class Column {
  /** @param {string} space @param {string} key @param {Value[]} values @param {{dir?: Direction, usual?: boolean, texts?: string[], write?: (value: any) => string}} [more] */
  constructor(space, key, values, { dir = null, usual = false, texts, write } = {}) {
    this.id = `${space}.${key}`;
    this.space = space;
    this.key = key;
    this.values = values;
    /** Whether it only says which random numbers were drawn: nothing to judge a run by. */
    this.seed = space === "params" && seedLike(key);
    /** What its words stand for beside text, as the payload says. @type {string[]} */
    this.odd = [];
    /** Which way is better. @type {Direction} */
    this.dir = null;
    /** The runs with the best value. @type {Set<number>} */
    this.best = new Set();
    /** On which set of data each run was measured, where there are several. @type {(number | null)[] | null} */
    this.sets = null;
    /** Whether every run left this param at its default. */
    this.usual = usual;
    const first = values[0];
    this.differs = values.some((value) => value !== first && words(value) !== words(first));
    const numbers = /** @type {number[]} */ (values.filter((value) => typeof value === "number"));
    this.numeric =
      numbers.length > 0 &&
      (numbers.length === values.length || values.every((value) => typeof value === "number" || typeof value === "object"));
    const [low, high] = extremes(numbers);
    this.low = low;
    this.high = high;
    this.turn(dir);
    /** Whether the column is shown without being asked for; `unfold` decides, knowing the others. */
    this.leads = space === "metrics" || (space !== "about" && this.differs && !usual);
    this.ownTexts = texts;
    this.ownWrite = write;
    /** @type {Float64Array | undefined} */
    this.ownOrder = undefined;
    /** @type {string[] | undefined} */
    this.ownLevels = undefined;
    /** @type {string[] | undefined} */
    this.ownSample = undefined;
    /** @type {string | undefined} */
    this.ownTail = undefined;
    /** @type {number | null | undefined} */
    this.ownPlaces = undefined;
  }

  /** Say which way is better. @param {Direction} dir */
  turn(dir) {
    this.dir = dir;
    this.best = new Set();
    if (!dir || !(this.low < this.high)) return;
    if (this.sets) for (const own of setsOf(this.sets)) this.mark(own);
    else this.values.forEach((value, at) => value === (dir === "max" ? this.high : this.low) && this.best.add(at));
  }

  /** Mark the best of the runs of one set of data, unless all are the same. @param {number[]} own */
  mark(own) {
    const [low, high] = extremes(/** @type {number[]} */ (own.map((at) => this.values[at]).filter((value) => typeof value === "number")));
    if (low < high) for (const at of own) if (this.values[at] === (this.dir === "max" ? high : low)) this.best.add(at);
  }

  /** Say that the runs were measured on several sets of data, where a score on one is no match for a score on another: the
   * best is that of each. @param {(number | null)[]} sets */
  part(sets) {
    this.sets = sets;
    this.turn(this.dir);
  }

  /** Each value as it is shown; metrics with the same number of decimals. @returns {string[]} */
  get texts() {
    return (this.ownTexts ??= this.values.map((value) => this.write(value)));
  }

  /** @param {number} at @returns {string} the value of a run as it is shown; written for the few in sight, not for all */
  text(at) {
    return this.ownTexts ? this.ownTexts[at] : this.write(this.values[at]);
  }

  /** Texts to fit the column to: all of few runs, of many a sample with both extremes. @returns {string[]} */
  get sample() {
    if (this.ownSample) return this.ownSample;
    const most = this.numeric ? SAMPLE.numbers : SAMPLE.words;
    const every = Math.ceil(this.values.length / most);
    const some = this.values.filter((value, at) => at % every === 0 || value === this.low || value === this.high);
    return (this.ownSample = this.ownTexts?.filter((_, at) => at % every === 0) ?? some.slice(0, 2 * most).map((value) => this.write(value)));
  }

  /** @param {Value} value @returns {string} as this column shows it */
  write(value) {
    if (this.ownWrite) return this.ownWrite(value);
    if (typeof value !== "number") return words(value);
    if (this.space !== "metrics") return shortened(value);
    return this.places === null ? figure(value) : value.toFixed(this.places);
  }

  /** @param {number} size of a difference between values @returns {string} with their decimals, unless nothing would be left of it */
  writeSize(size) {
    const fixed = this.places === null ? "" : size.toFixed(this.places);
    return Number(fixed) ? fixed : figure(size, 2);
  }

  /** How many decimals the metric's values have; null where each has its own. @returns {number | null} */
  get places() {
    if (this.ownPlaces === undefined)
      this.ownPlaces = decimals(/** @type {number[]} */ (this.values.filter((value) => typeof value === "number")));
    return this.ownPlaces;
  }

  /** The longest of what stands behind the point, where numbers have to be moved to stand point under point. @returns {string} */
  get tail() {
    return (this.ownTail ??= this.numeric && !this.unit ? longestTail(this.sample) : "");
  }

  /** Whether the values are written with units of their own: they have no common point. */
  get unit() {
    return this.space === "run";
  }

  /** The distinct values in words, in order. @returns {string[]} */
  get levels() {
    return (this.ownLevels ??= levelsOf(this.values));
  }

  /** A number a run to sort by, NaN for what is missing or not a number. @returns {Float64Array} */
  get order() {
    return (this.ownOrder ??= orderOf(this.values));
  }
}

/** @param {(number | null)[]} sets @returns {number[][]} the runs of each set of data */
function setsOf(sets) {
  /** @type {number[][]} */
  const found = [];
  sets.forEach((set, at) => set !== null && (found[set] ??= []).push(at));
  return found.filter(Boolean);
}

/** @param {PackedColumn} packed @param {number} runs how many @returns {Column} */
export function unpackColumn({ space, key, dir, usual, odd, all, values, words: texts, at }, runs) {
  const own = texts && at ? at.map((place) => texts[place] ?? null) : (values ?? Array(runs).fill(all ?? null));
  return Object.assign(new Column(space, key, own, { dir, usual }), { odd: odd ?? [] });
}

/** @param {number} value @returns {string} whole where it is short, as what a person typed mostly is */
function shortened(value) {
  const whole = words(value);
  return whole.length > LONG ? figure(value, DIGITS) : whole;
}

/** @param {string} text @returns {string} what stands behind the point of a number, or behind its last digit where it has none */
export const tailOf = (text) => text.slice(text.search(/[.e]|$/));

/** @param {string[]} texts @returns {string} the longest tail; none where all are of one length */
function longestTail(texts) {
  let longest = "",
    shortest = Infinity;
  for (const text of texts) {
    if (!/\d/.test(text)) continue;
    const tail = tailOf(text);
    if (tail.length > longest.length) longest = tail;
    shortest = Math.min(shortest, tail.length);
  }
  return shortest < longest.length ? longest : "";
}

/** Turn metrics the way a person said they are better. @param {Data} data @param {Record<string, Direction>} dirs by the column's id */
export function turn(data, dirs) {
  for (const column of data.columns)
    if (column.id in dirs && column.dir !== dirs[column.id]) {
      column.turn(dirs[column.id]);
      for (const curve of data.curves) if (curve.metric === column.key) curve.dir = column.dir;
    }
}

/** @param {Value[]} values @returns {string[]} the distinct ones: numbers by size, then words by alphabet */
function levelsOf(values) {
  /** @type {Set<number>} */
  const numbers = new Set();
  /** @type {Set<string>} */
  const others = new Set();
  for (const value of values)
    if (typeof value === "number") numbers.add(value);
    else if (value !== null) others.add(words(value));
  return [...Array.from(Float64Array.from(numbers).sort(), words), ...[...others].sort(COLLATE)];
}

/** Numbers by size, then words by alphabet. @param {Value[]} values @returns {Float64Array} */
function orderOf(values) {
  const plain = values.map(sortable);
  if (!plain.some((value) => typeof value === "string")) return Float64Array.from(plain, Number);
  const steps = [...new Set(plain.filter((value) => !Number.isNaN(value)))].sort((a, b) =>
    typeof a === "string" && typeof b === "string" ? COLLATE(a, b) : typeof a === "string" ? 1 : typeof b === "string" ? -1 : a - b,
  );
  const place = new Map(steps.map((value, at) => [value, at]));
  return Float64Array.from(plain, (value) => place.get(value) ?? NaN);
}

/** @param {Value} value @returns {number | string} */
function sortable(value) {
  if (value === null) return NaN;
  if (typeof value === "object") return { inf: Infinity, "-inf": -Infinity }[value.f] ?? NaN;
  return typeof value === "boolean" ? Number(value) : value;
}
