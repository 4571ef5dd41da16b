// @ts-check
/** Which runs are out of sight: those a person hid here, and those that are archived in the store. */
/** @import { App, Data } from "./types.js" */
import { words } from "./format.js";

/** @param {Data} data @returns {(at: number) => boolean} whether a run is archived: its tag says so */
export function archivedIn(data) {
  const tag = data.columns.find((c) => c.id === "tags.archived");
  return (at) => tag !== undefined && words(tag.values[at]).toLowerCase() === "true";
}

/** @param {number[]} rows @param {Data} data @param {Pick<App["state"], "hidden" | "unhidden" | "archived">} state @returns {number[]} those to be shown */
export function inSight(rows, data, { hidden, unhidden, archived }) {
  const isArchived = archivedIn(data);
  const isHidden = new Set(unhidden ? [] : hidden);
  return rows.filter((at) => !isHidden.has(at) && (archived || !isArchived(at)));
}

/** @param {App} app @returns {{hidden: number, archived: number}} how many runs that pass the filter are hidden, and archived */
export function outOfSight(app) {
  const hidden = new Set(app.state.hidden);
  const isArchived = archivedIn(app.data);
  return {
    hidden: app.passing.filter((at) => hidden.has(at)).length,
    archived: app.passing.filter(isArchived).length,
  };
}
