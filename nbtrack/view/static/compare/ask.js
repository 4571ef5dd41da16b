// @ts-check
/** A filter at work: it narrows the runs test by test, then puts them in order. What `query/filter.py` does. */
/** @import { Asked, Column, Data, Name, Test } from "./types.js" */
/** @import { Found, Matcher } from "./matching.js" */
/** @import { Told } from "./phrases.js" */
import { ATTRIBUTES, KNOWN, Refusal, RUN, parse, visible, written } from "./grammar.js";
import { Other, Whole, arranged, matcher, momentMatcher, numberOf, resemblance, textOf } from "./matching.js";
import { readMoment } from "./moments.js";
import { nearest, unknownName } from "./nearest.js";
import { listed, told } from "./phrases.js";

const CONDITIONS = ["damaged", "incomplete", "unsealed"];
const MOMENTS = ["started", "ended"];
/** Where the facts of a space stand among the columns, by the beginning of their keys. @type {Record<string, string[]>} */
const ABOUT = { hardware: ["hardware."], code: ["code."], environment: ["env.", ""], cell: ["cell.", "slice."] };
/** Tags that MLflow writes itself, where they are not tags. */
const MLFLOW_TAGS = new Map([
  ["mlflow.runName", [RUN, "name"]],
  ["mlflow.note.content", [RUN, "note"]],
  ["mlflow.source.name", [RUN, "notebook"]],
  ["mlflow.source.git.commit", ["code", "commit"]],
  ["mlflow.source.git.branch", ["code", "branch"]],
]);

/** Return the runs that a filter asks for, newest first unless it says an order.
 * @param {string} text @param {Data} data @param {boolean} [bare] whether a column's name may do without its space
 * @returns {{rows: number[], ordered: boolean}} @throws {Refusal} */
export function ask(text, data, bare = false) {
  const asked = parse(text);
  const table = new Facts(data, bare);
  check(asked, table);
  let rows = asked.where ? selected(asked.where, table, newestOf(data)) : newestOf(data);
  for (const { name, down } of [...asked.order].reverse()) rows = arranged(table.values(name), rows, down);
  return { rows: asked.limit === null ? rows : rows.slice(0, asked.limit), ordered: asked.order.length > 0 };
}

/** @type {WeakMap<Data, number[]>} */
const newest = new WeakMap();

/** @param {Data} data @returns {number[]} the runs, newest first */
function newestOf(data) {
  const { runs } = data;
  const known = newest.get(data) ?? runs.map((run) => run.at).sort((a, b) => runs[b].started - runs[a].started || b - a);
  newest.set(data, known);
  return [...known];
}

/** The values that names stand for. */
class Facts {
  /** @param {Data} data @param {boolean} bare */
  constructor(data, bare) {
    this.data = data;
    this.bare = bare;
  }

  /** @param {string} space @returns {string[]} */
  names = (space) => this.data.columns.filter((column) => column.space === space).map((column) => column.key);

  /** @param {Name} name @returns {Name} what it stands for: a column without its space, a tag that MLflow writes */
  meant(name) {
    const other = name.space === "tags" && !this.column(name) && MLFLOW_TAGS.get(name.key);
    if (other) return { space: other[0], key: other[1], at: name.at };
    const column = this.bare && name.space === RUN && !ATTRIBUTES.includes(name.key) && columnNamed(name.key, this.data.columns);
    return column ? { space: column.space, key: column.key, at: name.at } : name;
  }

  /** @param {{space: string, key: string}} name @returns {Column | undefined} */
  column({ space, key }) {
    if (ABOUT[space]) {
      const keys = ABOUT[space].map((start) => start + key);
      return this.data.columns.find((c) => c.space === "about" && keys.includes(c.key));
    }
    return this.data.columns.find((c) => c.space === space && c.key === key);
  }

  /** @param {Name} name @returns {[Column, string] | null} its column, or that of a mapping and the path inside it */
  holder({ space, key }) {
    for (let head = key; ; head = head.slice(0, head.lastIndexOf("."))) {
      const column = this.column({ space, key: head });
      if (column) return [column, key.slice(head.length + 1)];
      if (!head.includes(".")) return null;
    }
  }

  /** @param {Name} asked @returns {boolean} whether asking makes sense here */
  knows(asked) {
    const name = this.meant(asked);
    if (name.space === RUN) return ATTRIBUTES.includes(name.key);
    return !this.data.runs.length || this.holder(name) !== null || name.space === "cell" && name.key === "source";
  }

  /** @param {Name} asked @returns {(Found | null)[]} one a run */
  values(asked) {
    const name = this.meant(asked);
    if (name.space === RUN) return this.data.runs.map((run) => attribute(run, name.key));
    if (name.space === "cell" && name.key === "source") return this.data.runs.map((run) => this.data.source(run.at));
    const [column, path] = this.holder(name) ?? [];
    const found = column ? valuesOf(column) : this.data.runs.map(() => null);
    return path ? found.map((value) => within(value, path)) : found;
  }
}

/** @param {string} name @param {Column[]} columns @returns {Column | undefined} by its whole name, else by its unique beginning */
export function columnNamed(name, columns) {
  const own = columns.filter((c) => c.space !== RUN);
  const low = name.toLowerCase();
  const same = own.find((c) => c.key === name) ?? own.find((c) => c.key.toLowerCase() === low || c.id.toLowerCase() === low);
  const begun = own.filter((c) => c.space !== "about" && c.key.toLowerCase().startsWith(low));
  return same ?? (begun.length === 1 ? begun[0] : undefined);
}

/** @param {any} run @param {string} key @returns {Found | null} */
function attribute(run, key) {
  if (key === "condition") return run.flag || "whole";
  if (CONDITIONS.includes(key)) return run.flag.includes(key);
  return (key === "note" ? run.note || null : run[key]) ?? null;
}

/** @type {WeakMap<Column, (Found | null)[]>} */
const typed = new WeakMap();

/** @param {Column} column @returns {(Found | null)[]} its values as Python has them */
function valuesOf(column) {
  let found = typed.get(column);
  if (!found) typed.set(column, (found = column.values.map((value) => typedValue(value, column.odd))));
  return found;
}

/** @param {any} value @param {string[]} odd @returns {Found | null} */
function typedValue(value, odd) {
  if (value === null || !odd.length && typeof value !== "object") return value;
  if (typeof value === "object") return { nan: NaN, inf: Infinity, "-inf": -Infinity }[/** @type {string} */ (value.f)] ?? null;
  if (typeof value === "number") return odd.includes("float") && Number.isInteger(value) ? new Whole(value) : value;
  if (typeof value !== "string") return value;
  if (odd.includes("none") && value === "None") return null;
  if (odd.includes("number") && numberOf(value) !== null) return numberOf(value);
  const moment = odd.includes("date") ? readMoment(value) : null;
  if (moment !== null) return new Other(value, moment);
  return odd.includes("map") && /^[[{]/.test(value) ? new Other(value, null, parsed(value)) : value;
}

/** @param {string} text @returns {any} */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param {Found | null} found @param {string} path @returns {Found | null} what stands at a dotted path inside nested mappings, where keys may hold dots themselves */
function within(found, path) {
  let value = found instanceof Other ? inside(found.inside, path) : null;
  return value === null || typeof value !== "object" ? value : new Other(spaced(value), null, value);
}

/** @param {any} value @returns {string} its JSON as Python's `json.dumps` writes it */
function spaced(value) {
  if (value === null || typeof value !== "object") return typeof value === "number" ? textOf(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`).join(", ")}}`;
}

/** @param {any} value @param {string} path @returns {any} */
function inside(value, path) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  for (let head = path; ; head = head.slice(0, head.lastIndexOf("."))) {
    if (Object.hasOwn(value, head)) return head === path ? value[head] : inside(value[head], path.slice(head.length + 1));
    if (!head.includes(".")) return null;
  }
}

/** @param {Asked} asked @param {Facts} table @throws {Refusal} */
function check(asked, table) {
  const leaves = asked.where ? [...leavesOf(asked.where)] : [];
  for (const { name } of [...leaves, ...asked.order])
    if (!table.knows(name)) throw unknown(name, table);
  const pairs = leaves.flatMap((leaf) => {
    const values = leaf.do === "compare" ? [leaf.value] : leaf.do === "among" ? leaf.values : [];
    return values.map((value) => ({ name: table.meant(leaf.name), value }));
  });
  for (const { name, value } of pairs) {
    const [problem, meant] = (name.space === RUN && misfit(name.key, value.value)) || [];
    if (problem) throw new Refusal(problem, value.at, meant);
  }
  for (const leaf of leaves) {
    if (leaf.do !== "compare" || !wordsBesideNumbers(leaf, table)) continue;
    throw new Refusal(told("holdsNumbers", visible(written(table.meant(leaf.name))), quoted(leaf.value.value)), leaf.value.at);
  }
}

/** @param {Name} name @param {Facts} table @returns {Refusal} */
function unknown(name, table) {
  if (name.space !== RUN && ABOUT[name.space]) return new Refusal(told("notHere", visible(written(name))), name.at);
  const [text, meant] = unknownName(name, table.names);
  return new Refusal(text, name.at, meant);
}

/** @param {string} key @param {any} wanted @returns {[Told, string] | null} what is wrong with comparing an attribute of the run with it, and what was probably meant */
function misfit(key, wanted) {
  if (MOMENTS.includes(key) && !momentMatcher("=", wanted)) return [told("needsDate", key, quoted(wanted)), ""];
  const known = KNOWN.get(key);
  if (!known || typeof wanted !== "string" || [...known, key === "status" && "scheduled"].includes(status(wanted))) return null;
  const near = nearest(wanted, known);
  const what = told("noSuch", key, quoted(wanted));
  return near ? [told("didYouMean", what, `'${near}'`), `'${near}'`] : [told("thereAre", what, listed(known)), ""];
}

/** @param {any} value */
const quoted = (value) => visible(typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value));

/** @param {string} word */
const status = (word) => (word.toLowerCase() === "killed" ? "interrupted" : word.toLowerCase());

/** Whether a test could never pass: text that is no number, asked of what is a number in every run. @param {Extract<Test, {do: "compare"}>} leaf @param {Facts} table */
function wordsBesideNumbers({ name, sign, value }, table) {
  const { space } = table.meant(name);
  const signs = space === "metrics" ? ["<", "<=", ">", ">=", "="] : space === "params" ? ["<", "<=", ">", ">="] : [];
  if (!signs.includes(sign) || typeof value.value !== "string" || numberOf(value.value) !== null) return false;
  const held = table.values(name).filter((found) => found !== null);
  return held.length > 0 && held.every((found) => ["number", "bigint"].includes(typeof found) || found instanceof Whole);
}

/** @param {Test} test @returns {Generator<Exclude<Test, {do: "and" | "or" | "not"}>>} */
function* leavesOf(test) {
  if (test.do === "and" || test.do === "or") for (const part of test.parts) yield* leavesOf(part);
  else if (test.do === "not") yield* leavesOf(test.part);
  else yield test;
}

/** @param {Test} test @param {Facts} table @param {number[]} rows @returns {number[]} those that pass, in their order */
function selected(test, table, rows) {
  if (test.do === "and") return test.parts.reduce((left, part) => selected(part, table, left), rows);
  if (test.do === "or") {
    /** @type {Set<number>} */
    const passing = new Set();
    for (const part of test.parts)
      for (const row of selected(part, table, rows.filter((at) => !passing.has(at)))) passing.add(row);
    return rows.filter((row) => passing.has(row));
  }
  if (test.do === "not") {
    const passing = new Set(selected(test.part, table, rows));
    return rows.filter((row) => !passing.has(row));
  }
  const values = table.values(test.name);
  if (test.do === "missing") return rows.filter((row) => (values[row] === null) !== test.not);
  const passes = passing(test, table.meant(test.name));
  return rows.filter((row) => {
    const found = values[row];
    return found !== null && passes(found);
  });
}

/** @param {Exclude<Test, {do: "and" | "or" | "not" | "missing"}>} test @param {Name} name @returns {Matcher} */
function passing(test, name) {
  if (test.do === "compare") return single(name, test.sign, test.value.value);
  if (test.do === "like") return likeness(test, name);
  const tests = test.values.map((value) => single(name, test.not ? "!=" : "=", value.value));
  return test.not ? (found) => tests.every((one) => one(found)) : (found) => tests.some((one) => one(found));
}

/** The test of one value, knowing what the run's own attributes mean. @param {Name} name @param {string} sign @param {any} wanted @returns {Matcher} */
function single({ space, key }, sign, wanted) {
  if (space !== RUN) return matcher(sign, wanted);
  if (MOMENTS.includes(key)) return momentMatcher(sign, wanted) ?? (() => false);
  if (KNOWN.has(key) && typeof wanted === "string") return matcher(sign, status(wanted));
  if (key === "id" && wanted && typeof wanted === "string" && (sign === "=" || sign === "!=")) {
    const begins = (/** @type {any} */ id) => id.startsWith(wanted) || id.slice(id.lastIndexOf("-") + 1).startsWith(wanted);
    return (found) => begins(found) === (sign === "=");
  }
  return matcher(sign, wanted);
}

/** @param {Extract<Test, {do: "like"}>} test @param {Name} name @returns {Matcher} */
function likeness({ how, pattern, not }, { space, key }) {
  const alike = resemblance(space === RUN && key === "status" && how === "like" ? "ilike" : how, pattern);
  const moment = space === RUN && MOMENTS.includes(key);
  return (found) => alike(moment ? `${new Date(Number(found)).toISOString().slice(0, 19)}Z` : textOf(found)) !== not;
}
