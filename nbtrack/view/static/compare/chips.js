// @ts-check
/** What is special about the table just now - grouped, measured against a baseline, runs out of sight - each with the button that ends it. */
/** @import { App } from "./types.js" */
import { h } from "./dom.js";
import { cut } from "./format.js";
import { SEEDS, grouped } from "./group.js";
import { outOfSight } from "./sight.js";

/** @typedef {{name: string, text: string, act: () => void, pressed?: boolean}} Chip */

/** Write the chips into their row; they keep the focus. @param {App} app @param {HTMLElement} row */
export function chips(app, row) {
  const wanted = [...groupChips(app), ...sortChips(app), ...baselineChips(app), ...sightChips(app)];
  const focused = row.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.name : "";
  const before = [...row.children].map((element) => element.textContent).join("\n");
  row.hidden = !wanted.length;
  if (wanted.map((chip) => chip.text).join("\n") === before) return;
  row.replaceChildren(...wanted.map(chipButton));
  if (focused) (/** @type {HTMLElement | null} */ (row.querySelector(`[data-name="${focused}"]`) ?? app.input))?.focus();
}

/** @param {Chip} chip @returns {HTMLElement} */
const chipButton = ({ name, text, act, pressed }) =>
  h("button", { type: "button", class: "nbt-chip", "data-name": name, text, onclick: act, "aria-pressed": pressed === undefined ? null : String(pressed) });

/** @param {App} app @returns {Chip[]} */
function groupChips(app) {
  const { by, folded, sort } = app.state;
  const name = by === SEEDS ? "all but the seed" : app.column(by)?.key;
  if (!by || !name) return [];
  const keys = grouped(app.rows, app.data, { by, folded: [], sort }).flatMap((line) => (typeof line === "number" ? [] : [line.key]));
  const close = folded.length < keys.length;
  return [
    { name: "by", text: `Grouped by ${cut(name, 40)} ✕`, act: () => app.set({ by: "", folded: [] }) },
    { name: "fold", text: close ? "Close all groups" : "Open all groups", act: () => app.set({ folded: close ? keys : [] }) },
  ];
}

/** @param {App} app @returns {Chip[]} */
function sortChips(app) {
  const { sort } = app.state;
  if (sort.length < 2) return [];
  const names = sort.map(({ id, down }) => `${cut(app.column(id)?.key ?? "run", 24)} ${down ? "▼" : "▲"}`);
  return [{ name: "sort", text: `Sorted by ${names.join(", then ")} ✕`, act: () => app.set({ sort: [] }) }];
}

/** @param {App} app @returns {Chip[]} */
function baselineChips(app) {
  const run = app.data.runs.find((own) => own.id === app.state.baseline);
  return run ? [{ name: "baseline", text: `Baseline ${cut(run.name, 30)}${app.data.runs.some((own) => own !== run && own.name === run.name) ? ` ${run.short}` : ""} ✕`, act: () => app.set({ baseline: "" }) }] : [];
}

/** @param {App} app @returns {Chip[]} */
function sightChips(app) {
  const { unhidden, archived } = app.state;
  const away = outOfSight(app);
  return [
    ...(away.hidden ? [{ name: "hidden", text: `${unhidden ? "Hide" : "Show"} ${away.hidden} hidden`, act: () => app.set({ unhidden: !unhidden }), pressed: unhidden }] : []),
    ...(unhidden && away.hidden ? [{ name: "unhide", text: "Hide none", act: () => app.set({ hidden: [], unhidden: false }) }] : []),
    ...(away.archived ? [{ name: "archived", text: `${archived ? "Hide" : "Show"} ${away.archived} archived`, act: () => app.set({ archived: !archived }), pressed: archived }] : []),
  ];
}
