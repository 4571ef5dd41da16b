// @ts-check
/** What can be done with the selected runs, and with the table's columns: the buttons beside the filter. */
/** @import { App } from "./types.js" */
/** @import { Item } from "./menu.js" */
import { annotate, writable } from "./annotate.js";
import { openChooser } from "./chooser.js";
import { h, present } from "./dom.js";
import { plural } from "./format.js";
import { SEEDS } from "./group.js";
import { openMenu } from "./menu.js";
import { archivedIn } from "./sight.js";

/** @param {App} app @returns {Node[]} the buttons of the table */
export function tableButtons(app) {
  const { selected } = app.state;
  if (!app.data.runs.length) return [];
  const button = (/** @type {string} */ text, /** @type {string} */ label, /** @type {(event: any) => void} */ onclick) =>
    h("button", { type: "button", class: "nbt-button", text, onclick, "aria-haspopup": "dialog", "aria-label": label, title: label });
  return /** @type {Node[]} */ (
    present([
      selected.length > 0 && button("⋯", `More for ${plural(selected.length, "selected run")}`, (event) => openRunMenu(app, event.currentTarget)),
      app.data.columns.length > 5 && button("Columns", "Choose columns", (event) => openChooser(app, event.currentTarget, writable(app))),
    ])
  );
}

/** @param {App} app @param {HTMLElement} anchor */
function openRunMenu(app, anchor) {
  const { selected } = app.state;
  const back = () => /** @type {HTMLElement | undefined} */ ([...app.actions.children].find((element) => element.textContent === "⋯"))?.focus();
  openMenu(anchor, plural(selected.length, "selected run"), [...baselineItems(app), ...sightItems(app), ...storeItems(app)], back);
}

/** @param {App} app @returns {Item[]} */
function baselineItems(app) {
  const { selected, baseline } = app.state;
  const { id } = app.data.runs[selected[0]];
  return [
    ...(selected.length === 1 && baseline !== id ? [{ text: "Measure all against this run", act: () => app.set({ baseline: id }) }] : []),
    ...(baseline ? [{ text: "No baseline", act: () => app.set({ baseline: "" }) }] : []),
    { text: app.state.by === SEEDS ? "Do not group" : "Group repeated seeds", act: () => app.set({ by: app.state.by === SEEDS ? "" : SEEDS, folded: [] }) },
  ];
}

/** @param {App} app @returns {Item[]} */
function sightItems(app) {
  const { selected, hidden } = app.state;
  const gone = new Set(hidden);
  const away = selected.filter((at) => gone.has(at));
  return [
    null,
    ...(away.length < selected.length ? [{ text: "Hide here", act: () => app.set({ hidden: [...new Set([...hidden, ...selected])], selected: [], diff: [], only: false }) }] : []),
    ...(away.length ? [{ text: "Do not hide", act: () => app.set({ hidden: hidden.filter((at) => !selected.includes(at)) }) }] : []),
  ];
}

/** @param {App} app @returns {Item[]} */
function storeItems(app) {
  if (!writable(app)) return [];
  const isArchived = archivedIn(app.data);
  const value = !app.state.selected.every(isArchived);
  const change = () => {
    annotate(app, app.state.selected.map((at) => ({ do: "archive", run: app.data.runs[at].id, value })));
    if (value) app.select([]);
  };
  return [{ text: value ? "Archive" : "Take out of the archive", act: change }];
}
