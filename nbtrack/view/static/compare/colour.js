// @ts-check
/** The colours of Python: from any text to words of a kind, nothing added and nothing lost. */

/** @typedef {{kind: "" | "comment" | "string" | "number" | "keyword" | "name" | "magic", text: string}} Word */

const KEYWORDS = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
);
const NUMBER = /0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?[jJ]?/y;
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const OPENING = /(?:[rbuftRBUFT]{0,2})("""|'''|"|')/y;
const DECORATOR = /@[ \t]*[\p{L}_][\p{L}\p{N}_.]*/uy;
const REST = /[^\n]*/y;
const OTHER = /[^\S\n]+|[^\p{L}\p{N}_\s"'#.@%!]+/uy;
const DEEPEST = 4;
const LONGEST = 100_000;
const LONGEST_CODE = 400; // in the braces of an f-string

/** Cut a source into lines of words; a line's words together are the line.
 * @param {string} text @returns {Word[][]} */
export function colour(text) {
  const out = /** @type {Word[][]} */ ([[]]);
  for (const { kind, text: piece } of text.length > LONGEST ? [plain(text)] : wordsIn(text, 0, text.length, 0))
    piece.split("\n").forEach((part, at) => {
      if (at) out.push([]);
      const line = out[out.length - 1],
        last = line[line.length - 1];
      if (last?.kind === kind) last.text += part;
      else if (part) line.push({ kind, text: part });
    });
  return out;
}

/** @param {string} text @returns {Word} */
const plain = (text) => ({ kind: "", text });

/** @param {string} text @param {number} from @param {number} to @param {number} depth of strings in strings @returns {Word[]} */
function wordsIn(text, from, to, depth) {
  const out = /** @type {Word[]} */ ([]);
  /** @param {Word["kind"]} kind @param {number} end */
  const push = (kind, end) => {
    out.push({ kind, text: text.slice(from, end) });
    from = end;
  };
  let fresh = true,
    defining = false;
  while (from < to) {
    const char = text[from];
    const opening = end(OPENING, text, from, to);
    if (char === "#") push("comment", end(REST, text, from, to));
    else if (fresh && depth === 0 && /[%!]/.test(char)) push("magic", end(REST, text, from, to));
    else if (fresh && char === "@") push("magic", end(DECORATOR, text, from, to) || from + 1);
    else if (opening) {
      const pieces = stringAt(text, from, opening, to, depth);
      out.push(...pieces);
      from = pieces.reduce((sum, piece) => sum + piece.text.length, from);
    } else {
      const number = end(NUMBER, text, from, to),
        name = end(NAME, text, from, to);
      if (number) push("number", number);
      else if (name) {
        const word = text.slice(from, name);
        push(KEYWORDS.has(word) ? "keyword" : defining ? "name" : "", name);
        defining = word === "def" || word === "class";
      } else push("", end(OTHER, text, from, to) || from + 1);
    }
    const done = out[out.length - 1]?.text ?? "";
    fresh = done.endsWith("\n") || (fresh && /^[^\S\n]*$/.test(done));
    if (done.trim() && !/^(def|class)$/.test(done)) defining = false;
  }
  return out;
}

/** @param {RegExp} pattern a sticky one @param {string} text @param {number} from @param {number} to @returns {number} where it ends, 0 where it does not match */
function end(pattern, text, from, to) {
  pattern.lastIndex = from;
  return pattern.test(text) ? Math.min(pattern.lastIndex, to) : 0;
}

/** The words of a string that opens at `from`: of an f-string, what stands in braces is code again.
 * @param {string} text @param {number} from @param {number} at behind the opening quotes @param {number} to @param {number} depth @returns {Word[]} */
function stringAt(text, from, at, to, depth) {
  const opening = text.slice(from, at);
  const quotes = opening.replace(/^[a-zA-Z]+/, "");
  const codes = /[ft]/i.test(opening) && depth < DEEPEST;
  const out = /** @type {Word[]} */ ([]);
  let start = from;
  while (at < to && !text.startsWith(quotes, at) && !(quotes.length === 1 && text[at] === "\n")) {
    const close = codes && text[at] === "{" ? (text[at + 1] === "{" ? -1 : closing(text, at + 1, to, quotes)) : 0;
    if (close > 0) {
      out.push({ kind: "string", text: text.slice(start, at + 1) }, ...wordsIn(text, at + 1, close, depth + 1));
      at = start = close;
    } else at += close < 0 || text[at] === "\\" ? 2 : 1;
  }
  const stop = Math.min(to, text.startsWith(quotes, at) ? at + quotes.length : at);
  out.push({ kind: "string", text: text.slice(start, stop) });
  return out;
}

/** @param {string} text @param {number} at behind a brace in an f-string @param {number} to @param {string} quotes @returns {number} where its closing brace is, 0 where there is none */
function closing(text, at, to, quotes) {
  for (let open = 0, most = Math.min(to, at + LONGEST_CODE); at < most; at++) {
    const char = text[at];
    if (char === "\n" && quotes.length === 1) return 0;
    if (char === '"' || char === "'") {
      while (++at < most && text[at] !== char && text[at] !== "\n");
      if (text[at] !== char) return 0;
    } else if (char === "}" && !open) return at;
    else if ("([{".includes(char)) open++;
    else if (")]}".includes(char)) open--;
  }
  return 0;
}
