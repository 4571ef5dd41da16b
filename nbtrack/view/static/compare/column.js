// @ts-check
/** One column of the comparison: a value a run, and what follows from the values, worked out when first asked for. */
/** @import { Direction, PackedColumn, Value } from "./types.js" */
import { decimals, extremes, figure, words } from "./format.js";

/** The order of words everywhere: numbers inside them by size, case aside. */
export const COLLATE = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

export class Column {
  /** @param {string} space @param {string} key @param {Value[]} values @param {{dir?: Direction, usual?: boolean, texts?: string[]}} [more] */
  constructor(space, key, values, { dir = null, usual = false, texts } = {}) {
    this.id = `${space}.${key}`;
    this.space = space;
    this.key = key;
    this.values = values;
    this.dir = dir;
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
    const best = dir === "max" ? high : low;
    this.best = new Set(dir && low < high ? values.flatMap((value, at) => (value === best ? [at] : [])) : []);
    /** Whether the column is shown without being asked for; `unfold` decides, knowing the others. */
    this.leads = space === "metrics" || (this.differs && !usual);
    this.ownTexts = texts;
    /** @type {Float64Array | undefined} */
    this.ownOrder = undefined;
    /** @type {string[] | undefined} */
    this.ownLevels = undefined;
  }

  /** Each value as it is shown; metrics with the same number of decimals. @returns {string[]} */
  get texts() {
    return (this.ownTexts ??= this.space === "metrics" ? aligned(this.values) : this.values.map(words));
  }

  /** The distinct values in words, in order. @returns {string[]} */
  get levels() {
    return (this.ownLevels ??= [...new Set(this.values.filter((value) => value !== null).map(words))].sort(COLLATE));
  }

  /** A number a run to sort by, NaN for what is missing or not a number. @returns {Float64Array} */
  get order() {
    return (this.ownOrder ??= orderOf(this.values));
  }
}

/** @param {PackedColumn} packed @param {number} runs how many @returns {Column} */
export function unpackColumn({ space, key, dir, usual, all, values, words: texts, at }, runs) {
  const own = texts && at ? at.map((place) => texts[place] ?? null) : (values ?? Array(runs).fill(all ?? null));
  return new Column(space, key, own, { dir, usual });
}

/** @param {Value[]} values @returns {string[]} */
function aligned(values) {
  const places = decimals(values.filter((value) => typeof value === "number"));
  return values.map((value) =>
    typeof value !== "number" ? words(value) : places === null ? figure(value) : value.toFixed(places),
  );
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
