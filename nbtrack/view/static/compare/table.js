// @ts-check
/** The table of runs. Of many rows only those in sight are in the page. */
/** @import { App, Column, Data } from "./types.js" */
/** @import { Line } from "./group.js" */
import { editable, makeRoom } from "./annotate.js";
import { arranged } from "./arrange.js";
import { chips } from "./chips.js";
import { emptiness, h } from "./dom.js";
import { cut } from "./format.js";
import { grouped } from "./group.js";
import { columnWidths, fillHeads, headRow, markSort, renewHeads, spaceRow } from "./head.js";
import { measurer } from "./measure.js";
import { Row, Scene, fullText } from "./row.js";
import { copied, headWalk, pressed, walk } from "./walk.js";

const ROW = 28;
const HEAD = 52;
const TALL = 460;
/** Up to so many rows are all in the page, so that the browser's own search finds them. */
const FULL = 70;
/** Of very many columns those in sight are in the page, and some on each side. */
const ASIDE = 3;
/** The table is laid out anew when the page has grown or shrunk by so many pixels. */
const STEP = 300;
const PRINTED = 2000;
const BEYOND = 5;
const WINDOW = Math.ceil(TALL / ROW) + 2 * BEYOND;
/** At first only the rows in sight are made; the others when those have been seen for so many milliseconds. */
const SEEN = Math.ceil((TALL - HEAD) / ROW);
const SOON = 150;
const NARROW = 520;

/** @param {App} app @param {HTMLElement} panel */
export function drawTable(app, panel) {
  if (!app.data.runs.length)
    return panel.replaceChildren(
      emptiness("No runs to compare", "Run a cell that starts with %%track, or widen the filter of %compare."),
    );
  makeRoom(app);
  const grid = grids.get(app) ?? new Grid(app);
  grids.set(app, grid);
  if (panel.contains(grid.element)) return grid.refresh();
  panel.replaceChildren(grid.element);
  grid.refresh();
  if (grid.aside || grid.scrolled) grid.box.scrollTo(grid.aside, grid.scrolled); // which would lay out the page at once
}

/** @type {WeakMap<App, Grid>} */
const grids = new WeakMap();

/** @param {Data} data @param {Line} line @returns {string} what a line is known by, also in newer data */
const keyOf = (data, line) => (typeof line === "number" ? data.runs[line].id : `\n${line.key}`);

export class Grid {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Data} */
    this.data = app.data;
    /** @type {Column[]} */
    this.columns = [];
    /** What the page was laid out for: laid out anew when it changes. */
    this.layout = "";
    /** @type {Line[]} */
    this.lines = [];
    /** The runs that stand under the head of a group. @type {Set<number>} */
    this.members = new Set();
    /** @type {Row[]} */
    this.rows = [];
    /** @type {number[]} */
    this.widths = [];
    this.from = -1;
    /** Whether only rows in sight have been made so far. */
    this.fresh = true;
    /** Kept rather than asked for, which would make the browser lay out the page once more. */
    this.scrolled = 0;
    this.aside = 0;
    /** Where the keyboard is: a line, and of it the checkbox ("") or the cell of a column. */
    this.cursor = { line: "", column: "" };
    /** The run that a range is selected from. */
    this.anchor = -1;
    this.measure = measurer(app.root);
    this.scene = new Scene(app, [], [], 0, 0, false, this.measure, () => false);
    /** The widths of a person's own that the page was laid out for. */
    this.own = app.state.widths;
    this.dirs = app.state.dirs;
    /** Where each column ends. @type {number[]} */
    this.edges = [];
    this.head = h("tr");
    this.body = h("tbody", {
      onclick: (event) => pressed(this, event),
      onpointerover: (event) => this.named(event),
      onfocusin: (event) => this.entered(event.target),
    });
    this.above = h("tr", { "aria-hidden": "true", class: "nbt-spacer" }, h("td"));
    this.below = h("tr", { "aria-hidden": "true", class: "nbt-spacer" }, h("td"));
    this.table = h("table", { class: "nbt-grid", role: "grid", "aria-multiselectable": "true" });
    this.box = h(
      "div",
      {
        class: "nbt-scroll",
        "data-anchored": true,
        tabindex: "0",
        role: "region",
        "aria-label": "Table of runs",
        onscroll: () => this.scroll(),
        onkeydown: (event) => walk(this, event),
        oncopy: (event) => copied(this, event),
      },
      this.table,
    );
    this.chips = h("div", { class: "nbt-chips" });
    this.hint = h("p", { class: "nbt-note" });
    this.element = h("div", { class: "nbt-table" }, this.chips, this.box, this.hint);
  }

  /** Show the runs as they are filtered, sorted, grouped and selected now, where the person was. */
  refresh() {
    const { app } = this;
    const { state } = app;
    const columns = arranged(app.data.columns, state, app.data.runs.length === 1);
    const narrow = app.width < NARROW;
    const layout = JSON.stringify([narrow, Math.ceil(app.width / STEP), state.pinned, state.baseline, state.by, app.link?.alive, columns.map((c) => c.id)]);
    const turned = state.dirs !== this.dirs;
    const renewed = turned || app.data !== this.data || columns.some((c, n) => c !== this.columns[n]);
    const focus = this.focus;
    const top = renewed && this.scrolled >= ROW ? this.topLine : null;
    this.data = app.data;
    this.columns = columns;
    if (layout !== this.layout || (this.scene.lefts.length && state.widths !== this.own)) this.build(narrow);
    else if (renewed) this.renew();
    else if (state.widths !== this.own) {
      this.fitColumns(columnWidths(app, this.measure, columns));
      if (this.most(this.scene.lefts.length) > this.scene.count) this.build(narrow);
    }
    this.own = state.widths;
    this.dirs = state.dirs;
    this.layout = layout;
    renewHeads(this.head, columns);
    markSort(this.head, state.sort);
    chips(app, this.chips);
    this.hint.textContent = hint(app.data);
    this.lines = grouped(app.rows, app.data, state);
    this.members = new Set(state.by ? this.lines.flatMap((line) => (typeof line === "number" ? [] : line.runs)) : []);
    this.table.setAttribute("aria-rowcount", String(this.lines.length + 2));
    this.table.setAttribute("aria-colcount", String(columns.length + 1));
    if (top) this.scrollTo(this.placeOf(top.key) * ROW + top.rest);
    this.from = -1;
    this.paint();
    if (focus) this.giveFocus(focus);
    if (this.fresh) setTimeout(() => this.complete(), SOON);
  }

  /** Make the rows that are out of sight, too. */
  complete() {
    if (!this.fresh) return;
    this.fresh = false;
    this.from = -1;
    this.paint();
  }

  /** Lay out head and columns anew. @param {boolean} narrow */
  build(narrow) {
    const { app, columns } = this;
    const first = narrow ? 150 : 250 + (app.state.by ? 50 : 0) + (app.state.baseline ? 40 : 0);
    this.widths = columnWidths(app, this.measure, columns);
    const lefts = stuck(columns, this.widths, first, new Set(app.state.pinned), narrow ? 0 : app.width * 0.7);
    this.edges = edgesOf(this.widths, first);
    const count = this.most(lefts.length);
    this.scene = new Scene(app, columns, lefts, lefts.length, count, narrow, this.measure, (column) => editable(app, column));
    this.scene = this.sceneAt(this.sideways());
    const head = headRow(app, columns, this.scene.drawn);
    head.addEventListener("keydown", (event) => headWalk(this, event));
    const widths = [first, ...this.widths];
    lefts.forEach((left, n) => {
      const cell = /** @type {HTMLElement} */ (head.children[n + 1]);
      cell.classList.add("nbt-pin");
      cell.style.left = `${left}px`;
    });
    const spaces = spaceRow(columns, new Set(app.state.pinned.slice(0, lefts.length)), app.data.runs.length === 1);
    const stuckSpace = lefts.length ? /** @type {HTMLElement} */ (spaces.children[1]) : null;
    stuckSpace?.classList.add("nbt-pin");
    if (stuckSpace) stuckSpace.style.left = `${first}px`;
    const left = lefts.length ? lefts[lefts.length - 1] + this.widths[lefts.length - 1] : first;
    this.head = head;
    this.rows = [];
    this.body.replaceChildren();
    this.table.style.width = `${widths.reduce((a, b) => a + b)}px`;
    this.table.style.setProperty("--left", `${left + 10}px`);
    for (const spacer of [this.above, this.below]) spacer.firstElementChild?.setAttribute("colspan", String(columns.length + 1));
    this.table.replaceChildren(
      h("colgroup", null, ...widths.map((width) => h("col", { style: `width:${width}px` }))),
      h("thead", null, spaces, head),
      this.body,
    );
  }

  /** @param {number} pinned columns @returns {number} how many of the others are to be in the page: as many as are ever in sight at once, and some on each side */
  most(pinned) {
    const { edges, widths } = this;
    const room = Math.ceil(this.app.width / STEP) * STEP - this.stuckTo(pinned);
    let most = 1;
    for (let from = pinned, to = pinned; to < edges.length; to++) {
      while (edges[to] - widths[to] > edges[from] + room) from++;
      most = Math.max(most, to - from + 1);
    }
    return Math.min(edges.length - pinned, most + 2 * ASIDE);
  }

  /** @param {number} pinned columns @returns {number} where what stays in sight ends */
  stuckTo(pinned) {
    return pinned ? this.edges[pinned - 1] : (this.edges[0] ?? 0) - (this.widths[0] ?? 0);
  }

  /** Take newer data of the same columns; a column grows where it must and never shrinks, so that nothing jumps. */
  renew() {
    const { app, columns } = this;
    this.takeScene(this.sceneAt(this.scene.from));
    this.fitColumns(columnWidths(app, this.measure, columns).map((width, n) => Math.max(width, this.widths[n])));
  }

  /** @param {number} from the first column in the page behind the pinned ones @returns {Scene} */
  sceneAt(from) {
    const { lefts, count, narrow, canEdit } = this.scene;
    return new Scene(this.app, this.columns, lefts, from, count, narrow, this.measure, canEdit);
  }

  /** @param {Scene} scene @param {boolean} [same] whether it is one of the same columns, only further along */
  takeScene(scene, same = false) {
    this.scene = scene;
    fillHeads(this.head, scene.columns, scene.drawn, this.app.state.sort);
    for (const row of this.rows) same ? row.slide(scene) : row.renew(scene);
  }

  /** @param {number[]} widths */
  fitColumns(widths) {
    if (widths.every((width, n) => width === this.widths[n])) return;
    const cols = this.table.querySelectorAll("col");
    const first = parseFloat(cols[0].style.width);
    widths.forEach((width, n) => (cols[n + 1].style.width = `${width}px`));
    this.table.style.width = `${widths.reduce((a, b) => a + b, first)}px`;
    this.widths = widths;
    this.edges = edgesOf(widths, first);
  }

  scroll() {
    this.scrolled = this.box.scrollTop;
    this.aside = this.box.scrollLeft;
    this.complete();
    const from = this.sideways();
    if (from !== this.scene.from) {
      const focus = this.focus;
      this.takeScene(this.sceneAt(from), true);
      this.paint();
      if (focus) this.giveFocus(focus);
    } else this.paint();
  }

  /** @returns {number} the first column to be in the page; it stays while those in sight are */
  sideways() {
    const { lefts, from, count } = this.scene;
    if (count >= this.columns.length - lefts.length) return lefts.length;
    const x = this.aside;
    const stuckTo = this.stuckTo(lefts.length);
    const first = this.edges.findIndex((edge) => edge > x + stuckTo);
    const end = this.edges.findIndex((edge) => edge >= x + this.app.width);
    const last = end < 0 ? this.columns.length - 1 : end;
    if (first >= from && last < from + count) return from;
    return Math.max(lefts.length, Math.min(this.columns.length - count, first - ASIDE));
  }

  /** @param {number} top */
  scrollTo(top) {
    this.box.scrollTop = this.scrolled = Math.max(0, top);
  }

  /** @returns {{key: string, rest: number} | null} the line at the top, and how far it is scrolled out */
  get topLine() {
    const line = this.lines[Math.floor(this.scrolled / ROW)];
    return line === undefined ? null : { key: keyOf(this.data, line), rest: this.scrolled % ROW };
  }

  /** @returns {number} the place of the first line that is wholly in sight */
  get uppermost() {
    return Math.ceil(this.scrolled / ROW);
  }

  /** @param {string} key @returns {number} the place of a line, the nearest to where it was if it is gone */
  placeOf(key) {
    const at = this.lines.findIndex((line) => keyOf(this.data, line) === key);
    return at < 0 ? Math.floor(this.scrolled / ROW) : at;
  }

  /** Bring the page in line with what is in sight. */
  paint() {
    const { lines } = this;
    const all = this.app.printing ? PRINTED : FULL;
    this.fresh &&= !this.app.printing;
    const room = Math.min(lines.length, this.fresh ? SEEN : lines.length <= all ? lines.length : WINDOW);
    const top = Math.max(0, Math.min(Math.floor(this.scrolled / ROW) - BEYOND, lines.length - room));
    if (top === this.from) return;
    const end = Math.min(lines.length, top + room);
    const focus = this.focus;
    if (this.from >= 0) this.turn(top - this.from);
    this.from = top;
    this.fit(end - top, lines.length);
    this.rows.forEach((row, i) => {
      const line = lines[top + i];
      row.show(line, top + i + 1, typeof line === "number" && this.members.has(line));
      row.choose(this.app.looks);
    });
    this.rove();
    if (leaveRoom(this.above, top)) this.body.prepend(this.above);
    if (leaveRoom(this.below, lines.length - end)) this.body.append(this.below);
    if (focus) this.giveFocus(focus);
  }

  /** One row can be tabbed to: where the keyboard was, else the first. */
  rove() {
    const here = this.rows.find((row) => keyOf(this.data, row.line) === this.cursor.line) ?? this.rows[0];
    for (const row of this.rows) row.rove(row === here);
  }

  /** @returns {{line: string, column: string} | {head: string} | null} what has the focus in this table */
  get focus() {
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    if (!active || active === this.box || !this.table.contains(active)) return null;
    if (this.body.contains(active)) return { ...this.cursor };
    return { head: active.closest("th")?.dataset.column ?? "" };
  }

  /** @param {{line: string, column: string} | {head: string}} place */
  giveFocus(place) {
    if ("head" in place) {
      const head = /** @type {HTMLElement[]} */ ([...this.head.children]).find((cell) => cell.dataset.column === place.head);
      const button = head?.querySelector("button");
      if (button && button !== document.activeElement && !head?.contains(document.activeElement)) button.focus({ preventScroll: true });
      return;
    }
    const row = this.rows.find((own) => keyOf(this.data, own.line) === place.line);
    const there = place.column && this.columns.some((c) => c.id === place.column);
    const element = row && (there ? this.cellOf(row, place.column) : row.box);
    if (document.activeElement !== (element ?? this.box)) focusOn(element ?? this.box);
    this.cursor = place;
  }

  /** @param {Row} row @param {string} column @returns {HTMLElement | null} */
  cellOf(row, column) {
    return row.cells.find((cell) => cell.column.id === column)?.element ?? null;
  }

  /** Remember where the focus went. @param {Element} element */
  entered(element) {
    const row = this.rowOf(element);
    if (!row) return;
    this.cursor = { line: keyOf(this.data, row.line), column: row.columnOf(element.closest("td"))?.id ?? "" };
    this.rove();
  }

  /** Put the keyboard on a line, scrolled into sight. @param {number} at @param {string} column */
  goTo(at, column) {
    const line = this.lines[at];
    if (line === undefined) return;
    const { box } = this;
    const top = at * ROW;
    if (top < box.scrollTop) this.scrollTo(top);
    else if (top + ROW > box.scrollTop + box.clientHeight - HEAD - 12) this.scrollTo(top + ROW - box.clientHeight + HEAD + 12);
    this.cursor = { line: keyOf(this.data, line), column };
    this.reveal(this.columns.findIndex((c) => c.id === column));
    this.scroll();
    this.giveFocus(this.cursor);
    this.rove();
  }

  /** Scroll sideways as far as it takes to see a column. @param {number} at */
  reveal(at) {
    const { lefts } = this.scene;
    if (at < lefts.length) return;
    const left = this.edges[at] - this.widths[at];
    const stuckTo = this.stuckTo(lefts.length);
    const { box } = this;
    if (left - stuckTo < box.scrollLeft) box.scrollLeft = left - stuckTo;
    else if (this.edges[at] > box.scrollLeft + box.clientWidth) box.scrollLeft = this.edges[at] - box.clientWidth;
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
    if (!total) this.body.replaceChildren(this.nothing());
    else this.body.querySelector(".nbt-nothing")?.remove();
    while (this.rows.length > count) this.rows.pop()?.element.remove();
    while (this.rows.length < count) {
      const row = new Row(this.scene);
      this.rows.push(row);
      this.body.insertBefore(row.element, this.end);
    }
  }

  /** @returns {HTMLElement} why there is no row */
  nothing() {
    const why = this.app.passing.length ? "Every run that matches is hidden or archived." : "No run matches this filter.";
    const clear = !this.app.passing.length && h("button", { type: "button", class: "nbt-button", text: "Clear the filter", onclick: () => this.app.unfilter() });
    return h("tr", { class: "nbt-nothing" }, h("td", { colspan: this.columns.length + 1 }, h("span", { text: why }), clear));
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

  /** What is cut off in a cell is told when the pointer rests on it. @param {PointerEvent} event */
  named(event) {
    const cell = /** @type {HTMLTableCellElement | null} */ (/** @type {Element} */ (event.target).closest("td, th"));
    const row = cell && this.rowOf(cell);
    if (cell && row) cell.setAttribute("title", fullText(this.data, row.columnOf(cell), row.line));
  }
}

/** @param {Data} data @returns {string} what would make the table tell more */
function hint({ runs, columns }) {
  if (runs.length === 1) return "One run so far. Change something and run the cell again: both will stand here, with what differs first.";
  if (columns.some((c) => c.space === "metrics")) return "";
  const error = cut(runs.find((run) => run.error)?.error ?? "", 120);
  if (runs.every((run) => run.status === "failed")) return `Every run here failed before it had a metric${error && ` (${error})`}. What they were set to is above; Diff shows how their cells differ.`;
  return "No metrics yet. A score that a cell computes, prints or logs becomes one.";
}

/** Focus a cell, which no one can tab to. @param {HTMLElement} element */
function focusOn(element) {
  if (element.tagName === "TD") element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** @param {number[]} widths @param {number} from @returns {number[]} where each column ends */
const edgesOf = (widths, from) => widths.map((width) => (from += width));

/** @param {Column[]} columns @param {number[]} widths @param {number} from @param {Set<string>} pinned @param {number} room @returns {number[]} where the pinned columns stick, as many as leave room for others */
function stuck(columns, widths, from, pinned, room) {
  /** @type {number[]} */
  const lefts = [];
  for (let n = 0, left = from; n < columns.length && pinned.has(columns[n].id) && left + widths[n] <= room; left += widths[n++]) lefts.push(left);
  return lefts;
}

/** @param {HTMLElement} row @param {number} count of the rows it stands for @returns {boolean} whether it has yet to join the page */
function leaveRoom(row, count) {
  if (!count) row.remove();
  else /** @type {HTMLElement} */ (row.firstChild).style.height = `${count * ROW}px`;
  return count > 0 && !row.parentNode;
}
