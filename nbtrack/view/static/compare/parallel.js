// @ts-check
/** Parallel coordinates: a line a run, from what was set to what came of it. */
/** @import { App, Box, Column, Scale } from "./types.js" */
import { chartWidth, closest, columnOptions, describe, interactive, lineClass, plot, spread, unready } from "./chart.js";
import { choice, emptiness, h, s } from "./dom.js";
import { MISSING, cut, plural, words } from "./format.js";
import { DASHES, colouring } from "./palette.js";
import { scaleOf } from "./scale.js";

const TICK = 12;
const NAME = 18;
const HEIGHT = 330;
/** More words than this do not fit on an axis. */
const WORDS = 24;

/** @param {App} app @param {HTMLElement} panel */
export function drawParallel(app, panel) {
  const reason = unready(app);
  if (reason) return panel.replaceChildren(emptiness(...reason));
  const { rows } = app;
  const by = app.column(app.state.colour) ?? app.metric;
  const axes = parallelAxes(app);
  const colours = colouring(app, by, rows);
  const scales = axes.map((axis) => bettersUp(axis, scaleOf(axis, rows)));
  const width = Math.max(chartWidth(panel), axes.length * 104);
  const box = parallelBox(axes, scales, width);
  const xs = axes.map((_, i) =>
    axes.length > 1 ? box.left + (i * (box.right - box.left)) / (axes.length - 1) : width / 2,
  );
  const none = box.bottom + 18;
  const height = (/** @type {number} */ at, /** @type {number} */ i) => {
    const place = scales[i].place(axes[i].values[at]);
    return place === null ? none : box.bottom - place * (box.bottom - box.top);
  };
  const lines = rows
    .map((at) => ({ run: at, look: colours.look(at), ys: axes.map((_, i) => height(at, i)) }))
    .sort((a, b) => a.look.rank - b.look.rank || Number(a.look.strong) - Number(b.look.strong))
    .map((line) => ({
      ...line,
      label: () => describe(app, line.run, [by, ...axes]),
      element: s("path", {
        d: flowing(xs, line.ys, none),
        class: lineClass(app, line.look.strong),
        style: `stroke:${line.look.colour}`,
        "stroke-dasharray": app.looks.size ? DASHES[line.look.shape] : null,
      }),
    }));
  const svg = plot(
    width,
    HEIGHT,
    `Parallel coordinates of ${plural(rows.length, "run")} over ${axes.map((axis) => axis.key).join(", ")}.`,
    s("g", { class: `nbt-lines${lines.length > 300 ? " nbt-dense" : ""}` }, ...lines.map((line) => line.element)),
    ...axes.map((axis, i) => parallelAxis(axis, scales[i], xs[i], box, lines.some((line) => line.ys[i] === none))),
  );
  const controls = h(
    "div",
    { class: "nbt-controls" },
    choice("Colour", columnOptions(app), by?.id ?? "", (id) => app.set({ colour: id })),
    axesChoice(app, axes),
  );
  const open = panel.querySelector("details.nbt-axes")?.hasAttribute("open");
  const chart = interactive(app, svg, lines, (x, y) => nearestLine(xs, lines, x, y));
  panel.replaceChildren(controls, h("div", { class: "nbt-wide" }, chart), colours.legend ?? "");
  if (open) panel.querySelector("details.nbt-axes")?.setAttribute("open", "");
}

/** Room for the names above the axes and for what stands left of the first. @param {Column[]} axes @param {Scale[]} scales @param {number} width @returns {Box} */
function parallelBox(axes, scales, width) {
  const ticks = Math.max(0, ...(scales[0]?.ticks ?? []).map((tick) => Math.min(tick.text.length, TICK) * 6.6));
  const half = (/** @type {Column | undefined} */ axis) => Math.min(axis?.key.length ?? 0, NAME) * 3.7;
  return {
    left: Math.max(40, ticks + 12, half(axes[0])),
    right: width - Math.max(40, half(axes[axes.length - 1])),
    top: 46,
    bottom: HEIGHT - 34,
  };
}

/** @param {number[]} xs @param {{ys: number[]}[]} lines @param {number} x @param {number} y */
function nearestLine(xs, lines, x, y) {
  const gap = Math.min(xs.length - 2, Math.max(0, xs.findIndex((right) => right > x) - 1));
  const t = xs.length > 1 ? Math.min(1, Math.max(0, (x - xs[gap]) / (xs[gap + 1] - xs[gap]))) : 0;
  const distances = lines.map(({ ys }) => Math.abs(eased(ys[gap], ys[gap + 1] ?? ys[gap], t) - y));
  return closest(distances, 14, x, y);
}

/** @param {Column} axis @param {Scale} scale @returns {Scale} turned over where lower is better, so that up is better on every axis */
const bettersUp = (axis, scale) =>
  axis.dir !== "min"
    ? scale
    : {
        ...scale,
        place: (value) => {
          const at = scale.place(value);
          return at === null ? null : 1 - at;
        },
        ticks: scale.ticks.map((tick) => ({ ...tick, at: 1 - tick.at })),
      };

const ORDER = { params: 0, tags: 1, run: 2, metrics: 3 };

/** Params first, metrics last, so that lines flow from cause to effect. @param {App} app @returns {Column[]} */
function parallelAxes(app) {
  const able = possibleAxes(app);
  const { axes } = app.state;
  const chosen = axes ? able.filter((c) => axes.includes(c.id)) : usualAxes(able, app.rows);
  const place = (/** @type {Column} */ c) => ORDER[/** @type {keyof typeof ORDER} */ (c.space)];
  return [...chosen].sort((a, b) => place(a) - place(b));
}

/** @param {App} app @returns {Column[]} */
const possibleAxes = (app) =>
  app.data.columns.filter((c) => c.space !== "run" && c.differs && (c.numeric || c.levels.length <= WORDS));

/** Eight at most: what was chosen and really moves among these runs, and the first metrics.
 * @param {Column[]} able @param {number[]} rows @returns {Column[]} */
export function usualAxes(able, rows) {
  const seen = new Set();
  const moves = able.filter((c) => {
    const { share, steps } = spread(c, rows);
    const trace = rows.map((at) => words(c.values[at])).join("\n");
    return c.leads && steps > 1 && share > 0.3 && !seen.has(trace) && seen.add(trace);
  });
  const few = [
    ...moves.filter((c) => c.space === "params").slice(0, 5),
    ...moves.filter((c) => c.space === "metrics").slice(0, 3),
  ];
  return few.length > 1 ? few : able.slice(0, 8);
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
      h("span", { class: c.usual ? "nbt-dim" : null, text: cut(c.key, 40) + (c.usual ? " (default)" : "") }),
    );
  return h(
    "details",
    { class: "nbt-axes" },
    h("summary", { text: `Axes ${axes.length} of ${able.length}` }),
    h("div", null, ...able.map(box)),
  );
}

/** A path that leaves every axis level, so lines that cross can be told apart; nothing is drawn from missing to missing.
 * @param {number[]} xs @param {number[]} ys @param {number} none @returns {string} */
function flowing(xs, ys, none) {
  const parts = [`M${xs[0].toFixed(1)} ${ys[0].toFixed(1)}`];
  for (let i = 1; i < xs.length; i++) {
    const bend = (xs[i] - xs[i - 1]) * 0.4;
    if (ys[i] === none && ys[i - 1] === none) parts.push(`M${xs[i].toFixed(1)} ${none.toFixed(1)}`);
    else
      parts.push(
        `C${(xs[i - 1] + bend).toFixed(1)} ${ys[i - 1].toFixed(1)} ${(xs[i] - bend).toFixed(1)} ${ys[i].toFixed(1)} ${xs[i].toFixed(1)} ${ys[i].toFixed(1)}`,
      );
  }
  return parts.join("");
}

/** @param {number} a @param {number} b @param {number} t @returns {number} about the height of that path between two axes */
const eased = (a, b, t) => a + (b - a) * t * t * (3 - 2 * t);

/** @param {Column} axis @param {Scale} scale @param {number} x @param {{top: number, bottom: number}} box @param {boolean} missing @returns {SVGElement} */
function parallelAxis(axis, scale, x, box, missing) {
  const better = axis.dir ? "▲ better" : scale.kind === "log" ? "log" : "";
  const shown =
    scale.ticks.length > 12 ? scale.ticks.filter((_, i) => i % Math.ceil(scale.ticks.length / 12) === 0) : scale.ticks;
  return s(
    "g",
    { transform: `translate(${x.toFixed(1)} 0)` },
    s("line", { class: "nbt-axis", y1: box.top, y2: box.bottom }),
    s(
      "text",
      { class: "nbt-axis-name", y: box.top - 24, "text-anchor": "middle" },
      s("title", { text: axis.key }),
      cut(axis.key, NAME),
    ),
    s("text", { class: "nbt-axis-note", y: box.top - 11, "text-anchor": "middle", text: better }),
    ...shown.flatMap((tick) => {
      const y = box.bottom - tick.at * (box.bottom - box.top);
      return [
        s("line", { class: "nbt-axis", x1: -3, x2: 3, y1: y, y2: y }),
        s("text", { class: "nbt-tick nbt-halo", x: -6, y: y + 3.5, "text-anchor": "end", text: cut(tick.text, TICK) }),
      ];
    }),
    missing &&
      s("text", { class: "nbt-tick nbt-halo", x: -6, y: box.bottom + 21.5, "text-anchor": "end", text: MISSING }),
  );
}
