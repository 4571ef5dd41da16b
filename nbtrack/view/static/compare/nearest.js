// @ts-check
/** What someone probably meant by a name that no run has: the words of `query/nearest.py`. */
/** @import { Phrase, Told } from "./phrases.js" */
/** @import { Name } from "./types.js" */
import { ATTRIBUTES, RUN, SPACES, visible, written } from "./grammar.js";
import { listed, told } from "./phrases.js";

const LONGEST = 100;
const MOST = 2000;
const LISTED = 5;
/** @type {Record<string, Phrase>} */
const OPEN = { params: "noParam", metrics: "noMetric", tags: "noTag" };

/** How alike two words are: twice what they share over what they have, as `difflib.SequenceMatcher.ratio` tells.
 * @param {string} a @param {string} b @returns {number} */
export function likeness(a, b) {
  const left = [...a],
    right = [...b];
  const total = left.length + right.length;
  return total ? (2 * shared(left, right, 0, left.length, 0, right.length)) / total : 1;
}

/** How much the longest stretch in common takes, and then what stands on either side of it.
 * @param {string[]} a @param {string[]} b @param {number} a0 @param {number} a1 @param {number} b0 @param {number} b1 @returns {number} */
function shared(a, b, a0, a1, b0, b1) {
  let [i, j, size] = [a0, b0, 0];
  /** @type {Map<number, number>} */
  let ending = new Map();
  for (let at = a0; at < a1; at++) {
    const next = new Map();
    for (let to = b0; to < b1; to++) {
      if (a[at] !== b[to]) continue;
      const run = (ending.get(to - 1) ?? 0) + 1;
      next.set(to, run);
      if (run > size) [i, j, size] = [at - run + 1, to - run + 1, run];
    }
    ending = next;
  }
  return size && size + shared(a, b, a0, i, b0, j) + shared(a, b, i + size, a1, j + size, b1);
}

/** @param {string} word @param {Iterable<string>} known @returns {string | null} the known word most like it, if one is alike at all */
export function alike(word, known) {
  let best = null,
    most = 0.6;
  for (const other of known) {
    const now = likeness(other, word);
    if (now > most || (now === most && other > (best ?? ""))) [best, most] = [other, now];
  }
  return best;
}

/** Case aside, as `str.casefold` has it. @param {string} text @returns {string} */
export const folded = (text) =>
  /^[\x00-\x7f]*$/.test(text) ? text.toLowerCase() : text.split("ı").map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ")).join("ı");

/** @param {string} word @param {Iterable<string>} known @returns {string | null} */
export function nearest(word, known) {
  if (word.length > LONGEST) return null;
  /** @type {Map<string, string>} */
  const names = new Map();
  for (const name of known) {
    const low = folded(name);
    if (name.length <= LONGEST && names.size < MOST && !names.has(low)) names.set(low, name);
  }
  const found = alike(folded(word), names.keys());
  return found === null ? null : (names.get(found) ?? null);
}

/** What to say of a name no run has, and the name that was probably meant. @param {Name} name
 * @param {(space: string) => string[]} names of a space @returns {[Told, string]} */
export function unknownName(name, names) {
  if (name.space === RUN) return unknownAttribute(name.key, names);
  const what = told(OPEN[name.space], ticked(name.key));
  const known = names(name.space);
  const near = nearest(name.key, known) ?? elsewhere(name.key, names);
  if (near) return [told("didYouMean", what, ticked(near)), near];
  return [known.length ? told("thereAre", what, some(known)) : told("noRunHas", what, name.space), ""];
}

/** @param {string} key @param {(space: string) => string[]} names @returns {[Told, string]} */
function unknownAttribute(key, names) {
  const low = key.toLowerCase();
  if (Object.hasOwn(SPACES, low)) return [told("needsName", ticked(key), `\`${SPACES[low]}.…\``), ""];
  const near = elsewhere(key, names, true) ?? misspelt(key) ?? nearest(key, ATTRIBUTES) ?? elsewhere(key, names);
  const what = told("runsHaveNo", ticked(key));
  return near ? [told("didYouMean", what, ticked(near)), near] : [told("writeSpace", what), ""];
}

/** @param {string} key @returns {string | null} */
function misspelt(key) {
  const dot = key.lastIndexOf(".") < 0 ? -1 : key.indexOf(".");
  const near = dot < 0 ? null : nearest(key.slice(0, dot), Object.keys(SPACES));
  return near && written({ space: SPACES[near], key: key.slice(dot + 1) });
}

/** @param {string} key @param {(space: string) => string[]} names @param {boolean} [exactly] @returns {string | null} */
function elsewhere(key, names, exactly = false) {
  const spaces = ["metrics", "params", "tags"];
  const same = spaces.find((space) => names(space).includes(key));
  if (same) return written({ space: same, key });
  for (const space of exactly ? [] : spaces) {
    const near = nearest(key, names(space));
    if (near) return written({ space, key: near });
  }
  return null;
}

/** @param {string[]} names @returns {Told} the first of them, and how many more there are */
function some(names) {
  const first = listed(names.slice(0, LISTED).map(ticked));
  return names.length > LISTED ? told("andMore", first, String(names.length - LISTED)) : first;
}

/** @param {string} name */
const ticked = (name) => `\`${visible(name.length <= LONGEST ? name : `${name.slice(0, LONGEST)}…`)}\``;
