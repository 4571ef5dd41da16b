// @ts-check
/**
 * What differs between a few runs, dimension by dimension, what usually moves a metric first - and the same in a sentence.
 * `query/compare.py` and `view/difference.py` keep to the same order and words; `tests/view/test_diff_words.py` compares them.
 */
/** @import { Column, Data, Value } from "./types.js" */
import { ofTraining } from "./column.js";
import { cut, figure, words } from "./format.js";

/** @typedef {{name: string, column: Column, values: Value[], texts: string[], moved: boolean, size: number}} Fact */
/** @typedef {"changed" | "same" | "absent" | "left out"} State */
/** @typedef {{id: string, title: string, short: string, state: State, moved: Fact[], same: Fact[]}} Dimension */

/** What usually moves a metric, first. */
export const RULE =
  "Ordered by what usually moves a metric: params, source, data, upstream cells, seeds; then environment, code, hardware. The largest relative change comes first.";
const NAMED = 3;

/** @type {{id: string, title: string, short: string, kinds: string[]}[]} */
const DIMENSIONS = [
  { id: "params", title: "Params", short: "params", kinds: [] },
  { id: "source", title: "Cell source", short: "source", kinds: [] },
  { id: "data", title: "Data", short: "data", kinds: ["data"] },
  { id: "slice", title: "Upstream cells", short: "upstream cells", kinds: ["slice"] },
  { id: "seeds", title: "Seeds", short: "seeds", kinds: ["seeds"] },
  { id: "environment", title: "Environment", short: "environment", kinds: ["packages", "env"] },
  { id: "code", title: "Code", short: "commit", kinds: ["code"] },
  { id: "hardware", title: "Hardware", short: "hardware", kinds: ["hardware"] },
  { id: "tags", title: "Tags", short: "tags", kinds: [] },
];

/** @param {Data} data @param {number[]} runs @returns {Dimension[]} those that differ first, each group in the order of likely causes */
export function dimensions(data, runs) {
  const found = DIMENSIONS.map(({ kinds, ...dimension }) => {
    const facts = factsOf(data, runs, (c) =>
      c.space === "about" ? kinds.includes(c.key.slice(0, c.key.indexOf("."))) : c.space === dimension.id,
    );
    const moved = facts.filter((fact) => fact.moved).sort(byLikelihood);
    const same = facts.filter((fact) => !fact.moved);
    return { ...dimension, moved, same, state: stateOf(dimension.id, data, runs, moved, same) };
  });
  const rank = { changed: 0, "left out": 1, same: 2, absent: 3 };
  return found.sort((a, b) => rank[a.state] - rank[b.state]);
}

/** @param {Data} data @param {number[]} runs @returns {Fact[]} what was measured, the metric that judges first, then what moved */
export function measured(data, runs) {
  const facts = factsOf(data, runs, (c) => c.space === "metrics");
  const main = judging(facts);
  const rank = (/** @type {Fact} */ fact) => (fact === main ? 0 : fact.moved ? 1 : 2);
  return facts.sort((a, b) => rank(a) - rank(b));
}

/** @param {Data} data @param {number[]} runs @param {(column: Column) => boolean} wanted @returns {Fact[]} those that any of the runs has */
function factsOf(data, runs, wanted) {
  return data.columns.filter(wanted).flatMap((column) => {
    const values = runs.map((at) => column.values[at]);
    if (values.every((value) => value === null)) return [];
    const name = column.space === "about" ? column.key.replace(/^(data|slice|seeds|env|code|hardware)\./, "") : column.key;
    const told = column.key.startsWith("data.") && column.space === "about" ? comparable(values) : values;
    const moved = told.some((value) => typeof value !== typeof told[0] || words(value) !== words(told[0]));
    return [{ name, column, values, texts: apart(runs.map((at) => column.texts[at]), values), moved, size: sizeOf(values) }];
  });
}

const DIGEST = /^[0-9a-f]{8,} · /;

/** A digest that one run lacks tells nothing: only what all have is compared. @param {Value[]} values @returns {Value[]} */
function comparable(values) {
  const all = values.every((value) => typeof value === "string" && DIGEST.test(value));
  return all ? values : values.map((value) => (typeof value === "string" ? value.replace(DIGEST, "") : value));
}

/** Numbers that differ have as many digits as it takes to see it. @param {string[]} texts @param {Value[]} values @returns {string[]} */
function apart(texts, values) {
  const different = new Set(values).size;
  if (new Set(texts).size === different || !values.every((value) => typeof value === "number")) return texts;
  for (let digits = 5; digits < 17; digits++) {
    const more = values.map((value) => figure(value, digits));
    if (new Set(more).size === different) return more;
  }
  return values.map(words);
}

/** @param {Fact} a @param {Fact} b what a person chose before seeds, these before what was left at its default, then large changes before small ones */
const byLikelihood = (a, b) => idle(a.column) - idle(b.column) || b.size - a.size;

/** @param {Column} column @returns {number} how little a change of it explains */
const idle = ({ usual, seed }) => 2 * Number(usual) + Number(seed);

/** @param {Value[]} values @returns {number} the relative change: 0 to 2 of numbers, 1 of anything else */
function sizeOf(values) {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length < values.length) return 1;
  const far = Math.max(...numbers.map(Math.abs));
  return far ? (Math.max(...numbers) - Math.min(...numbers)) / far : 0;
}

/** @param {string} id @param {Data} data @param {number[]} runs @param {Fact[]} moved @param {Fact[]} same @returns {State} */
function stateOf(id, data, runs, moved, same) {
  if (id === "source") {
    if (runs.some((at) => data.leftOut(at, "cells"))) return "left out";
    const texts = runs.map((at) => data.source(at));
    return texts.some((text) => text !== texts[0]) ? "changed" : texts[0] === null ? "absent" : "same";
  }
  return moved.length ? "changed" : same.length ? "same" : "absent";
}

/** @param {Fact[]} facts metrics @returns {Fact | undefined} the one people care about: all have it, its name tells which way is better, it moved, and it is not of training data; else the next best */
function judging(facts) {
  const able = facts.filter((fact) => fact.values.every((value) => typeof value === "number"));
  const rank = (/** @type {Fact} */ { column, moved }) => (column.dir ? 4 : 0) + (moved ? 2 : 0) + Number(!ofTraining(column.key));
  return (able.length ? able : facts).reduce((best, fact) => (best && rank(best) >= rank(fact) ? best : fact), /** @type {Fact | undefined} */ (undefined));
}

/** Say what came out and what differs, in plain words. @param {Data} data @param {number[]} runs two to four @returns {string} */
export function sentence(data, runs) {
  const found = dimensions(data, runs);
  const reasons = found.filter((each) => each.state === "changed").flatMap(reasonsOf);
  const same = found.filter((each) => each.state === "same").map((each) => each.short);
  return [
    outcome(data, runs),
    reasons.length ? `What differs: ${reasons.join(", ")}.` : "Nothing else recorded differs.",
    same.length ? `The same: ${same.join(", ")}.` : "",
  ].filter(Boolean).join(" ");
}

/** @param {Data} data @param {number[]} runs @returns {string} */
function outcome(data, runs) {
  const fact = judging(factsOf(data, runs, (c) => c.space === "metrics"));
  const names = namesOf(data, runs);
  if (!fact) return `${listed(names)} have no metric.`;
  const metric = cut(fact.column.key, 40);
  const having = runs.map((_, n) => n).filter((n) => typeof fact.values[n] === "number");
  const value = (/** @type {number} */ n) => /** @type {number} */ (fact.values[n]);
  if (having.length < runs.length)
    return having.length ? `Only ${listed(having.map((n) => `${names[n]} has ${metric} ${figure(value(n))}`))}.` : `${listed(names)} have no number for ${metric}.`;
  if (!fact.moved) return `${listed(names)} have the same ${metric}: ${figure(value(0))}.`;
  if (runs.length > 2) return bestOf(fact, names);
  const by = Number((value(1) - value(0)).toPrecision(12));
  const verdict = fact.column.dir ? (by > 0 === (fact.column.dir === "max") ? " (better)" : " (worse)") : "";
  return `${names[1]} has ${metric} ${figure(value(1))}, ${figure(Math.abs(by), 3)} ${by > 0 ? "higher" : "lower"} than ${names[0]}${verdict}.`;
}

/** @param {Fact} fact @param {string[]} names @returns {string} */
function bestOf(fact, names) {
  const lowest = fact.column.dir === "min";
  const values = /** @type {number[]} */ (fact.values);
  const order = values.map((_, n) => n).sort((a, b) => (lowest ? values[a] - values[b] : values[b] - values[a]));
  const [first, ...rest] = order;
  const others = rest.map((n) => `${figure(values[n])} (${names[n]})`);
  return `${names[first]} has the ${lowest ? "lowest" : "highest"} ${cut(fact.column.key, 40)}: ${figure(values[first])}, against ${listed(others)}.`;
}

/** @param {Data} data @param {number[]} runs @returns {string[]} how runs are called: with their short ids where names are shared */
export function namesOf(data, runs) {
  const names = runs.map((at) => data.runs[at].name);
  return runs.map((at, n) => cut(names[n], 40) + (names.indexOf(names[n]) !== names.lastIndexOf(names[n]) ? ` (${data.runs[at].short})` : ""));
}

/** @param {string[]} items @returns {string} */
const listed = (items) => (items.length > 1 ? `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}` : (items[0] ?? ""));

/** @param {Dimension} dimension one that differs @returns {string[]} */
function reasonsOf({ id, moved }) {
  if (id === "params") return paramReasons(moved);
  if (id === "environment") return environmentReasons(moved.map((fact) => fact.column.key));
  if (id === "code") return [moved.some((fact) => fact.name === "commit") ? "the commit" : "uncommitted changes"];
  const said = { source: "the cell's source", data: "the data", slice: "the cells before it", seeds: "the seeds", hardware: "the hardware" }[id];
  return said ? [said] : [];
}

/** @param {Fact[]} moved @returns {string[]} */
function paramReasons(moved) {
  const chosen = moved.filter((fact) => !fact.column.usual).map((fact) => cut(fact.name, 40));
  if (!chosen.length) return ["only defaults among the params"];
  const more = chosen.length - NAMED;
  return [...chosen.slice(0, NAMED), ...(more > 0 ? [`${more} more param${more > 1 ? "s" : ""}`] : [])];
}

/** @param {string[]} keys @returns {string[]} */
function environmentReasons(keys) {
  const packages = keys.filter((key) => key.startsWith("packages.")).length;
  const others = keys.some((key) => !key.startsWith("packages.") && key !== "env.packages" && key !== "env.python");
  return [
    ...(keys.includes("env.python") ? ["Python"] : []),
    ...(packages ? [`${packages} package${packages > 1 ? "s" : ""}`] : []),
    ...(others ? ["the environment"] : []),
  ];
}
