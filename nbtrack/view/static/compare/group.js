// @ts-check
/** Runs in groups: by the value of a column, or by what is the same but for the seed. */
/** @import { Column, Data, SortKey } from "./types.js" */
import { COLLATE } from "./column.js";
import { MISSING, words } from "./format.js";
import { seedGroups, summary } from "./statistics.js";

/** The group-by of repeated runs. */
export const SEEDS = "seeds";

/** @typedef {import("./statistics.js").Summary} Summary */
/** @typedef {{key: string, label: string, runs: number[], open: boolean}} Group */
/** @typedef {number | Group} Line  what a row of the table shows: a run, or the head of a group */

/** @param {number[]} rows sorted @param {Data} data @param {{by: string, folded: string[], sort: SortKey[]}} state @returns {Line[]} groups and, of those that are open, their runs; just the runs where nothing is grouped */
export function grouped(rows, data, { by, folded, sort }) {
  const column = data.columns.find((c) => c.id === by);
  if (!rows.length || (!column && by !== SEEDS)) return rows;
  const closed = new Set(folded);
  const groups = column ? alike(rows, column) : seedGroups(data, rows);
  const ranked = inOrder(groups, data, sort, column);
  return ranked.flatMap((group) => {
    const open = !closed.has(group.key);
    // A run that was not repeated needs no head over it.
    if (!column && group.runs.length === 1) return group.runs;
    return [{ ...group, open }, ...(open ? group.runs : [])];
  });
}

/** @param {number[]} rows @param {Column} column @returns {{key: string, label: string, runs: number[]}[]} */
function alike(rows, column) {
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  for (const at of rows) {
    const key = words(column.values[at]);
    groups.get(key)?.push(at) ?? groups.set(key, [at]);
  }
  return [...groups].map(([key, runs]) => ({
    key,
    label: named(column, runs[0]),
    runs,
  }));
}

/** @param {Column} column @param {number} at @returns {string} words for themselves, all else with the column's name */
function named(column, at) {
  const value = column.values[at];
  if (value === null) return `no ${column.key}`;
  return typeof value === "string" ? value : `${column.key} = ${column.text(at)}`;
}

/** Sorted by a metric, groups stand by their means; by anything else, where their first run stands; unsorted, by their value.
 * @template {{key: string, runs: number[]}} G @param {G[]} groups @param {Data} data @param {SortKey[]} sort @param {Column} [by] @returns {G[]} */
function inOrder(groups, data, sort, by) {
  const column = data.columns.find((c) => c.id === sort[0]?.id);
  if (column?.space === "metrics" && column.numeric) {
    const mean = new Map(groups.map((group) => [group, summaryOf(group.runs, column).mean]));
    const worst = sort[0].down ? -Infinity : Infinity;
    const rank = (/** @type {G} */ group) => (Number.isNaN(mean.get(group)) ? worst : (mean.get(group) ?? worst));
    return groups.sort((a, b) => (sort[0].down ? rank(b) - rank(a) : rank(a) - rank(b)) || 0);
  }
  if (sort.length || !by) return groups;
  return groups.sort((a, b) => rise(by.order[a.runs[0]], by.order[b.runs[0]]) || COLLATE(a.key, b.key));
}

/** @param {number} a @param {number} b @returns {number} NaN, which is what is missing, last */
const rise = (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : a - b);

/** @type {WeakMap<Column, Map<string, Summary>>} */
const known = new WeakMap();

/** The mean of a group's metric with its 95 % interval. @param {number[]} runs @param {Column} column @returns {Summary} */
export function summaryOf(runs, column) {
  const mine = known.get(column) ?? new Map();
  known.set(column, mine);
  const key = runs.join();
  const found = mine.get(key) ?? summary(runs.map((at) => column.values[at]));
  mine.set(key, found);
  return found;
}

/** @param {number[]} runs @param {Column} column @returns {string} what the runs of a group have in a column: their value, or how many values */
export function sharedText(runs, column) {
  const values = new Set(runs.map((at) => column.text(at)));
  if (values.size === 1) return column.text(runs[0]);
  values.delete(MISSING);
  return `${values.size} ${values.size === 1 ? "value" : "values"}`;
}
