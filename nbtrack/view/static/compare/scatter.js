// @ts-check
/** Scatter: one value over another, a mark a run, and the front of two metrics. */
/** @import { App, Box, Column, Hit, Look, Model, Scale } from "./types.js" */
import { across, frameOf, roomLeft, upward } from "./axes.js";
import { chartOf, present, select } from "./chart.js";
import { betterHint, button, chartWidth, closest, colourChoice, columnOptions, spoken, spread, tick, titleOf, told, unready, valuesOf } from "./charted.js";
import { choice, emptiness, h, s } from "./dom.js";
import { cut, plural } from "./format.js";
import { SHAPES, colouring, swatch } from "./palette.js";
import { betterOf, paretoFront } from "./pareto.js";
import { saveButton } from "./picture.js";
import { scaleOf } from "./scale.js";

/** Marks that are drawn one by one; more are joined to a path a colour and shape. */
const FEW = 400;
/** More marks than this lie over each other: they let each other show through. */
const MANY = 500;
/** Runs of a front that are listed. */
const LISTED = 20;

/** @typedef {{run: number, x: number, y: number, look: Look & {strong: boolean, rank: number}}} Dot */

/** @param {App} app @param {HTMLElement} panel */
export function drawScatter(app, panel) {
  const why = unready(app);
  if (why) return panel.replaceChildren(emptiness(...why));
  const { state } = app;
  const [xc, yc] = scatterAxes(app);
  const both = app.rows.filter((at) => xc.values[at] !== null && yc.values[at] !== null);
  const [sx, sy] = [scaleOf(xc, both, state.logs.x), scaleOf(yc, both, state.logs.y)];
  const rows = both.filter((at) => sx.place(xc.values[at]) !== null && sy.place(yc.values[at]) !== null);
  const by = state.colour === "run" ? undefined : (app.column(state.colour) ?? app.group ?? app.metric);
  const front = paretoFront(rows.map((run) => ({ run, x: xc.order[run], y: yc.order[run] })), betterOf(xc), betterOf(yc));
  const able = xc !== yc && front.length > 0;
  const controls = () => controlsOf(app, panel, xc, yc, sx, sy, able);
  const sign = ["scatter", xc.id, yc.id, by?.id, sx.kind, sy.kind, able, state.front, columnOptions(app)];
  if (!rows.length) return present(panel, sign, controls, emptiness("Nothing to draw", "No run that is shown has both values. Choose another x or y, or widen the filter."));
  const colours = colouring(app, by, rows);
  const drawn = able && state.front ? front : [];
  const model = scatterModel(app, panel, [xc, yc], [sx, sy], rows, drawn, by, colours.look);
  const missing = app.rows.length - rows.length;
  const note = missing && `${plural(missing, "run")} not drawn: without both values${[sx, sy].some((scale) => scale.kind === "log") ? ", or not above zero on a log axis" : ""}`;
  present(panel, sign, controls, chartOf(app, "scatter").draw(model), colours.legend, drawn.length > 0 && frontList(app, drawn, xc, yc, colours.look), note ? h("div", { class: "nbt-note", text: note }) : null);
}

/** @param {App} app @param {HTMLElement} panel @param {Column} xc @param {Column} yc @param {Scale} sx @param {Scale} sy @param {boolean} able whether there is a front */
function controlsOf(app, panel, xc, yc, sx, sy, able) {
  const { state } = app;
  const log = (/** @type {"x" | "y"} */ name, /** @type {Column} */ c, /** @type {Scale} */ scale) =>
    tick(`log ${name}`, scale.kind === "log", (on) => app.set({ logs: { ...state.logs, [name]: on } }), !c.numeric || c.high <= 0 || scale.kind === "clock");
  return h(
    "div",
    { class: "nbt-controls" },
    choice("x", columnOptions(app), xc.id, (x) => app.set({ x, logs: { ...state.logs, x: null } })),
    log("x", xc, sx),
    choice("y", columnOptions(app), yc.id, (y) => app.set({ y, logs: { ...state.logs, y: null } })),
    log("y", yc, sy),
    colourChoice(app, state.colour === "run" ? "run" : ((app.column(state.colour) ?? app.group ?? app.metric)?.id ?? "run"), [["run", "each run"]]),
    able && tick("Pareto front", state.front, (front) => app.set({ front })),
    saveButton(app, panel, `${yc.key} over ${xc.key}`),
  );
}

/** @param {App} app @param {HTMLElement} panel @param {[Column, Column]} columns @param {[Scale, Scale]} scales @param {number[]} rows @param {number[]} front @param {Column | undefined} by @param {(run: number) => Dot["look"]} look @returns {Model} */
function scatterModel(app, panel, [xc, yc], [sx, sy], rows, front, by, look) {
  const width = chartWidth(panel),
    height = Math.min(440, Math.max(280, width * 0.5));
  const box = { left: roomLeft(sy, width / 4), right: width - 18, top: 14, bottom: height - 44 };
  const apart = (/** @type {number} */ at, /** @type {Scale} */ scale, /** @type {number} */ turn) => (scale.kind === "words" ? (((at * turn) % 1) - 0.5) * 24 : 0);
  const dots = rows
    .map((run) => ({
      run,
      look: look(run),
      x: across(box, sx, xc.values[run]) + apart(run, sx, 0.618),
      y: upward(box, sy, yc.values[run]) + apart(run, sy, 0.414) * 0.6,
    }))
    .sort((a, b) => Number(a.look.strong) - Number(b.look.strong) || a.look.rank - b.look.rank);
  const place = new Map(dots.map((dot) => [dot.run, dot]));
  return {
    width,
    height,
    label: `Scatter of ${yc.key} over ${xc.key}, ${plural(rows.length, "run")}. Arrow keys walk the runs, Space selects one.`,
    nodes: [
      frameOf(box, sx, sy, xc.key + sideHint(xc), yc.key + (betterHint({ dir: betterOf(yc) }))),
      frontLine(front.flatMap((run) => place.get(run) ?? [])),
      s("g", { class: dots.length > MANY ? "nbt-lines nbt-crowd" : "nbt-lines" }, ...dotPaths(dots)),
      ...dots.filter((dot) => app.looks.has(dot.run)).map((dot) => s("circle", { class: "nbt-ring", cx: round(dot.x), cy: round(dot.y), r: 8 })),
    ],
    runOf: (hit) => [dots[hit.at].run],
    ...reading(app, dots, [xc, yc, by]),
    ...picking(app, dots, box),
  };
}

const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;
const sideHint = (/** @type {Column} */ c) => ({ max: " ▶ better", min: " ◀ better", no: "" })[betterOf(c) ?? "no"];

/** @param {Dot} dot @returns {string} */
const dotPath = ({ x, y, look }) => `M${round(x)} ${round(y)}${SHAPES[look.shape]}`;

/** @param {Dot[]} dots @returns {SVGElement[]} */
function dotPaths(dots) {
  const path = (/** @type {Dot["look"]} */ look, /** @type {string} */ d) =>
    s("path", { d, class: look.strong ? "nbt-dot" : "nbt-dot nbt-back", style: `fill:${look.colour}` });
  if (dots.length <= FEW) return dots.map((dot) => path(dot.look, dotPath(dot)));
  /** @type {Map<string, {look: Dot["look"], parts: string[]}>} */
  const alike = new Map();
  for (const dot of dots) {
    const key = `${dot.look.strong} ${dot.look.colour} ${dot.look.shape}`;
    const group = alike.get(key) ?? { look: dot.look, parts: [] };
    alike.set(key, group);
    group.parts.push(dotPath(dot));
  }
  return [...alike.values()].map(({ look, parts }) => path(look, parts.join("")));
}

/** Steps from run to run: what lies beyond them nobody has reached. @param {Dot[]} dots @returns {SVGElement} */
const frontLine = (dots) =>
  s("path", { class: "nbt-pareto", d: dots.map(({ x, y }, i) => (i ? `V${round(y)}H${round(x)}` : `M${round(x)} ${round(y)}`)).join("").replace(/V([\d.]+)H([\d.]+)/g, "H$2V$1") });

/** @param {App} app @param {Dot[]} dots @param {(Column | undefined)[]} columns @returns {Pick<Model, "nearest" | "walk" | "heat">} */
function reading(app, dots, columns) {
  const id = (/** @type {number} */ n) => app.data.runs[dots[n].run].id;
  const at = (/** @type {number} */ n) => ({ at: n, id: id(n), x: dots[n].x, y: dots[n].y });
  return {
    nearest: (x, y) => {
      const n = closest(dots.map((dot) => Math.hypot(dot.x - x, dot.y - y)), 18);
      return n < 0 ? null : { at: n, id: id(n), x, y };
    },
    walk: (hit, key) => {
      const found = hit ? dots.findIndex((_, n) => id(n) === hit.id) : -1;
      if (key === "") return found < 0 ? null : at(found);
      const move = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -Infinity, End: Infinity }[key];
      if (!move || !dots.length) return null;
      const side = /Up|Down/.test(key);
      const order = dots.map((_, n) => n).sort((a, b) => (side ? dots[b].y - dots[a].y : dots[a].x - dots[b].x) || a - b);
      const next = found < 0 ? (move > 0 ? 0 : order.length - 1) : order.indexOf(found) + move;
      return at(order[Math.abs(move) > 1 ? (move > 0 ? order.length - 1 : 0) : (next + order.length) % order.length]);
    },
    heat: (/** @type {Hit} */ hit) => {
      const dot = dots[hit.at];
      const [head, lines] = [titleOf(app, dot.run), valuesOf(app, dot.run, columns)];
      return { nodes: [s("path", { class: "nbt-dot nbt-hot", d: dotPath(dot), style: `fill:${dot.look.colour}` })], tip: told(head, lines), say: spoken(head, lines) };
    },
  };
}

/** A drag selects the runs within it, with Shift besides those that are. @param {App} app @param {Dot[]} dots @param {Box} box @returns {Pick<Model, "marking" | "marked">} */
function picking(app, dots, box) {
  const bounds = (/** @type {{x: number, y: number}} */ from, /** @type {{x: number, y: number}} */ to) => {
    const x = Math.max(box.left, Math.min(from.x, to.x)),
      y = Math.max(box.top, Math.min(from.y, to.y));
    return { x, y, width: Math.max(0, Math.min(box.right, Math.max(from.x, to.x)) - x), height: Math.max(0, Math.min(box.bottom, Math.max(from.y, to.y)) - y) };
  };
  return {
    marking: bounds,
    marked: (from, to, event) => {
      const { x, y, width, height } = bounds(from, to);
      const inside = dots.filter((dot) => dot.x >= x && dot.x <= x + width && dot.y >= y && dot.y <= y + height).map((dot) => dot.run);
      select(app, event.shiftKey ? [...new Set([...app.state.selected, ...inside])] : inside);
      app.say(`${plural(inside.length, "run")} selected`);
    },
  };
}

/** @param {App} app @param {number[]} front @param {Column} xc @param {Column} yc @param {(run: number) => Look} look */
function frontList(app, front, xc, yc, look) {
  const chip = (/** @type {number} */ at) =>
    h(
      "button",
      { type: "button", class: "nbt-button nbt-member", "aria-pressed": String(app.looks.has(at)), title: app.data.runs[at].name, onclick: () => app.toggle(at) },
      swatch(look(at)),
      cut(app.data.runs[at].name, 28),
    );
  return h(
    "div",
    { class: "nbt-legend nbt-front-list" },
    h("span", { class: "nbt-dim", text: `Pareto front of ${cut(xc.key, 30)} and ${cut(yc.key, 30)}: ${plural(front.length, "run")} no other beats in both` }),
    ...front.slice(0, LISTED).map(chip),
    front.length > LISTED && h("span", { class: "nbt-dim", text: `+${front.length - LISTED} more` }),
    button("Select the front", () => select(app, front)),
  );
}

/** What was chosen, else the metric over the first param that spreads it out, else over a second metric, best one that
 * is a cost rather than another score.
 * @param {App} app @returns {[Column, Column]} */
function scatterAxes(app) {
  const metric = /** @type {Column} */ (app.metric);
  const y = app.column(app.state.y) ?? metric;
  const able = app.data.columns.filter((c) => c.leads && c.differs && c !== y && c.space !== "run" && !c.seed);
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
