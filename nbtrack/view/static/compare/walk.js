// @ts-check
/** What the mouse and the keyboard do in the table: walk its cells, select runs one by one and in ranges, fold groups, edit, copy. */
/** @import { App } from "./types.js" */
/** @import { Line } from "./group.js" */
/** @import { Grid } from "./table.js" */
import { editable, openEditor } from "./annotate.js";
import { fullText } from "./row.js";

const PAGE = 15;

/** @param {Line} line @returns {number[]} the runs a line stands for */
const runsOf = (line) => (typeof line === "number" ? [line] : line.runs);

/** The runs between two lines, both included. @param {Line[]} lines @param {number} from @param {number} to @returns {number[]} */
export function between(lines, from, to) {
  const [low, high] = from < to ? [from, to] : [to, from];
  return lines.slice(low, high + 1).flatMap((line) => (typeof line === "number" ? [line] : []));
}

/** @param {App} app @param {number[]} runs @param {boolean} on selected, or not any more */
function choose(app, runs, on) {
  const these = new Set(runs);
  const others = app.state.selected.filter((at) => !these.has(at));
  app.select(on ? [...others, ...runs] : others);
}

/** @param {Grid} grid @param {Line} line */
function toggle(grid, line) {
  const runs = runsOf(line);
  const chosen = runs.every((at) => grid.app.looks.has(at));
  grid.anchor = runs[0];
  choose(grid.app, runs, !chosen);
}

/** @param {Grid} grid @param {number} to the line up to which runs are selected, from the one last chosen */
function extend(grid, to) {
  const from = grid.lines.indexOf(grid.anchor);
  const runs = between(grid.lines, from < 0 ? to : from, to);
  if (from < 0 && runs.length) grid.anchor = runs[0];
  choose(grid.app, runs, true);
}

/** A press in a row selects it, with shift all up to it; on a group it opens or closes, on a tag or note it edits. @param {Grid} grid @param {MouseEvent} event */
export function pressed(grid, event) {
  const target = /** @type {Element} */ (event.target);
  const row = grid.rowOf(target);
  if (!row) return;
  const boxed = target === row.box;
  if (!boxed && String(getSelection() ?? "") !== "" && !event.shiftKey) return;
  if (event.shiftKey) {
    getSelection()?.removeAllRanges();
    extend(grid, grid.lines.indexOf(row.line));
  } else if (typeof row.line !== "number" && !boxed) foldLine(grid, row.line);
  else if (!edit(grid, /** @type {HTMLElement | null} */ (target.closest("td")), row.line)) toggle(grid, row.line);
}

/** @param {Grid} grid @param {Line} line */
function foldLine(grid, line) {
  if (typeof line === "number") return;
  const { folded } = grid.app.state;
  const { key } = line;
  grid.app.set({ folded: folded.includes(key) ? folded.filter((other) => other !== key) : [...folded, key] });
}

/** @param {Grid} grid @param {HTMLElement | null} cell @param {Line} line @returns {boolean} whether the cell can be edited, and now is */
function edit(grid, cell, line) {
  const column = cell ? grid.rowOf(cell)?.columnOf(cell) : undefined;
  if (!cell || !column || typeof line !== "number" || !editable(grid.app, column)) return false;
  const id = grid.data.runs[line].id;
  openEditor(grid.app, line, column, cell, () => grid.giveFocus({ line: id, column: column.id }));
  return true;
}

/** Keys in the body. Arrows walk, with shift they select; Enter and F2 edit a tag or note and fold a group; Space selects.
 * @param {Grid} grid @param {KeyboardEvent} event */
export function walk(grid, event) {
  const active = /** @type {HTMLElement} */ (document.activeElement);
  if (!grid.body.contains(active) && active !== grid.box) return;
  if (active === grid.box && !grid.cursor.line) return;
  if (act(grid, event, active)) event.preventDefault();
}

/** @param {Grid} grid @param {KeyboardEvent} event @param {HTMLElement} active @returns {boolean} whether the key meant something */
function act(grid, event, active) {
  const { lines, columns, cursor, app } = grid;
  const { key, shiftKey } = event;
  const at = grid.placeOf(cursor.line);
  const line = lines[at];
  const column = columns.findIndex((c) => c.id === cursor.column);
  const far = event.ctrlKey || event.metaKey;
  const go = (/** @type {number} */ n) => (grid.goTo(at, columns[n]?.id ?? ""), true);
  if (line === undefined || event.altKey) return false;
  if (far && key.toLowerCase() === "a") return choose(app, app.rows, true), true;
  const group = typeof line !== "number" ? line : null;
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[key];
  if (step !== undefined && !far) return stepped(grid, at, step, shiftKey);
  if ((key === "Home" || key === "End") && (column < 0 || far)) return grid.goTo(key === "Home" ? 0 : lines.length - 1, cursor.column), true;
  if (far) return false;
  if (group && column < 0 && ((key === "ArrowRight" && !group.open) || (key === "ArrowLeft" && group.open) || key === "Enter")) return foldLine(grid, group), true;
  if (key === "ArrowRight") return go(Math.min(column + 1, columns.length - 1));
  if (key === "ArrowLeft") return go(column - 1);
  if (key === "Home") return go(0);
  if (key === "End") return go(columns.length - 1);
  if (key === "Escape" && column >= 0) return go(-1);
  if (key === "Enter" || key === "F2") return edit(grid, active.closest("td"), line);
  if (key === " " && (column >= 0 || shiftKey)) return shiftKey ? extend(grid, at) : toggle(grid, line), true;
  if (key === " " && typeof line === "number") grid.anchor = line;
  return false;
}

/** @param {Grid} grid @param {number} at @param {number} step @param {boolean} selecting @returns {boolean} */
function stepped(grid, at, step, selecting) {
  const to = Math.max(0, Math.min(grid.lines.length - 1, at + step));
  if (selecting) {
    const here = grid.lines[at];
    if (typeof here === "number" && !grid.app.looks.has(here)) grid.anchor = here;
    grid.goTo(to, grid.cursor.column);
    extend(grid, to);
  } else if (step === -1 && at === 0) grid.giveFocus({ head: grid.cursor.column || "run.name" });
  else grid.goTo(to, grid.cursor.column);
  return true;
}

/** Arrows walk the heads, of which one can be tabbed to. @param {Grid} grid @param {KeyboardEvent} event */
export function headWalk(grid, event) {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
  const heads = /** @type {HTMLElement[]} */ ([...grid.head.children]);
  const at = heads.findIndex((cell) => cell.contains(/** @type {Node} */ (event.target)));
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: heads.length - 1 }[event.key];
  if (event.key === "ArrowDown") grid.goTo(grid.uppermost, at > 0 ? grid.columns[at - 1].id : "");
  else if (to === undefined) return;
  else enterHead(grid, heads, Math.max(0, Math.min(heads.length - 1, to)));
  event.preventDefault();
  event.stopPropagation();
}

/** @param {Grid} grid @param {HTMLElement[]} heads @param {number} to */
function enterHead(grid, heads, to) {
  grid.reveal(to - 1);
  grid.scroll();
  heads.forEach((cell, n) => {
    const button = cell.querySelector("button");
    if (button) button.tabIndex = n === to ? 0 : -1;
    if (n === to) button?.focus({ preventScroll: true });
  });
}

/** Values are copied as they are, not as they are shown: of the cell where the keyboard is, or of the selected runs as a table.
 * @param {Grid} grid @param {ClipboardEvent} event */
export function copied(grid, event) {
  const marked = getSelection();
  const active = document.activeElement?.closest("td") ?? (marked?.isCollapsed ? null : cellOf(marked));
  const text = !marked || marked.isCollapsed || active ? exact(grid, /** @type {HTMLTableCellElement | null} */ (active)) : "";
  if (!text) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
}

/** @param {Selection | null} marked @returns {Element | null} the one cell whose whole text is marked */
function cellOf(marked) {
  const cell = (marked?.anchorNode instanceof Element ? marked.anchorNode : marked?.anchorNode?.parentElement)?.closest("td") ?? null;
  return cell && String(marked).trim() === cell.textContent?.trim() ? cell : null;
}

/** @param {Grid} grid @param {HTMLTableCellElement | null} cell @returns {string} */
function exact(grid, cell) {
  const row = cell && grid.rowOf(cell);
  if (cell && row) return fullText(grid.data, row.columnOf(cell), row.line);
  const { selected } = grid.app.state;
  if (!selected.length) return "";
  const head = ["run", "id", ...grid.columns.map((c) => c.key)];
  const rows = selected.map((at) => [grid.data.runs[at].name, grid.data.runs[at].id, ...grid.columns.map((c) => fullText(grid.data, c, at))]);
  return [head, ...rows].map((cells) => cells.map(pasted).join("\t")).join("\n");
}

/** @param {string} text @returns {string} on one line, and no formula where it is pasted: a spreadsheet would run one, which a run's name may be */
export function pasted(text) {
  const flat = text.replace(/[\t\r\n]+/g, " ");
  return /^\s*[=+@-]/.test(flat) && Number.isNaN(Number(flat)) && flat !== "-inf" ? `'${flat}` : flat;
}
