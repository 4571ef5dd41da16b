// @ts-check
/** The filter above the views: words that must occur anywhere, and comparisons such as `lr<0.1`. */
/** @import { Column, Data, Run, Term, Value } from "./types.js" */
import { COLLATE } from "./column.js";
import { words } from "./format.js";

/** Read a filter: words that must occur anywhere, and comparisons such as `lr<0.1`; `-` before either negates it.
 * @param {string} text @param {Column[]} columns @returns {{terms: Term[], problems: string[]}} */
export function readFilter(text, columns) {
  const terms = [],
    problems = [];
  const close = text.replace(/"[^"]*"|\s*([<>=!]=|[<>=])\s*/g, (all, op) => op ?? all);
  for (const [part] of close.matchAll(/(?:"[^"]*"|[^\s"])+/g)) {
    const not = part.length > 1 && part.startsWith("-") && !/^-[\d.]/.test(part);
    const bare = not ? part.slice(1) : part;
    const found = /^("[^"]*"|[^<>=!"]+)([<>=!]=|[<>=])(.*)$/s.exec(bare);
    const name = found ? unquoted(found[1]) : "";
    const match = found ? findColumn(name, columns) : undefined;
    if (found && !match && columns.length) problems.push(`no column “${name}”`);
    if (found && match && found[3] === "") problems.push(`${name} ${found[2]} what?`);
    if (found && match && found[3] !== "") terms.push({ not, column: match, op: found[2], value: unquoted(found[3]) });
    else if (!found) terms.push({ not, text: unquoted(bare).toLowerCase() });
  }
  return { terms, problems };
}

/** @param {string} text */
const unquoted = (text) => text.replace(/"/g, "");

/** @param {string} name @param {Column[]} columns @returns {Column | undefined} by whole name, else by its unique beginning */
function findColumn(name, columns) {
  const wanted = name.toLowerCase();
  const same = columns.find((c) => c.key.toLowerCase() === wanted || c.id.toLowerCase() === wanted);
  const begun = columns.filter((c) => c.key.toLowerCase().startsWith(wanted));
  return same ?? (begun.length === 1 ? begun[0] : undefined);
}

/** @param {Term} term @param {Run} run @param {Data} data @returns {boolean} */
function holds(term, run, data) {
  if (!term.column) return data.words(run.at).includes(term.text ?? "") !== term.not;
  const value = term.column.values[run.at];
  return value !== null && compared(value, term.op ?? "=", term.value ?? "", term.column.texts[run.at]) !== term.not;
}

/** @param {Value} value @param {string} op @param {string} wanted @param {string} text @returns {boolean} */
function compared(value, op, wanted, text) {
  const asked = Number(wanted);
  const numbers = typeof value === "number" && wanted.trim() !== "" && !Number.isNaN(asked);
  const same = numbers
    ? value === asked
    : [words(value), text].some((own) => own.toLowerCase() === wanted.toLowerCase());
  if (op === "=" || op === "==") return same;
  if (op === "!=") return !same;
  if (same && op.endsWith("=")) return true;
  const distance = numbers ? value - asked : typeof value === "string" ? COLLATE(value, wanted) : 0;
  return op.startsWith("<") ? distance < 0 : distance > 0;
}

/** @param {string} text @param {Data} data @returns {{rows: number[], problems: string[]}} the runs that pass */
export function filtered(text, data) {
  const { terms, problems } = readFilter(text, data.columns);
  const passing = data.runs.filter((run) => terms.every((term) => holds(term, run, data)));
  return { rows: passing.map((run) => run.at), problems };
}
