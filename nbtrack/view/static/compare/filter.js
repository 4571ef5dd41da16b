// @ts-check
/**
 * What the filter box understands. A text is read, in this order, as
 *  1. the filter language of `%runs` (`ask.js`), where a column's name may do without its space: `accuracy > 0.9`;
 *  2. short forms side by side, each of which must hold: `rbf  lr<0.1  kernel=linear  -failed`;
 *  3. words that must occur anywhere, which is what a short form without a comparison is.
 * A text with a sign or a word of the language that can be read as none of them is a mistake, and said to be one.
 */
/** @import { Told } from "./phrases.js" */
/** @import { Column, Data, Problem, Run, Term, Value } from "./types.js" */
import { ask, columnNamed } from "./ask.js";
import { COLLATE } from "./column.js";
import { words } from "./format.js";
import { ATTRIBUTES, Refusal, SPACES } from "./grammar.js";
import { say, told } from "./phrases.js";

const SHORT = /"[^"]*"|\s*([<>=!]=|[<>=])\s*/g;
const LANGUAGE =
  /^\s*(order\s+by|limit\s+\S)|\b(order\s+by)\b|\b(like|ilike|contains|in)\s*["'(]|\bis\s+(not\s+)?null\b|[<>=!](?:.|\n)*\b(and|or|order|limit)\b|\b(not|and|or)\s+\S+(?:.|\n)*[<>=]|\b(params?|metrics?|tags?|attributes)\.|[<>=]\s*'/i;
/** What may occur in a number, or beside one. */
const FIGURES = /^[-+.\de]*$|[=\n]/;
/** A word that was meant to be one of the language. */
const MISTYPED = /^(and|or|order|limit|i?like|contains)$/;

/** Read short forms: words that must occur anywhere, and comparisons such as `lr<0.1`; `-` before either negates it.
 * @param {string} text @param {Column[]} columns @returns {{terms: Term[], problem: Problem | null}} */
export function readFilter(text, columns) {
  const terms = [];
  /** @type {Problem | null} */
  let problem = null;
  const close = text.replace(SHORT, (all, op) => op ?? all);
  for (const [part] of close.matchAll(/(?:"[^"]*"|[^\s"])+/g)) {
    const not = part.length > 1 && part.startsWith("-") && !/^-[\d.]/.test(part);
    const bare = not ? part.slice(1) : part;
    const found = /^("[^"]*"|[^<>=!"]+)([<>=!]=|[<>=])(.*)$/s.exec(bare);
    const name = found ? unquoted(found[1]) : "";
    const column = found ? own(name, columns) ?? columnNamed(name, columns) : undefined;
    if (found && column && found[3] !== "") terms.push({ not, column, op: found[2], value: unquoted(found[3]) });
    else if (!found) terms.push({ not, text: unquoted(bare).toLowerCase() });
    else problem ??= wrongAt(column ? told("what", name, found[2]) : told("noColumn", name), Math.max(text.indexOf(name), 0));
  }
  return { terms, problem };
}

/** @param {Told} text @param {number} at @param {string} [meant] @returns {Problem} */
const wrongAt = (text, at, meant = "") => ({ message: say(text), told: text, at, meant });

/** @param {string} name @param {Column[]} columns @returns {Column | undefined} what a run has without anybody's doing */
const own = (name, columns) => columns.find((c) => c.space === "run" && [c.key, c.id].includes(name.toLowerCase()));

/** @param {string} text */
const unquoted = (text) => text.replace(/"/g, "");

/** @param {Term} term @param {Run} run @param {Data} data @returns {boolean} */
function holds(term, run, data) {
  const { column, text = "" } = term;
  if (!column) return data.words(run.at, FIGURES.test(text)).includes(text) !== term.not;
  const value = column.values[run.at];
  return value !== null && compared(value, term.op ?? "=", term.value ?? "", () => column.text(run.at)) !== term.not;
}

/** @param {Value} value @param {string} op @param {string} wanted @param {() => string} text @returns {boolean} */
function compared(value, op, wanted, text) {
  const asked = Number(wanted);
  const numbers = typeof value === "number" && wanted.trim() !== "" && !Number.isNaN(asked);
  const same = numbers
    ? value === asked
    : [words(value), text()].some((own) => own.toLowerCase() === wanted.toLowerCase());
  if (op === "=" || op === "==") return same;
  if (op === "!=") return !same;
  if (same && op.endsWith("=")) return true;
  const distance = numbers ? value - asked : typeof value === "string" ? COLLATE(value, wanted) : 0;
  return op.startsWith("<") ? distance < 0 : distance > 0;
}

/** Whether a word that occurs nowhere is the beginning of a filter, which is not done yet. @param {string} text */
const begun = (text) => {
  const word = text.replace(/^(\s*(not\s|\())*\s*/i, "").toLowerCase();
  return word !== "" && [...Object.keys(SPACES), ...ATTRIBUTES, "order by ", "limit ", "not "].some((known) => known.startsWith(word));
};

/** The runs that pass, in the filter's order where it says one (`ordered`), else in the order they have; all of them
 * where the filter cannot be read. @param {string} text @param {Data} data
 * @returns {{rows: number[], ordered: boolean, problem: Problem | null}} */
export function filtered(text, data) {
  const all = { rows: data.runs.map((run) => run.at), ordered: false, problem: null };
  if (!text.trim()) return all;
  const { terms, problem } = readFilter(text, data.columns);
  try {
    const { rows, ordered } = ask(text, data, true);
    return { rows: ordered ? rows : rows.sort((a, b) => a - b), ordered, problem: null };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    const wrong = { ...all, problem: wrongAt(refusal.told, refusal.at, refusal.meant) };
    if (problem || LANGUAGE.test(text) || MISTYPED.test(refusal.meant)) return wrong;
    const rows = all.rows.filter((at) => terms.every((term) => holds(term, data.runs[at], data)));
    return rows.length || !begun(text) ? { ...all, rows } : wrong;
  }
}
