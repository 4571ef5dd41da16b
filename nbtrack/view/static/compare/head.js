// @ts-check
/** The head of the table: groups, names that sort when pressed, and how wide each column is. */
/** @import { App, Column, SortKey } from "./types.js" */
import { h } from "./dom.js";
import { cut } from "./format.js";
import { nextSort } from "./sort.js";

const WIDEST = 26;

/** @param {HTMLElement} root @param {Column[]} columns @returns {number[]} widths that fit each column's longest text, its star and its name, within bounds */
export function columnWidths(root, columns) {
  const canvas = document.createElement("canvas").getContext("2d");
  const font = getComputedStyle(root).fontFamily;
  const measured = (/** @type {string} */ text, /** @type {string} */ style) => {
    if (!canvas) return text.length * 8;
    canvas.font = `${style} ${font}`;
    return canvas.measureText(text).width;
  };
  return columns.map((column) => {
    const best = column.best.size > 0;
    const longest = column.texts.reduce((most, text) => (text.length > most.length ? text : most), "");
    const body = measured(longest.slice(0, WIDEST), best ? "700 12.5px" : "12.5px") + (best ? 16 : 0);
    const name = Math.min(150, measured(column.key, "600 12px") + 10);
    return Math.ceil(Math.max(44, body, name)) + 20;
  });
}

/** @param {Column[]} columns @returns {HTMLTableRowElement} the names of the groups above their columns */
export function groupRow(columns) {
  const row = h("tr", { class: "nbt-groups" }, h("td", { class: "nbt-first" }));
  for (let from = 0, to = 0; from < columns.length; from = to) {
    const name = groupName(columns[from]);
    while (to < columns.length && groupName(columns[to]) === name) to++;
    row.append(h("th", { scope: "colgroup", colspan: to - from }, h("span", { text: name })));
  }
  return row;
}

/** @param {Column} c @returns {string} */
const groupName = (c) =>
  c.leads || c.space === "run" ? c.space : `${c.space}, ${c.usual ? "left at their defaults" : "identical"}`;

/** The row of names; pressing one sorts, with shift it is added to the sort. @param {App} app @param {Column[]} columns @returns {HTMLTableRowElement} */
export function headRow(app, columns) {
  const sort = (/** @type {any} */ event, /** @type {boolean} */ add) => {
    const id = event.target.closest("th")?.dataset.column;
    const dir = columns.find((column) => column.id === id)?.dir ?? null;
    if (id) app.set({ sort: nextSort(app.state.sort, { id, dir }, add) });
  };
  const shiftEnter = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || !event.shiftKey) return;
    event.preventDefault();
    sort(event, true);
  };
  return h(
    "tr",
    { onclick: (event) => sort(event, event.shiftKey), onkeydown: shiftEnter },
    headCell("run.name", "run", "run", "nbt-first nbt-corner"),
    ...columns.map((c) => headCell(c.id, c.key, c.key + better(c), c.numeric ? "nbt-number" : "")),
  );
}

/** @param {Column} c */
const better = (c) => (c.dir === "max" ? " (higher is better)" : c.dir === "min" ? " (lower is better)" : "");

/** @param {string} id @param {string} text @param {string} title @param {string} kind @returns {HTMLElement} */
const headCell = (id, text, title, kind) =>
  h(
    "th",
    { scope: "col", class: kind, "data-column": id },
    h(
      "button",
      { type: "button", class: "nbt-sort", title },
      h("span", { class: "nbt-label", text: cut(text, 60) }),
      h("span", { class: "nbt-order", "aria-hidden": "true" }),
    ),
  );

/** Show by which columns the rows are sorted. @param {HTMLElement} row @param {SortKey[]} keys */
export function markSort(row, keys) {
  for (const cell of /** @type {HTMLElement[]} */ ([...row.children])) {
    const at = keys.findIndex((key) => key.id === cell.dataset.column);
    const arrow = at < 0 ? "" : keys[at].down ? "▼" : "▲";
    const mark = cell.querySelector(".nbt-order");
    const text = at >= 0 && keys.length > 1 ? `${arrow}${at + 1}` : arrow;
    if (mark && mark.textContent !== text) mark.textContent = text;
    if (at === 0) cell.setAttribute("aria-sort", keys[0].down ? "descending" : "ascending");
    else if (cell.hasAttribute("aria-sort")) cell.removeAttribute("aria-sort");
  }
}
