// @ts-check
/** Tags and notes, written where they are shown - while a kernel listens. */
/** @import { App, Column, Value } from "./types.js" */
import { Column as NewColumn } from "./column.js";
import { h } from "./dom.js";
import { cut, words } from "./format.js";
import { openPanel } from "./menu.js";

/** @typedef {{do: "tag", run: string, key: string, value: Value} | {do: "note", run: string, text: string} | {do: "archive", run: string, value: boolean}} Change */

/** @param {App} app @returns {boolean} whether what is written here reaches the store */
export const writable = (app) => app.link?.alive === true && !app.link.fixed;

/** @param {App} app @param {Column | undefined} column @returns {boolean} whether a cell of this column can be written now */
export const editable = (app, column) =>
  column !== undefined && writable(app) && (column.space === "tags" || column.id === "run.note");

/** See that there is a column for notes where there are some or may be, and for tags asked for that no run has yet. @param {App} app */
export function makeRoom(app) {
  const { columns, runs } = app.data;
  const make = (/** @type {string} */ space, /** @type {string} */ key, /** @type {Value[]} */ values) => {
    if (columns.some((c) => c.id === `${space}.${key}`)) return;
    const behind = columns.findLastIndex((c) => c.leads && c.space === space);
    columns.splice(behind < 0 ? columns.length : behind + 1, 0, new NewColumn(space, key, values));
  };
  if (writable(app) || runs.some((run) => run.note)) make("run", "note", runs.map((run) => run.note || null));
  const note = columns.find((c) => c.id === "run.note");
  if (note) note.leads ||= writable(app);
  for (const id of app.state.on) if (id.startsWith("tags.")) make("tags", id.slice(5), runs.map(() => null));
}

/** What a person wrote as a tag: nothing removes it, and what the others are, numbers or yes and no, it is too. @param {string} text @param {Column} column @returns {Value} */
export function readTag(text, column) {
  const trimmed = text.trim();
  const like = column.values.find((value) => value !== null);
  if (!trimmed) return null;
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === "true";
  return (typeof like === "number" || like === undefined) && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

/** Send a change to the store and show it at once; the next patch confirms it. @param {App} app @param {Change[]} changes */
export function annotate(app, changes) {
  for (const change of changes) {
    app.link?.edit(change);
    apply(app, change);
  }
  app.set({ filter: app.state.filter });
}

/** @param {App} app @param {Change} change */
function apply(app, change) {
  const run = app.data.runs.find((own) => own.id === change.run);
  if (!run) return;
  if (change.do === "note") run.note = change.text;
  if (change.do === "note") write(app, "run", "note", run.at, change.text || null);
  else if (change.do === "archive") write(app, "tags", "archived", run.at, change.value || null);
  else write(app, "tags", change.key, run.at, change.value);
}

/** @param {App} app @param {string} space @param {string} key @param {number} run @param {Value} value */
function write(app, space, key, run, value) {
  const { columns, runs } = app.data;
  const at = columns.findIndex((c) => c.space === space && c.key === key);
  const values = at < 0 ? runs.map(() => null) : columns[at].values;
  const next = new NewColumn(space, key, values.map((old, n) => (n === run ? value : old)));
  if (at >= 0) next.leads = columns[at].leads;
  columns.splice(at < 0 ? columns.length : at, 1, next);
}

/** Edit a cell: Enter and a press beside it keep what was written, Escape does not. @param {App} app @param {number} at the run @param {Column} column @param {HTMLElement} cell @param {() => void} back gives the focus back */
export function openEditor(app, at, column, cell, back) {
  const note = column.id === "run.note";
  const run = app.data.runs[at];
  const before = note ? run.note : column.values[at] === null ? "" : words(column.values[at]);
  const names = `${app.root.id || "nbt"}-levels`;
  const label = `${note ? "Note" : column.key} of ${cut(run.name, 40)}`;
  const input = h(note ? "textarea" : "input", { "aria-label": label, list: note ? null : names, rows: note ? 4 : null });
  input.value = before;
  const suggested = !note && h("datalist", { id: names }, ...column.levels.slice(0, 100).map((value) => h("option", { value })));
  const hint = note ? "Enter keeps it, Shift+Enter begins a line, Escape leaves" : "Enter keeps it, empty removes it, Escape leaves";
  let keep = true;
  const panel = h(
    "div",
    { role: "dialog", "aria-label": label, class: "nbt-editor", onkeydown: (event) => key(event) },
    h("div", { class: "nbt-menu-title", text: label }),
    input,
    suggested,
    h("div", { class: "nbt-dim nbt-word", text: hint }),
  );
  const close = openPanel(cell, panel, () => {
    if (keep && input.value !== before) save(input.value);
    if (document.activeElement === document.body) back();
  });
  input.focus();
  input.select();

  /** @param {KeyboardEvent} event */
  function key(event) {
    event.stopPropagation();
    if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
    event.preventDefault();
    keep = event.key === "Enter";
    close();
  }

  /** @param {string} text */
  function save(text) {
    annotate(app, [note ? { do: "note", run: run.id, text: text.trim() } : { do: "tag", run: run.id, key: column.key, value: readTag(text, column) }]);
    app.say(`${label}: ${text || "removed"}`);
  }
}
