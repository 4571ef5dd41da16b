// @ts-check
/** The menu of a column's head. */
/** @import { App, Column, Direction } from "./types.js" */
/** @import { Item } from "./menu.js" */
import { moved, withColumns, withPin } from "./arrange.js";
import { cut } from "./format.js";
import { SEEDS } from "./group.js";
import { openMenu } from "./menu.js";

/** @param {App} app @param {Column[]} columns as they stand @param {HTMLElement} cell the head */
export function openColumnMenu(app, columns, cell) {
  const id = cell.dataset.column ?? "";
  const column = columns.find((c) => c.id === id);
  const back = () => {
    const head = app.panel.querySelector(`th[data-column="${CSS.escape(id)}"] .nbt-sort`);
    if (head instanceof HTMLElement) head.focus();
  };
  openMenu(cell, cut(column?.key ?? "run", 60), [...sorting(app, id), ...grouping(app, id, column), ...(column ? own(app, columns, column) : [])], back);
}

/** @param {App} app @param {string} id @returns {Item[]} */
function sorting(app, id) {
  const { sort } = app.state;
  const others = sort.filter((key) => key.id !== id);
  const by = (/** @type {boolean} */ down) => () => app.set({ sort: [{ id, down }] });
  return [
    { text: "Sort, lowest first", act: by(false) },
    { text: "Sort, highest first", act: by(true) },
    ...(others.length ? [{ text: "Then sort by this", act: () => app.set({ sort: [...others, { id, down: false }] }), hint: "Shift+Enter" }] : []),
    ...(others.length < sort.length ? [{ text: "Do not sort by this", act: () => app.set({ sort: others }) }] : []),
  ];
}

/** @param {App} app @param {string} id @param {Column} [column] @returns {Item[]} */
function grouping(app, id, column) {
  const { by } = app.state;
  const group = (/** @type {string} */ next) => () => app.set({ by: next, folded: [] });
  const all = { text: "Select all shown", act: () => app.select(app.rows), hint: "Ctrl+A" };
  if (!column) return [null, all, by === SEEDS ? { text: "Do not group", act: group("") } : { text: "Group repeated seeds", act: group(SEEDS) }];
  return [
    null,
    ...(by === id ? [{ text: "Do not group", act: group("") }] : []),
    ...(column.space !== "metrics" && by !== id ? [{ text: "Group by this", act: group(id) }] : []),
    ...(column.seed && by !== SEEDS ? [{ text: "Group repeated seeds", act: group(SEEDS) }] : []),
    { text: "Colour charts by this", act: () => app.set({ colour: id }) },
  ];
}

/** @param {App} app @param {Column[]} columns @param {Column} column @returns {Item[]} */
function own(app, columns, column) {
  const { id, dir } = column;
  const { pinned, dirs } = app.state;
  const turn = (/** @type {Direction} */ next) => () => app.set({ dirs: { ...dirs, [id]: next } });
  const directions = [
    { text: "Higher is better", act: turn("max"), checked: dir === "max" },
    { text: "Lower is better", act: turn("min"), checked: dir === "min" },
    { text: "Neither is better", act: turn(null), checked: dir === null },
  ];
  return [
    null,
    { text: pinned.includes(id) ? "Unpin" : "Pin to the left", act: () => app.set(withPin(pinned, id)) },
    { text: "Move left", act: () => shift(app, columns, id, -1), hint: "Alt+←" },
    { text: "Move right", act: () => shift(app, columns, id, 1), hint: "Alt+→" },
    { text: "Hide", act: () => app.set(withColumns(app.state, [id], false)) },
    ...(column.space === "metrics" && column.numeric ? [null, ...directions] : []),
  ];
}

/** Move a column by one place. @param {App} app @param {Column[]} columns @param {string} id @param {number} way */
export function shift(app, columns, id, way) {
  const shown = columns.map((c) => c.id);
  const at = shown.indexOf(id);
  if (at < 0 || !shown[at + way]) return;
  app.set(moved(shown, app.state.pinned, id, at + way));
  app.say(`${app.column(id)?.key}, column ${at + way + 1} of ${shown.length}`);
}
