// @ts-check
/**
 * From the text of a filter to its tree: the language of `%runs`, as `docs/filter-language.md` describes it. What
 * `query/grammar.lark` and `query/parse.py` do in Python is done here without a grammar library, to the same trees and
 * the same words about what is wrong; a test holds the two against each other.
 */
/** @import { Told } from "./phrases.js" */
/** @import { Asked, Name, Question, Test } from "./types.js" */
import { alike } from "./nearest.js";
import { oneOf, say, told } from "./phrases.js";

export const RUN = "run";
/** The namespaces a filter may name, with their spellings. @type {Record<string, string>} */
export const SPACES = {
  ...{ param: "params", params: "params", parameter: "params", parameters: "params" },
  ...{ metric: "metrics", metrics: "metrics", tag: "tags", tags: "tags" },
  ...{ hardware: "hardware", code: "code", environment: "environment", cell: "cell" },
  ...{ attribute: RUN, attributes: RUN, attr: RUN, run: RUN },
};
/** The words that attributes have for values. */
export const KNOWN = new Map([
  ["status", ["running", "finished", "failed", "interrupted", "lost"]],
  ["verdict", ["identical", "within tolerance", "statistically consistent", "different", "failed", "cannot run"]],
]);
/** What every run has without a namespace. */
export const ATTRIBUTES =
  "id name experiment status started ended duration note notebook session condition damaged incomplete unsealed verdict".split(" ");
const ALIASES = new Map(
  Object.entries({
    ...{ runid: "id", runuuid: "id", runname: "name", starttime: "started", created: "started", endtime: "ended" },
    ...{ experimentname: "experiment", experimentid: "experiment" },
  }),
);
const MAX_LENGTH = 10_000;
const MAX_DEPTH = 50;
const MAX_DIGITS = 400;

/** @param {string} word @returns {RegExp} a keyword: no letter and no dot may follow */
const keyword = (word) => new RegExp(`${word}(?![\\p{L}\\p{N}_.])`, "iuy");
/** @type {Record<string, RegExp>} */
const TOKENS = {
  ...Object.fromEntries(
    "or and not in like ilike contains is null order by asc desc limit true false"
      .split(" ")
      .map((word) => [word.toUpperCase(), keyword(word)]),
  ),
  OPERATOR: /<=|>=|<>|!=|==|=|<|>/y,
  STRING: /'(?:[^']|'')*'|"(?:[^"]|"")*"/y,
  NUMBER: /[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\p{L}\p{N}_.])/uy,
  PATH: /[\p{L}\p{Nl}\p{No}_][\p{L}\p{N}_]*(?:\.(?:[\p{L}\p{N}_/@:+[\]-]+|"(?:[^"]|"")*"|`(?:[^`]|``)*`))*/uy,
  LPAR: /\(/y,
  RPAR: /\)/y,
  COMMA: /,/y,
};
const BLANK = /[^\S\ufeff]|[\x1c-\x1f\x85]/;
const SEGMENT = /"(?:[^"]|"")*"|`(?:[^`]|``)*`|[^.`"]+/g;
/** What stands for a token in a message; the order is that of the sentence. @type {Record<string, Told>} */
const WORDS = {
  ...{ OR: "`or`", AND: "`and`", NOT: "`not`", IN: "`in`", LIKE: "`like`", IS: "`is null`", NULL: "`null`" },
  ...{ ORDER: "`order by`", BY: "`by`", LIMIT: "`limit`", LPAR: "`(`", RPAR: "`)`", COMMA: "`,`" },
  PATH: told("aName"),
  OPERATOR: told("aComparison"),
  ...{ NUMBER: told("aNumber"), STRING: told("aText"), END: told("theEnd") },
};
const GUESSED = ["LIKE", "ILIKE", "CONTAINS", "AND", "OR", "ORDER", "LIMIT"];
/** What people write who think in Python, C or SQL: the words here, where these are expected. @type {Map<string, [string, string]>} */
const MEANT = new Map([
  ["&", ["and", "AND"]],
  ["&&", ["and", "AND"]],
  ["|", ["or", "OR"]],
  ["||", ["or", "OR"]],
  ["!", ["not", "NOT"]],
  ["none", ["is null", "STRING"]],
  ["null", ["is null", "STRING"]],
]);
const VALUE = "NUMBER STRING TRUE FALSE";

/** Something that cannot be read, and where; and what was probably meant there, as a filter writes it. */
export class Refusal extends Error {
  /** @param {Told} text @param {number} at @param {string} [meant] */
  constructor(text, at, meant = "") {
    super(say(text));
    this.told = text;
    this.at = at;
    this.meant = meant;
  }
}

/** Return what a filter asks for. @param {string} text @returns {Asked} @throws {Refusal} */
export function parse(text) {
  if (text.length > MAX_LENGTH)
    throw new Refusal(
      told("tooLong", MAX_LENGTH.toLocaleString("en"), text.length.toLocaleString("en")),
      MAX_LENGTH,
    );
  return new Reader(text).whole();
}

/** @typedef {{type: string, text: string, at: number}} Token */
/** @typedef {{ors: Test[], orAt: number, ands: Test[], andAt: number, nots: number[]}} Level */

/** Reads from left to right with a stack of its own, so that no depth of parentheses costs recursion. */
class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  /** @returns {Asked} */
  whole() {
    let [where, token] = this.tests();
    /** @type {Asked["order"]} */
    const order = [];
    if (token.type === "ORDER") {
      this.need("BY");
      do token = this.key(order);
      while (token.type === "COMMA");
    }
    return { where, order, limit: token.type === "LIMIT" ? this.limit() : null };
  }

  /** @returns {[Test | null, Token]} the tests, and what follows them */
  tests() {
    /** @type {Level[]} */
    const outer = [];
    let level = newLevel();
    let token = this.need("NOT LPAR PATH ORDER LIMIT END");
    if (["ORDER", "LIMIT", "END"].includes(token.type)) return [null, token];
    for (;;) {
      if (token.type === "NOT") level.nots.push(token.at);
      else if (token.type === "LPAR") {
        outer.push(level);
        level = newLevel();
      } else {
        let [test, valued] = this.test(token);
        for (;;) {
          while (level.nots.length) test = negated(test, level.nots.pop() ?? 0);
          level.ands.push(test);
          token = this.joint(outer.length > 0, valued);
          if (token.type !== "RPAR") break;
          test = closed(level);
          level = /** @type {Level} */ (outer.pop());
          valued = false;
        }
        if (token.type === "AND") level.andAt ||= token.at;
        else if (token.type === "OR") closeAnds(level, token.at);
        else return [closed(level), token];
      }
      token = this.need("NOT LPAR PATH");
    }
  }

  /** What joins a test to the next one, or ends them. @param {boolean} inside parentheses @param {boolean} valued whether the test ended with a value */
  joint(inside, valued) {
    const loose = `OR AND ORDER LIMIT RPAR${valued ? " COMMA" : ""}`;
    const token = this.token(`${loose} END`);
    if (token && inside && ["ORDER", "LIMIT", "END"].includes(token.type)) throw this.refusal("RPAR", token.at);
    if (token && !inside && token.type === "RPAR") throw this.refusal("ORDER LIMIT END", token.at);
    if (token && token.type !== "COMMA") return token;
    throw this.refusal(inside ? "OR AND RPAR" : "OR AND ORDER LIMIT END", token?.at ?? this.at, loose);
  }

  /** @param {Token} path @returns {[Test, boolean]} */
  test(path) {
    const name = named(path);
    let token = this.need("OPERATOR IN NOT LIKE ILIKE CONTAINS IS");
    if (token.type === "OPERATOR") {
      const sign = /** @type {Record<string, string>} */ ({ "==": "=", "<>": "!=" })[token.text] ?? token.text;
      return [{ do: "compare", name, sign, value: valueOf(this.need(VALUE)) }, true];
    }
    if (token.type === "IS") {
      const not = this.need("NOT NULL").type === "NOT" && !!this.need("NULL");
      return [{ do: "missing", name, not }, false];
    }
    const not = token.type === "NOT";
    if (not) token = this.need("IN LIKE ILIKE CONTAINS");
    if (token.type !== "IN")
      return [{ do: "like", name, how: token.type.toLowerCase(), pattern: unquoted(this.need("STRING").text), not }, false];
    this.need("LPAR");
    const values = [];
    do values.push(valueOf(this.need(VALUE)));
    while (this.need("RPAR COMMA", "OR AND ORDER LIMIT RPAR COMMA").type === "COMMA");
    return [{ do: "among", name, values, not }, false];
  }

  /** @param {Asked["order"]} order @returns {Token} what follows the key */
  key(order) {
    const name = named(this.need("PATH"));
    let token = this.need("ASC DESC COMMA LIMIT END");
    order.push({ name, down: token.type === "DESC" });
    if (token.type === "ASC" || token.type === "DESC") token = this.need("COMMA LIMIT END");
    return token;
  }

  limit() {
    const { text, at } = this.need("NUMBER");
    this.need("END", "");
    if (!/^\d{1,18}$/.test(text)) throw new Refusal(told("wholeLimit", text), at);
    return Number(text);
  }

  /** @param {string} kinds @param {string} [loose] what a character that begins no token is told @returns {Token} */
  need(kinds, loose) {
    const token = this.token(kinds);
    if (token) return token;
    throw this.refusal(kinds, this.at, loose);
  }

  /** @param {string} kinds the tokens that may stand here @returns {Token | null} */
  token(kinds) {
    while (this.at < this.text.length && BLANK.test(this.text[this.at])) this.at++;
    const { at } = this;
    if (at === this.text.length) return kinds.includes("END") ? { type: "END", text: "", at } : null;
    for (const [type, shape] of Object.entries(TOKENS)) {
      if (!kinds.split(" ").includes(type)) continue;
      shape.lastIndex = at;
      const found = shape.exec(this.text);
      if (found) {
        this.at += found[0].length;
        return { type, text: found[0], at };
      }
    }
    return null;
  }

  /** @param {string} kinds @param {number} at @param {string} [loose] @returns {Refusal} */
  refusal(kinds, at, loose = kinds) {
    const ended = at >= this.text.length;
    const place = ended ? this.text.trimEnd().length : at;
    const rest = this.text.slice(place);
    const begun = Object.values(TOKENS).some((shape) => ((shape.lastIndex = at), shape.test(this.text)));
    const expected = (ended || begun ? kinds : loose.replace("END", "")).split(" ").filter((kind) => kind);
    if (/^["'`]/.test(rest) && rest.split(rest[0]).length % 2 === 0)
      return new Refusal(told("notClosed", rest[0]), place);
    const found = /^(?:[\p{L}\p{N}_.]+|&&|\|\||\S)/u.exec(rest)?.[0] ?? "";
    const meant = meantBy(found, expected, /(?:!=|<>)\s*$/.test(this.text.slice(0, place)));
    return new Refusal(explained(found, expected, meant), place, meant);
  }
}

/** @param {string} found @param {string[]} expected @param {boolean} unlike whether it stands after a sign for "is not" @returns {string} the words of the language that were probably meant, if any */
function meantBy(found, expected, unlike) {
  const low = found.toLowerCase();
  const [meant, where] = MEANT.get(low) ?? ["", ""];
  if (expected.includes(where)) return unlike && meant === "is null" ? "is not null" : meant;
  return alike(low, GUESSED.filter((kind) => expected.includes(kind)).map((kind) => kind.toLowerCase())) ?? "";
}

/** @param {string} found @param {string[]} expected @param {string} meant @returns {Told} */
function explained(found, expected, meant) {
  const words = Object.keys(WORDS).filter((kind) => expected.includes(kind)).map((kind) => WORDS[kind]);
  const wanted = words.length ? oneOf(words) : told("somethingElse");
  const message = found ? told("expectedAt", wanted, visible(found)) : told("expectedAtEnd", wanted);
  if (meant) return told("didYouMean", message, `\`${meant}\``);
  const bare = expected.includes("STRING") && expected.includes("NUMBER") && /^\p{L}/u.test(found);
  return bare ? told("needsQuotes", message, visible(found)) : message;
}

/** @param {string} text @returns {string} what would move a cursor as dots */
export const visible = (text) => text.replace(/[\p{C}\p{Z}]/gu, (letter) => (letter === " " ? " " : "·"));

/** @returns {Level} */
const newLevel = () => ({ ors: [], orAt: 0, ands: [], andAt: 0, nots: [] });

/** @param {Level} level @param {number} [at] of the `or` that ends them */
function closeAnds(level, at = 0) {
  level.ors.push(joined("and", level.ands, level.andAt));
  level.ands = [];
  level.andAt = 0;
  level.orAt ||= at;
}

/** @param {Level} level @returns {Test} */
function closed(level) {
  closeAnds(level);
  return joined("or", level.ors, level.orAt);
}

/** @param {"and" | "or"} word @param {Test[]} parts @param {number} at @returns {Test} */
const joined = (word, parts, at) =>
  parts.length === 1 ? parts[0] : { do: word, parts, depth: Math.max(...parts.map((part) => deeper(part, at))) };

/** @param {Test} part @param {number} at @returns {Test} */
const negated = (part, at) => ({ do: "not", part, depth: deeper(part, at) });

/** @param {Test} part @param {number} at */
function deeper(part, at) {
  const depth = "depth" in part ? part.depth : 0;
  if (depth >= MAX_DEPTH) throw new Refusal(told("tooDeep", String(MAX_DEPTH)), at);
  return depth + 1;
}

/** @param {Token} token @returns {Question} */
function valueOf({ type, text, at }) {
  if (type === "NUMBER") return { value: exact(text), at };
  return { value: type === "STRING" ? unquoted(text) : type === "TRUE", at };
}

/** A number as exact as Python has it: long whole numbers are whole. @param {string} text @returns {number | bigint} */
export function exact(text) {
  const whole = /^[+-]*(\d+)$/.exec(text);
  const plain = Number(text);
  if (!whole || Number.isSafeInteger(plain) || text.length > MAX_DIGITS) return plain;
  return text[0] === "-" ? -BigInt(whole[1]) : BigInt(whole[1]);
}

/** @param {string} text */
const unquoted = (text) => text.slice(1, -1).replaceAll(text[0] + text[0], text[0]);

/** Split ``params."my lr"`` into its namespace and key; what has no known namespace is an attribute of the run. @param {Token} token @returns {Name} */
function named({ text, at }) {
  const dot = text.indexOf(".");
  const head = text.slice(0, dot).toLowerCase();
  const space = dot > 0 && Object.hasOwn(SPACES, head) ? SPACES[head] : "";
  if (!space) return attribute(keyOf(text), at);
  const key = keyOf(text.slice(dot + 1));
  return space === RUN ? attribute(key, at + dot + 1) : { space, key, at: at + dot + 1 };
}

/** @param {string} path */
const keyOf = (path) => (path.match(SEGMENT) ?? []).map((part) => (/^["`]/.test(part) ? unquoted(part) : part)).join(".");

/** @param {string} key @param {number} at @returns {Name} */
function attribute(key, at) {
  const plain = key.toLowerCase().replace(/[\s_]/g, "");
  return { space: RUN, key: ALIASES.get(plain) ?? (ATTRIBUTES.includes(plain) ? plain : key), at };
}

/** @param {{space: string, key: string}} name @returns {string} as a filter writes it, quoted where it must be */
export function written({ space, key }) {
  if (space === RUN && ATTRIBUTES.includes(key)) return key;
  const plain = /^[\p{L}\p{N}_/@:+[\]-]+(?:\.[\p{L}\p{N}_/@:+[\]-]+)*$/u.test(key);
  return `${space === RUN ? "attributes" : space}.${plain ? key : `\`${key.replaceAll("`", "``")}\``}`;
}
