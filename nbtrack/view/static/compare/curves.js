// @ts-check
/** Curves: metrics that were logged in steps, a line a run. */
/** @import { App, Box, Column, Curve, Look, Scale, Series } from "./types.js" */
import {
  across,
  betterHint,
  chartWidth,
  closest,
  colourChoice,
  colourColumn,
  describe,
  frameOf,
  interactive,
  lineClass,
  plot,
  spread,
  upward,
} from "./chart.js";
import { choice, emptiness, h, s } from "./dom.js";
import { cut, extremes, plural } from "./format.js";
import { DASHES, SHAPES, colouring } from "./palette.js";
import { numberScale } from "./scale.js";

/** @param {App} app @param {HTMLElement} panel */
export function drawCurves(app, panel) {
  const { curves } = app.data;
  const curve = curves.find((c) => c.metric === app.state.curve) ?? curves[0];
  const rows = new Set(app.rows);
  const series = curve.series.filter((one) => rows.has(one.run));
  const [low, high] = extremes(series.flatMap((one) => one.values));
  const log = low > 0 && (app.state.log ?? high / low > 100);
  const toggle = h(
    "label",
    { class: "nbt-choice" },
    h("input", {
      type: "checkbox",
      checked: log,
      disabled: low <= 0,
      onchange: (event) => app.set({ log: event.target.checked }),
    }),
    h("span", { text: "log scale" }),
  );
  const runs = series.map((one) => one.run);
  const by = app.state.colour ? colourColumn(app) : runs.length <= 8 ? undefined : varying(app, runs);
  const controls = h(
    "div",
    { class: "nbt-controls" },
    choice(
      "Metric",
      curves.map((c) => [c.metric, c.metric]),
      curve.metric,
      (metric) => app.set({ curve: metric, log: null }),
    ),
    colourChoice(app, by),
    toggle,
  );
  if (!series.length)
    return panel.replaceChildren(
      controls,
      emptiness("Nothing to draw", "No run that matches logged this metric in steps."),
    );
  const { holder, key } = curveChart(app, panel, curve, series, numberScale(low, high, log), by);
  const omitted = app.data.omitted.curves;
  const note = omitted && `${plural(omitted, "more curve")} left out to keep this output small`;
  panel.replaceChildren(controls, holder, key ?? "", note ? h("div", { class: "nbt-note", text: note }) : "");
}

/** @param {App} app @param {HTMLElement} panel @param {Curve} curve @param {Series[]} series @param {Scale} sy @param {Column | undefined} by */
function curveChart(app, panel, curve, series, sy, by) {
  const width = chartWidth(panel),
    height = Math.min(400, Math.max(280, width * 0.45));
  const few = series.length <= 8;
  const named = width > 560 && (few || (app.looks.size ?? 0) > 0);
  const box = { left: 62, right: width - (named ? 132 : 18), top: 14, bottom: height - 44 };
  const ends = series.flatMap(({ steps }) => [steps[0], steps[steps.length - 1]]);
  const sx = numberScale(...extremes(ends), false);
  const colours = colouring(
    app,
    by,
    series.map((one) => one.run),
  );
  const marks = series
    .map((one) => {
      const look = colours.look(one.run);
      const points = one.steps.map((step, i) => [across(box, sx, step), upward(box, sy, one.values[i])]);
      const d = points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
      const dash = app.looks.size || !by ? DASHES[look.shape] : "";
      return {
        run: one.run,
        look,
        points,
        series: one,
        label: () => describe(app, one.run, [by, app.column(`metrics.${curve.metric}`)]),
        element: s("path", {
          d,
          class: `${lineClass(app, look.strong)} nbt-curve`,
          style: `stroke:${look.colour}`,
          "stroke-dasharray": dash,
        }),
      };
    })
    .sort((a, b) => a.look.rank - b.look.rank);
  const names = named ? endLabels(app, marks.filter((mark) => mark.look.strong).slice(-8), box) : [];
  const svg = plot(
    width,
    height,
    `Curves of ${curve.metric} over steps, ${plural(series.length, "run")}.`,
    frameOf(
      box,
      sx,
      sy,
      "step",
      curve.metric + betterHint(curve),
    ),
    s("g", { class: series.length > 60 ? "nbt-lines nbt-dense" : "nbt-lines" }, ...marks.map((mark) => mark.element)),
    ...names,
  );
  const nearest = (/** @type {number} */ x, /** @type {number} */ y) =>
    closest(marks.map(({ points }) => heightAt(points, x) - y).map(Math.abs), 16, x, y);
  return { holder: interactive(app, svg, marks, nearest), key: few && !by && named ? null : colours.legend };
}

/** @param {App} app @param {number[]} runs @returns {Column | undefined} the column that tells these runs apart */
function varying(app, runs) {
  const differs = (/** @type {Column} */ c) => c.space === "params" && spread(c, runs).steps > 1;
  const { group } = app;
  return group && differs(group) ? group : (app.data.columns.find(differs) ?? app.metric);
}

/** @param {number[][]} points @param {number} x @returns {number} */
function heightAt(points, x) {
  if (x < points[0][0] - 8 || x > points[points.length - 1][0] + 8) return Infinity;
  const after = Math.max(
    1,
    points.findIndex((point) => point[0] >= x),
  );
  const [[x0, y0], [x1, y1]] = [points[after - 1], points[after] ?? points[after - 1]];
  return x1 > x0 ? y0 + ((y1 - y0) * (x - x0)) / (x1 - x0) : y1;
}

/** @param {App} app @param {{run: number, look: Look, points: number[][]}[]} marks @param {Box} box @returns {SVGElement[]} names at the lines' ends, moved apart where they would meet */
function endLabels(app, marks, box) {
  const labels = marks.map((mark) => ({ mark, y: mark.points[mark.points.length - 1][1] })).sort((a, b) => a.y - b.y);
  labels.forEach((label, i) => {
    if (i) label.y = Math.max(label.y, labels[i - 1].y + 14);
  });
  const over = Math.max(0, (labels[labels.length - 1]?.y ?? 0) - box.bottom);
  return labels.map(({ mark, y }) =>
    s(
      "g",
      { transform: `translate(${box.right + 4} ${(y - over).toFixed(1)})` },
      s("path", {
        d: SHAPES[mark.look.shape],
        style: `fill:${mark.look.colour}`,
        transform: "translate(4 0) scale(.8)",
      }),
      s("text", { class: "nbt-tick nbt-end", x: 13, y: 4, text: cut(app.data.runs[mark.run].name, 16) }),
    ),
  );
}
