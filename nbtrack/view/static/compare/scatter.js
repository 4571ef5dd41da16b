// @ts-check
/** Scatter: one value over another, a mark a run. */
/** @import { App, Column } from "./types.js" */
import {
  across,
  betterHint,
  chartWidth,
  closest,
  colourChoice,
  colourColumn,
  columnOptions,
  describe,
  frameOf,
  interactive,
  plot,
  spread,
  unready,
  upward,
} from "./chart.js";
import { choice, emptiness, h, s } from "./dom.js";
import { plural } from "./format.js";
import { SHAPES, colouring } from "./palette.js";
import { scaleOf } from "./scale.js";

/** @param {App} app @param {HTMLElement} panel */
export function drawScatter(app, panel) {
  const reason = unready(app);
  if (reason) return panel.replaceChildren(emptiness(...reason));
  const [xc, yc] = scatterAxes(app);
  const rows = app.rows.filter((at) => xc.values[at] !== null && typeof yc.values[at] === "number");
  const by = colourColumn(app);
  const controls = h(
    "div",
    { class: "nbt-controls" },
    choice("x", columnOptions(app), xc.id, (x) => app.set({ x })),
    choice(
      "y",
      columnOptions(app, (c) => c.numeric),
      yc.id,
      (y) => app.set({ y }),
    ),
    colourChoice(app, by),
  );
  if (!rows.length)
    return panel.replaceChildren(controls, emptiness("Nothing to draw", "No run that matches has both values."));
  const width = chartWidth(panel),
    height = Math.min(400, Math.max(280, width * 0.5));
  const [sx, sy] = [scaleOf(xc, rows), scaleOf(yc, rows)];
  const box = { left: 62, right: width - 18, top: 14, bottom: height - 44 };
  const colours = colouring(app, by, rows);
  const marks = rows
    .map((at) => {
      const look = colours.look(at);
      const x = across(box, sx, xc.values[at]) + (sx.kind === "words" ? (((at * 0.618) % 1) - 0.5) * 26 : 0),
        y = upward(box, sy, yc.values[at]);
      return {
        run: at,
        x,
        y,
        look,
        label: () => describe(app, at, [xc, yc, by]),
        element: s("path", {
          d: SHAPES[look.shape],
          transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
          class: look.strong ? "nbt-dot" : "nbt-dot nbt-back",
          style: `fill:${look.colour}`,
        }),
      };
    })
    .sort((a, b) => a.look.rank - b.look.rank);
  const svg = plot(
    width,
    height,
    `Scatter of ${yc.key} over ${xc.key}, ${plural(rows.length, "run")}.`,
    frameOf(box, sx, sy, xc.key, yc.key + betterHint(yc)),
    s("g", null, ...marks.map((mark) => mark.element)),
  );
  const nearest = (/** @type {number} */ x, /** @type {number} */ y) =>
    closest(
      marks.map((mark) => Math.hypot(mark.x - x, mark.y - y)),
      18,
      x,
      y,
    );
  const hidden = app.rows.length - rows.length;
  const note = hidden && h("div", { class: "nbt-note", text: `${plural(hidden, "run")} without both values not drawn` });
  panel.replaceChildren(controls, interactive(app, svg, marks, nearest), colours.legend ?? "", note || "");
}

/** What was chosen, else the metric over the first param that spreads it out, else over a second metric, best one that
 * is a cost rather than another score.
 * @param {App} app @returns {[Column, Column]} */
function scatterAxes(app) {
  const metric = /** @type {Column} */ (app.metric);
  const y = app.column(app.state.y) ?? metric;
  const able = app.data.columns.filter((c) => c.leads && c.differs && c !== y && c.space !== "run");
  const wanted = Math.min(3, app.rows.length);
  const full = able.filter((c) => {
    const { share, steps } = spread(c, app.rows);
    return share > 0.75 && steps >= wanted;
  });
  const x =
    app.column(app.state.x) ??
    full.find((c) => c.space === "params" && c.numeric) ??
    full.find((c) => c.space === "metrics" && c.numeric && !c.dir) ??
    full.find((c) => c.space === "metrics" && c.numeric) ??
    full.find((c) => c.numeric) ??
    able[0] ??
    app.column("run.started") ??
    metric;
  return [x, y];
}
