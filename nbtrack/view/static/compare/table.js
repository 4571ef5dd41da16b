// @ts-check
/** The table of runs. Of many rows only those in sight are in the page. */
/** @import { App, Column, Data } from "./types.js" */
import { emptiness, h } from "./dom.js";
import { columnWidths, groupRow, headRow, markSort } from "./head.js";
import { Row, fullText } from "./row.js";

const ROW = 28;
const HEAD = 52;
const TALL = 460;
/** Up to so many rows are all in the page, so that the browser's own search finds them. */
const FULL = 70;
const PRINTED = 2000;
const BEYOND = 5;
const WINDOW = Math.ceil(TALL / ROW) + 2 * BEYOND;
const NARROW = 520;

/** @param {App} app @param {HTMLElement} panel */
export function drawTable(app, panel) {
  const { data, state } = app;
  if (!data.runs.length)
    return panel.replaceChildren(
      emptiness("No runs to compare", "Run a cell that starts with %%track, or widen the filter of %compare."),
    );
  const columns = data.columns.filter((c) => state.all || c.leads || data.runs.length === 1);
  const narrow = app.root.clientWidth < NARROW;
  const key = `${narrow}\n${columns.map((c) => c.id).join("\n")}`;
  const grid = grids.get(app);
  if (grid && grid.key === key && grid.data === data && panel.contains(grid.box)) return grid.refresh();
  const fresh = new Grid(app, columns, narrow, key);
  grids.set(app, fresh);
  panel.replaceChildren(fresh.box);
  fresh.refresh();
}

/** @type {WeakMap<App, Grid>} */
const grids = new WeakMap();

class Grid {
  /** @param {App} app @param {Column[]} columns @param {boolean} narrow @param {string} key */
  constructor(app, columns, narrow, key) {
    this.app = app;
    /** @type {Data} */
    this.data = app.data;
    this.columns = columns;
    this.narrow = narrow;
    this.key = key;
    /** @type {Row[]} */
    this.rows = [];
    this.from = -1;
    /** Kept rather than asked for, which would make the browser lay out the page once more. */
    this.scrolled = 0;
    const widths = [narrow ? 150 : 250, ...columnWidths(app.root, columns)];
    this.head = headRow(app, columns);
    this.above = spacer(columns.length);
    this.below = spacer(columns.length);
    this.nothing = h(
      "tr",
      { class: "nbt-nothing" },
      h("td", { colspan: columns.length + 1 }, h("span", { text: "No run matches this filter." })),
    );
    this.body = h("tbody", {
      onclick: (event) => this.pressed(event),
      onpointerover: (event) => this.named(event),
    });
    const table = h(
      "table",
      {
        class: "nbt-grid",
        style: `width:${widths.reduce((a, b) => a + b)}px`,
        "aria-rowcount": app.data.runs.length + 2,
      },
      h("colgroup", null, ...widths.map((width) => h("col", { style: `width:${width}px` }))),
      h("thead", null, groupRow(columns), this.head),
      this.body,
    );
    this.box = h(
      "div",
      {
        class: "nbt-scroll",
        tabindex: "0",
        role: "region",
        "aria-label": "Table of runs",
        onscroll: () => this.scroll(),
        onkeydown: (event) => this.walk(event),
      },
      table,
    );
  }

  /** Show the rows as they are filtered, sorted and selected now. */
  refresh() {
    markSort(this.head, this.app.state.sort);
    this.from = -1;
    this.paint();
  }

  scroll() {
    this.scrolled = this.box.scrollTop;
    this.paint();
  }

  /** Bring the page in line with what is in sight. A focused row keeps the focus wherever it goes. */
  paint() {
    const rows = this.app.rows;
    const room = rows.length <= (this.app.printing ? PRINTED : FULL) ? rows.length : WINDOW;
    const top = Math.max(0, Math.min(Math.floor(this.scrolled / ROW) - BEYOND, rows.length - room));
    if (top === this.from) return;
    const end = Math.min(rows.length, top + room);
    const focused = this.focused;
    if (this.from >= 0) this.turn(top - this.from);
    this.from = top;
    this.fit(end - top, rows.length);
    this.rows.forEach((row, i) => {
      row.show(rows[top + i], top + i + 1);
      row.choose(this.app.looks.get(rows[top + i]));
    });
    if (leaveRoom(this.above, top)) this.body.prepend(this.above);
    if (leaveRoom(this.below, rows.length - end)) this.body.append(this.below);
    if (focused >= 0) this.rows.find((row) => row.at === focused)?.box.focus({ preventScroll: true });
  }

  /** @returns {number} the run whose checkbox has the focus, or -1 */
  get focused() {
    const active = document.activeElement;
    return this.rows.find((row) => row.box === active)?.at ?? -1;
  }

  /** Scrolled by a few rows, the rows that left at one end enter at the other. @param {number} by */
  turn(by) {
    const moved = Math.abs(by);
    if (moved >= this.rows.length) return;
    if (by > 0) this.rows.push(...this.rows.splice(0, moved));
    else this.rows.unshift(...this.rows.splice(-moved));
    const some = by > 0 ? this.rows.slice(-moved) : this.rows.slice(0, moved);
    const before = by > 0 ? this.end : this.rows[moved].element;
    for (const row of some) this.body.insertBefore(row.element, before);
  }

  /** Have as many rows in the page as asked for. @param {number} count @param {number} total */
  fit(count, total) {
    if (!total) this.body.replaceChildren(this.nothing);
    else this.nothing.remove();
    while (this.rows.length > count) this.rows.pop()?.element.remove();
    while (this.rows.length < count) {
      const row = new Row(this.data, this.columns, this.narrow);
      this.rows.push(row);
      this.body.insertBefore(row.element, this.end);
    }
  }

  /** @returns {Node | null} what stands behind the last row */
  get end() {
    return this.below.parentNode && this.below;
  }

  /** @param {Element} element @returns {Row | undefined} the row it is in */
  rowOf(element) {
    const place = element.closest("tr");
    return this.rows.find((row) => row.element === place);
  }

  /** A press anywhere in a row selects it, unless text was being marked. @param {MouseEvent} event */
  pressed(event) {
    const target = /** @type {Element} */ (event.target);
    const row = this.rowOf(target);
    if (row && (target === row.box || String(getSelection() ?? "") === "")) this.app.toggle(row.at);
  }

  /** What is cut off in a cell is told when the pointer rests on it. @param {PointerEvent} event */
  named(event) {
    const cell = /** @type {Element} */ (event.target).closest("td, th");
    const row = cell && this.rowOf(cell);
    if (cell && row) cell.setAttribute("title", fullText(this.data, this.columns, cell, row.at));
  }

  /** Arrow keys walk the rows' checkboxes. @param {KeyboardEvent} event */
  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -1e9, End: 1e9 }[event.key];
    const rows = this.app.rows;
    const here = rows.indexOf(this.focused);
    if (step === undefined || here < 0 || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = Math.min(rows.length - 1, Math.max(0, here + step));
    const top = next * ROW;
    const { box } = this;
    if (top < box.scrollTop) box.scrollTop = top;
    if (top + ROW > box.scrollTop + box.clientHeight - HEAD - 12) box.scrollTop = top + ROW - box.clientHeight + HEAD + 12;
    this.scroll();
    this.rows.find((row) => row.at === rows[next])?.box.focus({ preventScroll: true });
  }
}

/** @param {number} columns @returns {HTMLElement} the room of rows that are not in the page */
const spacer = (columns) =>
  h("tr", { "aria-hidden": "true", class: "nbt-spacer" }, h("td", { colspan: columns + 1 }));

/** @param {HTMLElement} row @param {number} count of the rows it stands for @returns {boolean} whether it has yet to join the page */
function leaveRoom(row, count) {
  if (!count) row.remove();
  else /** @type {HTMLElement} */ (row.firstChild).style.height = `${count * ROW}px`;
  return count > 0 && !row.parentNode;
}
