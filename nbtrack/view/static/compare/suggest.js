// @ts-check
/** What may be written next in the filter box, told from what stands before the caret. */
/** @import { Phrases } from "./phrases.js" */
/** @import { Column, Data } from "./types.js" */
import { ATTRIBUTES, KNOWN, written } from "./grammar.js";
import { folded } from "./nearest.js";
import { ENGLISH } from "./phrases.js";

/** @typedef {{text: string, note: string, from: number, to: number}} Suggestion  what replaces `from` to `to` of the text */

const MOST = 8;
const TRUTHS = ["damaged", "incomplete", "unsealed"];
/** The piece of a filter that ends at the caret: a name or a keyword, or a value that has begun. */
const PIECE = /(?:[\p{L}_][\p{L}\p{N}_]*\.)?(?:[\p{L}\p{N}_/@:+[\]-]|\.(?=[\p{L}\p{N}_]))*[.]?$/u;
const VALUE = /([\p{L}_](?:[\p{L}\p{N}_./@:+[\]-]|`[^`]*`|"[^"]*")*)\s*(=|==|!=|<>|<=|>=|<|>|\s(?:not\s+)?in\s*\((?:[^()]*,)?)\s*(["']?)([^"'\s()]*)$/iu;

/** Return what may stand at the caret: a column's values after its sign, columns and attributes where a test begins,
 * signs after a name, words of the language after a test. @param {string} text @param {number} caret @param {Data} data @param {Phrases} [phrases] @returns {Suggestion[]} */
export function suggestions(text, caret, data, phrases = ENGLISH) {
  const before = text.slice(0, caret);
  const valued = VALUE.exec(before);
  const column = valued && columnAt(valued[1], data.columns);
  if (valued && column) return values(valued, column, caret);
  const piece = PIECE.exec(before)?.[0] ?? "";
  const from = caret - piece.length;
  const start = before.slice(0, from);
  if (!expectsName(start)) return piece ? keywords(piece, from, caret, after(start)) : [];
  return names(piece, from, caret, data, start, phrases.ofTheRun);
}

/** @param {string} start @returns {boolean} whether a test or a key of the order may begin after it */
const expectsName = (start) => /(^|\(|,|\b(?:and|or|not|by)\s+)\s*$/i.test(start) || !/[<>=]|\b(in|like|is|order)\b/i.test(start);

/** @param {string} start @returns {string[]} the words that may follow a whole test, or a key of the order */
function after(start) {
  if (/\border\s+by\b/i.test(start)) return ["desc", "asc", "limit"];
  return /\S\s+$/.test(start) ? ["and", "or", "order by", "limit", "is null", "is not null", "in", "like", "contains", "not"] : [];
}

/** @param {string} piece @param {number} from @param {number} to @param {string[]} words @returns {Suggestion[]} */
const keywords = (piece, from, to, words) =>
  words.filter((word) => word.startsWith(piece.toLowerCase()) && word !== piece.toLowerCase()).map((word) => ({ text: `${word} `, note: "", from, to }));

/** @param {string} piece @param {number} from @param {number} to @param {Data} data @param {string} start @param {string} ofTheRun @returns {Suggestion[]} */
function names(piece, from, to, data, start, ofTheRun) {
  if (!piece) return [];
  const low = folded(piece);
  const columns = data.columns.filter((c) => ["metrics", "params", "tags"].includes(c.space));
  const known = [
    ...columns.map((c) => ({ text: written(c), key: c.key, note: noteOf(c) })),
    ...ATTRIBUTES.map((key) => ({ text: key, key, note: ofTheRun })),
  ];
  const ranked = known.flatMap((name) => {
    const rank = [folded(name.key), folded(name.text)].map((own) => (own.startsWith(low) ? 0 : own.includes(low) ? 1 : 2));
    return Math.min(...rank) < 2 && name.text !== piece ? [{ ...name, rank: Math.min(...rank) }] : [];
  });
  const words = start.trim() ? [] : keywords(piece, from, to, ["not", "order by", "limit"]);
  const found = ranked.sort((a, b) => a.rank - b.rank).map(({ text, note }) => ({ text: `${text} `, note, from, to }));
  return [...found.slice(0, MOST - words.length), ...words];
}

/** @param {Column} column @returns {string} its kind of values */
function noteOf(column) {
  if (column.numeric) return column.low === column.high ? `${column.low}` : `${Number(column.low.toPrecision(3))} … ${Number(column.high.toPrecision(3))}`;
  return column.levels.slice(0, 3).join(", ").slice(0, 32) + (column.levels.length > 3 ? ", …" : "");
}

/** @param {string} name @param {Column[]} columns @returns {{levels: string[], numeric: boolean} | undefined} */
function columnAt(name, columns) {
  const low = name.toLowerCase().replace(/["`]/g, "");
  const levels = KNOWN.get(low);
  if (levels) return { levels, numeric: false };
  if (TRUTHS.includes(low)) return { levels: ["true", "false"], numeric: true };
  return columns.find((c) => [c.id, c.key, `attributes.${c.key}`].some((own) => own.toLowerCase() === low) && c.id !== "run.started");
}

/** @param {RegExpExecArray} found @param {{levels: string[], numeric: boolean}} column @param {number} to @returns {Suggestion[]} */
function values(found, { levels, numeric }, to) {
  const [, , sign, quote, begun] = found;
  if (/^[<>]=?$/.test(sign) && !numeric) return [];
  const from = to - begun.length - quote.length;
  const start = folded(begun);
  const fitting = [];
  for (const level of levels)
    if (fitting.length < MOST && level !== begun && folded(level).startsWith(start)) fitting.push(level);
  const mark = quote || "'";
  return fitting.map((level) => {
    const bare = numeric && !quote;
    return { text: `${bare ? level : mark + level.replaceAll(mark, mark + mark) + mark}${sign.includes("(") ? "" : " "}`, note: "", from, to };
  });
}
