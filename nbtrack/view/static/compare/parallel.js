// @ts-check
/** Parallel coordinates: a line a run, from what was set to what came of it, and stretches of axes to pass. */
/** @import { App, Box, Brush, Column, Scale } from "./types.js" */
import { widthOf } from "./axes.js";
import { filterText, passing, shortForms } from "./brush.js";
import { around, chartOf, present, select } from "./chart.js";
import { button, chartWidth, colourChoice, columnOptions, spread, unready } from "./charted.js";
import { emptiness, h } from "./dom.js";
import { filtered } from "./filter.js";
import { cut, plural, words } from "./format.js";
import { parallelModel } from "./parallelchart.js";
import { colouring } from "./palette.js";
import { saveButton } from "./picture.js";
import { scaleOf, turned } from "./scale.js";

/** @typedef {{column: Column, scale: Scale, x: number, flipped: boolean, room: number}} Axis */

const HEIGHT = 340;
/** The narrowest that axes may stand. */
const APART = 108;
/** More words than this do not fit on an axis. */
const WORDS = 24;

/** @param {App} app @param {HTMLElement} panel */
export function drawParallel(app, panel) {
  const why = unready(app);
  if (why) return panel.replaceChildren(emptiness(...why));
  const { rows, state } = app;
  const by = app.column(state.colour) ?? app.metric;
  const columns = parallelAxes(app);
  const controls = () => controlsOf(app, panel, by, columns);
  const sign = ["parallel", by?.id, columns.map((c) => c.id), state.flip, columnOptions(app), possibleAxes(app).map((c) => c.id)];
  if (columns.length < 2) return present(panel, sign, controls, emptiness("Too few axes", "Choose two at least under Axes; columns in which all runs agree cannot be one."));
  const width = Math.max(chartWidth(panel), columns.length * APART);
  const { axes, box } = axesOf(app, columns, rows, width);
  const colours = colouring(app, by, rows);
  const brushes = Object.fromEntries(Object.entries(state.brush).filter(([id]) => columns.some((c) => c.id === id)));
  const pass = new Set(passing(brushes, (id) => app.column(id), rows));
  const marked = Object.keys(brushes).length > 0;
  const redraw = () => drawParallel(app, panel);
  const model = parallelModel(app, axes, box, { width, height: HEIGHT, by, look: colours.look, passes: (at) => pass.has(at), brushes, redraw });
  const wide = around(panel, "nbt-wide", [chartOf(app, "parallel").draw(model)]);
  present(panel, sign, controls, wide, h("div", { class: "nbt-brushed" }, ...(marked ? passed(app, brushes, [...pass]) : [h("span", { class: "nbt-dim", text: "Drag along an axis to keep only the runs that pass there; drag its name to move it, click the name to turn it over." })])), colours.legend);
}

/** @param {App} app @param {HTMLElement} panel @param {Column | undefined} by @param {Column[]} columns */
const controlsOf = (app, panel, by, columns) =>
  h(
    "div",
    { class: "nbt-controls" },
    colourChoice(app, by?.id ?? ""),
    axesChoice(app, columns),
    (app.state.axes || app.state.flip.length > 0) && button("Reset axes", () => app.set({ axes: null, flip: [] })),
    saveButton(app, panel, "parallel coordinates"),
  );

/** The filter that keeps the runs that pass: of what stands there and the brushes together, where they can be joined.
 * @param {App} app @param {Record<string, Brush>} brushes @returns {string} */
function narrowed(app, brushes) {
  const { filter } = app.state;
  const column = (/** @type {string} */ id) => app.column(id);
  const alone = filterText(brushes, column);
  const able = filter.trim() ? [`(${filter}) and ${alone}`, `${filter} ${shortForms(brushes, column)}`] : [];
  return able.find((text) => !filtered(text, app.data).problem) ?? alone;
}

/** How many runs pass, and what can be done with them. @param {App} app @param {Record<string, Brush>} brushes @param {number[]} pass @returns {Node[]} */
function passed(app, brushes, pass) {
  const filter = () => {
    const text = narrowed(app, brushes);
    app.input.value = text;
    app.set({ filter: text, brush: {} });
  };
  return [
    h("span", { role: "status", text: `${pass.length} of ${plural(app.rows.length, "run")} pass` }),
    button("Use as filter", filter),
    button("Select them", () => select(app, pass)),
    button("Clear the axes", () => app.set({ brush: {} })),
  ];
}

/** @param {App} app @param {Column[]} columns @param {number[]} rows @param {number} width @returns {{axes: Axis[], box: Box}} */
function axesOf(app, columns, rows, width) {
  const scales = columns.map((column) => {
    const scale = scaleOf(column, rows);
    const flipped = (column.dir === "min") !== app.state.flip.includes(column.id);
    return { scale: flipped ? turned(scale) : scale, flipped };
  });
  const ticks = Math.max(0, ...scales[0].scale.ticks.map((tick) => Math.min(90, widthOf(tick.text))));
  const room = width / columns.length - 12;
  const half = (/** @type {Column | undefined} */ c) => Math.min(room, widthOf(c?.key ?? "", 12.5)) / 2;
  const box = { left: Math.max(34, ticks + 14, half(columns[0])), right: width - Math.max(30, half(columns[columns.length - 1])), top: 48, bottom: HEIGHT - 34 };
  const gap = (box.right - box.left) / (columns.length - 1);
  return { box, axes: columns.map((column, i) => ({ column, ...scales[i], x: box.left + i * gap, room: Math.min(room, gap - 12) })) };
}

const ORDER = { params: 0, tags: 1, about: 2, run: 3, metrics: 4 };

/** Params first, metrics last, so that lines flow from cause to effect, or as a person put them. @param {App} app @returns {Column[]} */
function parallelAxes(app) {
  const able = possibleAxes(app);
  const { axes } = app.state;
  if (axes) return axes.flatMap((id) => able.find((c) => c.id === id) ?? []);
  const place = (/** @type {Column} */ c) => ORDER[/** @type {keyof typeof ORDER} */ (c.space)];
  return usualAxes(able, app.rows).sort((a, b) => place(a) - place(b));
}

/** @param {App} app @returns {Column[]} */
const possibleAxes = (app) =>
  app.data.columns.filter((c) => c.differs && (c.numeric || (c.space !== "run" && c.levels.length <= WORDS)));

/** Eight at most: what was chosen and really moves among these runs, seeds aside, and the first metrics. Of columns that
 * say the same in other brackets, `64` and `(64,)`, the first is enough.
 * @param {Column[]} able @param {number[]} rows @returns {Column[]} */
export function usualAxes(able, rows) {
  const seen = new Set();
  const moves = able.filter((c) => {
    const { share, steps } = spread(c, rows);
    const trace = rows.map((at) => words(c.values[at]).replace(/^[[(]|,?[\])]$/g, "")).join("\n");
    return c.leads && c.space !== "run" && !c.seed && steps > 1 && share > 0.3 && !seen.has(trace) && seen.add(trace);
  });
  const few = [
    ...moves.filter((c) => c.space === "params").slice(0, 5),
    ...moves.filter((c) => c.space === "metrics").slice(0, 3),
  ];
  return few.length > 1 ? few : able.filter((c) => c.space !== "run" && !c.seed && c.space !== "about").slice(0, 8);
}

/** @param {App} app @param {Column[]} axes @returns {HTMLElement} */
function axesChoice(app, axes) {
  const now = axes.map((axis) => axis.id);
  const able = possibleAxes(app);
  const box = (/** @type {Column} */ c) =>
    h(
      "label",
      null,
      h("input", {
        type: "checkbox",
        checked: now.includes(c.id),
        onchange: (event) => app.set({ axes: event.target.checked ? [...now, c.id] : now.filter((id) => id !== c.id) }),
      }),
      h("span", { class: c.leads ? null : "nbt-dim", text: cut(c.key, 40) + (c.usual ? " (default)" : "") }),
    );
  return h(
    "details",
    { class: "nbt-axes" },
    h("summary", { text: `Axes ${axes.length} of ${able.length}` }),
    h("div", null, ...able.map(box)),
  );
}
