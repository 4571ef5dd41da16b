// @ts-check
/** What every chart asks of the comparison: which columns there are to choose, what a run is called, why nothing is drawn. */
/** @import { App, Column, Look } from "./types.js" */
import { choice, h } from "./dom.js";
import { cut, words } from "./format.js";
import { swatch } from "./palette.js";

const ONES = { metrics: "metric", params: "param", tags: "tag", run: "run", about: "about" };

/** @param {App} app @param {(c: Column) => boolean} [fits] @returns {[string, string][]} */
export const columnOptions = (app, fits = () => true) =>
  app.data.columns
    .filter((c) => c.differs && fits(c))
    .map((c) => [c.id, c.space === "metrics" ? c.key : `${c.key} (${ONES[/** @type {keyof typeof ONES} */ (c.space)] ?? c.space})`]);

/** @param {App} app @param {string} chosen @param {[string, string][]} [more] @returns {HTMLElement} */
export const colourChoice = (app, chosen, more = []) =>
  choice("Colour", [...more, ...columnOptions(app)], chosen, (colour) => app.set({ colour }));

/** A box to tick. @param {string} text @param {boolean} checked @param {(checked: boolean) => void} change @param {boolean} [disabled] @returns {HTMLElement} */
export const tick = (text, checked, change, disabled = false) =>
  h(
    "label",
    { class: "nbt-choice" },
    h("input", { type: "checkbox", checked, disabled, onchange: (event) => change(event.target.checked) }),
    h("span", { text }),
  );

/** @param {string} text @param {() => void} onclick @param {Record<string, string>} [more] @returns {HTMLElement} */
export const button = (text, onclick, more = {}) => h("button", { type: "button", class: "nbt-button", text, onclick, ...more });

/** Runs that a tooltip of a chart this wide tells of. @param {number} width @returns {number} */
export const tellable = (width) => (width < 420 ? 3 : 6);

/** What a tooltip says: a head, and lines of a name and a value. @param {string} head @param {{look?: Look, name: string, value: string, strong?: boolean}[]} lines @returns {Node[]} */
export const told = (head, lines) => [
  h("strong", { text: head }),
  ...lines.map(({ look, name, value, strong }) =>
    h(
      "div",
      { class: strong ? "nbt-read nbt-strong" : "nbt-read" },
      look && swatch(look),
      h("span", { text: cut(name, 40) }),
      h("b", { text: cut(value, 60) }),
    ),
  ),
];

/** @param {App} _ @param {number} at @param {(Column | undefined)[]} columns @returns {{name: string, value: string}[]} what a run has in these columns */
export const valuesOf = (_, at, columns) =>
  [...new Set(columns)].flatMap((c) => (c && c.values[at] !== null ? [{ name: c.key, value: c.texts[at] }] : []));

/** @param {App} app @param {number} at @returns {string} */
export const titleOf = (app, at) => `${cut(app.data.runs[at].name, 60)}  ${app.data.runs[at].short}`;

/** @param {string} head @param {{name: string, value: string}[]} lines @returns {string} the same for screen readers */
export const spoken = (head, lines) => [head, ...lines.map(({ name, value }) => `${name} ${value}`)].join(", ");

/** @param {HTMLElement} panel @returns {number} */
export const chartWidth = (panel) => Math.max(240, Math.floor(panel.clientWidth || 640));

/** @param {App} app @returns {[string, string] | null} why a chart cannot be drawn */
export function unready(app) {
  if (app.data.runs.length < 2) return ["One run so far", "A chart needs a second run to compare it with."];
  if (!app.metric)
    return [
      "No metrics yet",
      "None of these runs has a number to draw. The table and the diff still compare their params and cells.",
    ];
  return app.rows.length ? null : ["No run matches this filter", "Shorten the filter, or press Escape in it."];
}

/** How much of a column there is to draw among some runs.
 * @param {Column} column @param {number[]} rows @returns {{share: number, steps: number}} the share of runs that have a value, and how many different ones */
export function spread(column, rows) {
  const present = rows.map((at) => column.values[at]).filter((value) => value !== null);
  return { share: present.length / Math.max(1, rows.length), steps: new Set(present.map(words)).size };
}

/** @param {{dir: import("./types.js").Direction}} c */
export const betterHint = (c) => (c.dir === "max" ? " ▲ better" : c.dir === "min" ? " ▼ better" : "");

/** The place of the smallest distance within a limit; of equal ones the last, which is drawn on top. @param {ArrayLike<number>} distances @param {number} limit @returns {number} -1 for none */
export function closest(distances, limit) {
  let at = -1;
  for (let i = 0; i < distances.length; i++)
    if (distances[i] <= limit && (at < 0 || distances[i] <= distances[at])) at = i;
  return at;
}
