// @ts-check
/** A run that all are measured against: how far each metric is from the baseline's, and whether that is better. */
/** @import { Column, Data, Direction } from "./types.js" */
/** @typedef {{text: string, verdict: "" | "better" | "worse" | "same"}} Distance */

/** @param {Data} data @param {string} id @returns {number} the place of the baseline, -1 where there is none */
export const baselineOf = (data, id) => (id ? data.runs.findIndex((run) => run.id === id) : -1);

/** How far a value is from the baseline's, with its sign. @param {Column} column @param {unknown} value @param {number} base @returns {Distance | null} null where either is no number */
export function distance(column, value, base) {
  const from = column.values[base];
  if (typeof from !== "number" || typeof value !== "number") return null;
  const step = value - from;
  if (!step) return { text: "±0", verdict: "same" };
  return { text: (step > 0 ? "+" : "−") + column.writeSize(Math.abs(step)), verdict: judged(step, column.dir) };
}

/** @param {number} step @param {Direction} dir @returns {"better" | "worse" | ""} */
const judged = (step, dir) => (dir === null ? "" : step > 0 === (dir === "max") ? "better" : "worse");
