// @ts-check
/** The head of the table: the names of the columns, how wide each is, and what pressing, dragging and keys do to them. */
/** @import { App, Column, SortKey } from "./types.js" */
/** @import { Measure } from "./measure.js" */
import { moved } from "./arrange.js";
import { baselineOf } from "./baseline.js";
import { openColumnMenu, shift } from "./column_menu.js";
import { h, present } from "./dom.js";
import { tailOf } from "./column.js";
import { cut } from "./format.js";
import { deltaWidth } from "./row.js";
import { nextSort } from "./sort.js";
import { SPARK, seriesOf } from "./spark.js";

const WIDEST = 26;
const NARROWEST = 44;
/** So many letters of a name have room; of a longer one so many at its end are always shown. */
const LONG = 22;
const END = 16;

/** How wide each column is: as a person drew it, else so that its longest text and what stands beside it fit, within bounds.
 * @param {App} app @param {Measure} measure @param {Column[]} columns @returns {number[]} */
export function columnWidths(app, measure, columns) {
  const { widths, baseline, by } = app.state;
  const base = baselineOf(app.data, baseline);
  return columns.map((column) => {
    if (widths[column.id]) return widths[column.id];
    const best = column.best.size > 0;
    const longest = longestText(column).slice(0, WIDEST);
    const metric = column.space === "metrics" && column.numeric;
    const body =
      measure(longest, best ? "700 12.5px" : "12.5px") +
      (best ? 16 : 0) +
      (metric && seriesOf(app.data, column.key) ? SPARK.width + 4 : 0) +
      (metric && base >= 0 ? deltaWidth(column, measure, base) : 0) +
      (metric && by ? measure(` ±${longest}`) : 0);
    const shared = by && !metric ? measure("99 values") : 0;
    const name = Math.min(column.key.length > LONG ? 180 : 150, measure(column.key + unitOf(column.key), "600 12px") + (column.dir ? 26 : 14));
    return Math.ceil(Math.max(NARROWEST, body, name, shared)) + 20;
  });
}

/** @param {Column} column @returns {string} as wide as any of its texts; where points stand under each other, the widest on each side of them */
function longestText({ sample, tail }) {
  let most = "";
  for (const text of sample) {
    const own = tail ? text.slice(0, text.length - tailOf(text).length) : text;
    if (own.length > most.length) most = own;
  }
  return most + tail;
}

/** @param {Column[]} columns @param {Set<string>} pinned @param {boolean} alone whether there is one run only @returns {HTMLTableRowElement} the names of the groups above their columns */
export function spaceRow(columns, pinned, alone) {
  const row = h("tr", { class: "nbt-groups", "aria-rowindex": 1 }, h("td", { class: "nbt-first" }));
  const name = (/** @type {Column} */ c) => (pinned.has(c.id) ? "pinned" : alone ? c.space : spaceName(c));
  for (let from = 0, to = 0; from < columns.length; from = to) {
    const own = name(columns[from]);
    while (to < columns.length && name(columns[to]) === own) to++;
    row.append(h("th", { scope: "colgroup", colspan: to - from }, h("span", { text: own })));
  }
  return row;
}

/** @param {Column} c @returns {string} */
const spaceName = (c) =>
  c.leads || c.space === "run" || c.space === "about" ? c.space : `${c.space}, ${c.usual ? "left at their defaults" : "identical"}`;

const UNITS = new Map(
  Object.entries({ s: "s", sec: "s", secs: "s", seconds: "s", ms: "ms", us: "µs", minutes: "min", hours: "h", bytes: "B", kb: "kB", mb: "MB", gb: "GB", mib: "MiB", gib: "GiB", percent: "%", pct: "%" }),
);

/** @param {string} key @returns {string} the unit that a name ends with, as it is written */
export const unitOf = (key) => UNITS.get(/_([a-z]+)$/i.exec(key)?.[1].toLowerCase() ?? "") ?? "";

/** The row of names. Pressing one sorts, with shift it is added to the sort; dragging one moves the column, and its edge
 * widens it. Keys: arrows walk, Alt+arrows move, Alt+Shift+arrows widen, Alt+Down opens the menu. Of columns that are not
 * in the page there is the name, until `fillHeads`.
 * @param {App} app @param {Column[]} columns @param {Column[]} drawn @returns {HTMLTableRowElement} */
export function headRow(app, columns, drawn) {
  const near = new Set(drawn);
  const row = h(
    "tr",
    {
      "aria-rowindex": 2,
      onclick: (event) => pressed(event),
      onkeydown: (event) => headKey(app, columns, event),
      onpointerdown: (event) => dragged(app, columns, event),
      oncontextmenu: (event) => menu(event),
    },
    headCell("run.name", "nbt-first nbt-corner", ...headParts("run.name", "run", null)),
    ...columns.map((c) => headCell(c.id, c.numeric ? "nbt-number" : "", ...(near.has(c) ? headParts(c.id, c.key, c) : [cut(c.key, 60)]))),
  );
  /** @param {any} event */
  function pressed(event) {
    if (event.target.closest(".nbt-more")) return menu(event);
    const id = event.target.closest(".nbt-sort") && columnOf(event.target);
    if (id) app.set({ sort: nextSort(app.state.sort, { id, dir: app.column(id)?.dir ?? null }, event.shiftKey) });
  }
  /** @param {any} event */
  function menu(event) {
    const cell = event.target.closest("th");
    event.preventDefault();
    event.stopPropagation(); // JupyterLab would open its own menu over this one
    if (cell) openColumnMenu(app, columns, cell);
  }
  return row;
}

/** @param {Element} element @returns {string} the id of the column whose head it is in */
const columnOf = (element) => /** @type {HTMLElement | null} */ (element.closest("th"))?.dataset.column ?? "";

const WORDS = { max: ", higher is better", min: ", lower is better" };

/** @param {string} id @param {string} kind @param {...(Node | string)} parts @returns {HTMLElement} */
const headCell = (id, kind, ...parts) => h("th", { scope: "col", class: kind, "data-column": id }, ...parts);

/** Of a long name the end stays, which tells it from others: `classifi…macro avg.recall`. @param {string} text @returns {Node[]} */
const labelParts = (text) =>
  text.length > LONG
    ? [
        h("span", { class: "nbt-sr", text }),
        h("span", { class: "nbt-label", "aria-hidden": "true", text: text.slice(0, -END) }),
        h("span", { class: "nbt-label-end", "aria-hidden": "true", text: text.slice(-END) }),
      ]
    : [h("span", { class: "nbt-label", text })];

/** @param {string} id @param {string} text @param {Column | null} column @returns {(Node | string)[]} */
function headParts(id, text, column) {
  const unit = unitOf(text);
  const better = column?.dir ? WORDS[column.dir] : "";
  return present([
    h(
      "button",
      { type: "button", class: "nbt-sort", title: text + better, tabindex: id === "run.name" ? 0 : -1, "aria-keyshortcuts": "Alt+ArrowDown" },
      ...labelParts(cut(text, 60)),
      unit && h("span", { class: "nbt-unit", text: unit }),
      better && h("span", { class: "nbt-sr", text: better }),
      better && h("span", { class: "nbt-dir", "aria-hidden": "true", text: column?.dir === "max" ? "↑" : "↓" }),
      h("span", { class: "nbt-order", "aria-hidden": "true" }),
    ),
    h("button", { type: "button", class: "nbt-more", tabindex: -1, "aria-haspopup": "menu", "aria-label": `Menu of ${cut(text, 60)}`, text: "⋮" }),
    column && h("span", { class: "nbt-grip", "aria-hidden": "true" }),
  ]);
}

/** Write the heads of columns that have come into the page. @param {HTMLElement} row @param {Column[]} columns @param {Column[]} drawn @param {SortKey[]} sort */
export function fillHeads(row, columns, drawn, sort) {
  const near = new Set(drawn);
  const bare = columns.flatMap((c, n) => (near.has(c) && !row.children[n + 1].firstElementChild ? [n] : []));
  for (const n of bare) row.children[n + 1].replaceChildren(...headParts(columns[n].id, columns[n].key, columns[n]));
  if (bare.length) markSort(row, sort);
}

/** Make the direction shown by a head the one its column has now. @param {HTMLElement} row @param {Column[]} columns */
export function renewHeads(row, columns) {
  columns.forEach((c, n) => {
    const now = row.children[n + 1];
    if (now?.firstElementChild && !sameHead(now, c)) now.replaceChildren(...headParts(c.id, c.key, c));
  });
}

/** @param {Element} cell @param {Column} c @returns {boolean} */
const sameHead = (cell, c) =>
  cell.querySelector(".nbt-sort")?.getAttribute("title") === c.key + (c.dir ? WORDS[c.dir] : "");

/** @param {App} app @param {Column[]} columns @param {KeyboardEvent} event */
function headKey(app, columns, event) {
  const cell = /** @type {HTMLElement} */ (event.target).closest("th");
  const id = cell?.dataset.column;
  const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!cell || !id) return;
  if (event.key === "Enter" && event.shiftKey) cell.querySelector("button")?.dispatchEvent(new MouseEvent("click", { bubbles: true, shiftKey: true }));
  else if (event.altKey && way && event.shiftKey) widen(app, id, cell.offsetWidth + way * 12);
  else if (event.altKey && way) shift(app, columns, id, way);
  else if ((event.altKey && event.key === "ArrowDown") || event.key === "ContextMenu" || (event.shiftKey && event.key === "F10")) openColumnMenu(app, columns, cell);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {App} app @param {string} id @param {number} width */
function widen(app, id, width) {
  app.set({ widths: { ...app.state.widths, [id]: Math.max(NARROWEST, Math.round(width)) } });
}

/** Follow the pointer from a head: by its edge the column is widened, else it is moved. @param {App} app @param {Column[]} columns @param {PointerEvent} down */
function dragged(app, columns, down) {
  const target = /** @type {HTMLElement} */ (down.target);
  const cell = target.closest("th");
  const id = cell?.dataset.column;
  if (!cell || !id || id === "run.name" || down.button || target.closest(".nbt-more")) return;
  const edge = target.classList.contains("nbt-grip");
  const width = cell.offsetWidth;
  const heads = /** @type {HTMLElement[]} */ ([...(cell.parentElement?.children ?? [])].slice(1));
  let to = -1;
  const leave = new AbortController();
  const { signal } = leave;
  const move = (/** @type {PointerEvent} */ event) => {
    const by = event.clientX - down.clientX;
    if (edge) return widen(app, id, width + by);
    if (to < 0 && Math.abs(by) < 8) return;
    to = heads.filter((head) => middle(head) < event.clientX && head !== cell).length;
    const others = heads.filter((head) => head !== cell);
    heads.forEach((head) => head.classList.remove("nbt-drop", "nbt-drop-end"));
    (others[to] ?? others[to - 1])?.classList.add(others[to] ? "nbt-drop" : "nbt-drop-end");
  };
  const drop = (/** @type {Event} */ event) => {
    leave.abort();
    heads.forEach((head) => head.classList.remove("nbt-drop", "nbt-drop-end"));
    if (event.type === "pointerup" && (edge || to >= 0)) addEventListener("click", swallow, { capture: true, once: true });
    if (event.type === "pointerup" && to >= 0) app.set(moved(columns.map((c) => c.id), app.state.pinned, id, to));
    setTimeout(() => removeEventListener("click", swallow, true));
  };
  addEventListener("pointermove", move, { signal });
  addEventListener("pointerup", drop, { signal });
  addEventListener("pointercancel", drop, { signal });
}

/** The click that ends a drag is not one that sorts. @param {Event} event */
const swallow = (event) => event.stopPropagation();

/** @param {HTMLElement} element @returns {number} */
const middle = (element) => {
  const { left, width } = element.getBoundingClientRect();
  return left + width / 2;
};

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
