// @ts-check
/** The drawing of parallel coordinates: lines, axes, and the stretches of axes that a person drags or moves by keys. */
/** @import { App, Box, Brush, Column, Look, Model, Point } from "./types.js" */
/** @import { Axis } from "./parallel.js" */
import { label } from "./axes.js";
import { brushed, extent } from "./brush.js";
import { closest, spoken, titleOf, told, valuesOf } from "./charted.js";
import { s } from "./dom.js";
import { MISSING, plural, words } from "./format.js";
import { DASHES } from "./palette.js";

/** Lines that are drawn one by one; more are joined to a path a colour. */
const FEW = 300;
/** More lines than this lie over each other: they let each other show through. */
const MANY = 500;
/** How near to an axis a press is meant for it, and to an end of a stretch for that. */
const NEAR = 14,
  END = 7;

/** @typedef {{run: number, id: string, ys: number[], on: boolean, look: Look & {strong: boolean, rank: number}}} Flow */
/**
 * @typedef {object} Drawing
 * @property {number} width
 * @property {number} height
 * @property {Column | undefined} by
 * @property {(run: number) => Flow["look"]} look
 * @property {(run: number) => boolean} passes
 * @property {Record<string, Brush>} brushes
 * @property {() => void} redraw
 */

/** @param {App} app @param {Axis[]} axes @param {Box} box @param {Drawing} drawing @returns {Model} */
export function parallelModel(app, axes, box, drawing) {
  const { width, height, by, look, passes } = drawing;
  const none = box.bottom + 18;
  const flows = app.rows
    .map((run) => ({ run, id: app.data.runs[run].id, look: look(run), on: passes(run), ys: axes.map(({ column, scale }) => heightOf(box, scale.place(column.values[run]), none)) }))
    .sort((a, b) => Number(a.on) - Number(b.on) || Number(a.look.strong) - Number(b.look.strong) || a.look.rank - b.look.rank);
  const xs = axes.map((axis) => axis.x);
  return {
    width,
    height,
    label: `Parallel coordinates of ${plural(flows.length, "run")} over ${axes.map((axis) => axis.column.key).join(", ")}. Up and down walk the runs, left and right the axes, Space selects a run.`,
    nodes: [
      s("g", { class: flows.length > MANY ? "nbt-lines nbt-dense nbt-crowd" : flows.length > FEW ? "nbt-lines nbt-dense" : "nbt-lines" }, ...flowPaths(app, flows, xs, none)),
      ...axes.map((_, i) => axisOf(app, axes, i, box, drawing, flows.some((flow) => flow.ys[i] === none))),
    ],
    runOf: (hit) => [flows[hit.at].run],
    nearest: (x, y) => {
      const n = nearestFlow(xs, flows, x, y, box);
      return n < 0 ? null : { at: n, id: flows[n].id, x, y };
    },
    walk: (hit, key) => {
      const found = hit ? flows.findIndex((flow) => flow.id === hit.id) : -1;
      const axis = hit ? xs.reduce((near, x, i) => (Math.abs(x - hit.x) < Math.abs(xs[near] - hit.x) ? i : near), 0) : 0;
      const at = (/** @type {number} */ n, /** @type {number} */ i) => ({ at: n, id: flows[n].id, x: xs[i], y: flows[n].ys[i] });
      if (key === "") return found < 0 ? null : at(found, axis);
      const side = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (side) return at(Math.max(0, found), Math.min(xs.length - 1, Math.max(0, axis + (hit ? side : 0))));
      const up = { ArrowDown: 1, ArrowUp: -1 }[key];
      const order = flows.map((_, n) => n).filter((n) => flows[n].on).sort((a, b) => flows[a].ys[axis] - flows[b].ys[axis] || a - b);
      if (!up || !order.length) return null;
      return at(order[(order.indexOf(found) + up + order.length + Number(found < 0 && up < 0)) % order.length], axis);
    },
    heat: (hit) => {
      const { run, ys, look: own } = flows[hit.at];
      const [head, lines] = [titleOf(app, run), valuesOf(app, run, [by, ...axes.map((axis) => axis.column)])];
      const path = s("path", { class: `nbt-line nbt-hot${own.strong ? "" : " nbt-back"}`, d: flowing(xs, ys, none), style: `stroke:${own.colour}` });
      return { nodes: [path], tip: told(head, lines), say: spoken(head, lines) };
    },
    ...dragging(app, axes, box, drawing),
  };
}

/** @param {Box} box @param {number | null} place @param {number} none @returns {number} */
const heightOf = (box, place, none) => (place === null ? none : box.bottom - place * (box.bottom - box.top));

/** @param {Box} box @param {number} y @returns {number} the place on an axis; its ends attract */
function placeOf(box, y) {
  const place = (box.bottom - y) / (box.bottom - box.top);
  return place < 0.015 ? 0 : place > 0.985 ? 1 : place;
}

/** @param {App} app @param {Flow[]} flows @param {number[]} xs @param {number} none @returns {SVGElement[]} */
function flowPaths(app, flows, xs, none) {
  const path = (/** @type {Flow} */ { on, look }, /** @type {string} */ d) =>
    s("path", {
      d,
      class: `nbt-line${on ? (look.strong ? (app.looks.size ? " nbt-front" : "") : " nbt-back") : " nbt-off"}`,
      style: on ? `stroke:${look.colour}` : null,
      "stroke-dasharray": on && look.strong && app.looks.size ? DASHES[look.shape] : null,
    });
  if (flows.length <= FEW) return flows.map((flow) => path(flow, flowing(xs, flow.ys, none)));
  /** @type {Map<string, {flow: Flow, parts: string[]}>} */
  const alike = new Map();
  for (const flow of flows) {
    const key = `${flow.on} ${flow.on && flow.look.colour} ${flow.look.strong}`;
    const group = alike.get(key) ?? { flow, parts: [] };
    alike.set(key, group);
    group.parts.push(flowing(xs, flow.ys, none));
  }
  return [...alike.values()].map(({ flow, parts }) => path(flow, parts.join("")));
}

/** @param {number[]} xs @param {Flow[]} flows @param {number} x @param {number} y @param {Box} box */
function nearestFlow(xs, flows, x, y, box) {
  if (y < box.top - 8) return -1;
  const gap = Math.min(xs.length - 2, Math.max(0, xs.findIndex((right) => right > x) - 1));
  const t = Math.min(1, Math.max(0, (x - xs[gap]) / (xs[gap + 1] - xs[gap])));
  return closest(flows.map(({ ys, on }) => (on ? Math.abs(eased(ys[gap], ys[gap + 1], t) - y) : Infinity)), 14);
}

const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;

/** A path that leaves every axis level, so lines that cross can be told apart; nothing is drawn from missing to missing.
 * @param {number[]} xs @param {number[]} ys @param {number} none @returns {string} */
function flowing(xs, ys, none) {
  let d = `M${round(xs[0])} ${round(ys[0])}`;
  for (let i = 1; i < xs.length; i++) {
    const bend = (xs[i] - xs[i - 1]) * 0.4;
    if (ys[i] === none && ys[i - 1] === none) d += `M${round(xs[i])} ${round(none)}`;
    else d += `C${round(xs[i - 1] + bend)} ${round(ys[i - 1])} ${round(xs[i] - bend)} ${round(ys[i])} ${round(xs[i])} ${round(ys[i])}`;
  }
  return d;
}

/** @param {number} a @param {number} b @param {number} t @returns {number} about the height of that path between two axes */
const eased = (a, b, t) => a + (b - a) * t * t * (3 - 2 * t);

/** An axis, which is a slider too: its value is the stretch that runs have to pass.
 * @param {App} app @param {Axis[]} axes @param {number} at @param {Box} box @param {Drawing} drawing @param {boolean} missing @returns {SVGElement} */
function axisOf(app, axes, at, box, drawing, missing) {
  const { column, scale, x, flipped, room } = axes[at];
  const brush = drawing.brushes[column.id];
  const [low, high] = brush ? extent(scale, brush) : [0, 1];
  const y = (/** @type {number} */ place) => round(heightOf(box, place, 0));
  const better = column.dir ? (flipped === (column.dir === "min") ? "▲ better" : "▼ better") : "";
  const note = [better, scale.kind === "log" ? "log" : "", flipped && !column.dir ? "turned" : ""].filter(Boolean).join(" · ");
  const every = Math.ceil(scale.ticks.length / 14);
  return s(
    "g",
    {
      transform: `translate(${round(x)} 0)`,
      class: "nbt-slider",
      role: "slider",
      tabindex: "0",
      "data-key": `axis ${column.id}`,
      "aria-orientation": "vertical",
      "aria-valuemin": 0,
      "aria-valuemax": 100,
      "aria-valuenow": Math.round(high * 100),
      "aria-valuetext": brush ? saidOf(brush) : "all",
      "aria-label": `${column.key}: arrow up and down move the upper end, with Shift the lower one; left and right move the axis, F turns it over, Delete clears it`,
      onkeydown: (event) => axisKey(app, axes, at, drawing, event),
    },
    s("rect", { class: "nbt-handle", x: -NEAR, y: box.top - 6, width: 2 * NEAR, height: box.bottom - box.top + 12 }),
    s("line", { class: "nbt-axis", y1: box.top, y2: box.bottom }),
    s(
      "g",
      { class: "nbt-name-grip" },
      s("rect", { class: "nbt-handle", x: -room / 2, y: 8, width: room, height: 32 }),
      label({ class: "nbt-axis-name", y: box.top - 24, "text-anchor": "middle" }, column.key, room, 12.5),
      s("title", { text: `${column.key}\nDrag to move, click to turn over` }),
      s("text", { class: "nbt-axis-note", y: box.top - 11, "text-anchor": "middle", text: note }),
    ),
    ...scale.ticks
      .filter((_, i) => i % every === 0)
      .flatMap((tick) => [
        s("line", { class: "nbt-axis", x1: -3, x2: 3, y1: y(tick.at), y2: y(tick.at) }),
        label({ class: "nbt-tick nbt-halo", x: -7, y: y(tick.at) + 3.5, "text-anchor": "end" }, tick.text, at ? room * 0.6 : 90),
      ]),
    missing && s("text", { class: "nbt-tick nbt-halo", x: -7, y: box.bottom + 21.5, "text-anchor": "end", text: MISSING }),
    brush && s("rect", { class: "nbt-stretch", x: -6, y: y(high), width: 12, height: Math.max(2, y(low) - y(high)), rx: 2 }),
    brush && s("path", { class: "nbt-stretch-end", d: `M-8 ${y(high)}h16M-8 ${y(low)}h16` }),
  );
}

/** @param {Brush} brush @returns {string} */
const saidOf = (brush) => (typeof brush[0] === "string" ? brush.join(", ") : brush.map(words).join(" to "));

/** @param {App} app @param {string} id @param {Brush | null} brush @param {(() => void) | null} [redraw] instead of all that `set` does */
function mark(app, id, brush, redraw = null) {
  const { [id]: _, ...others } = app.state.brush;
  const next = brush ? { ...others, [id]: brush } : others;
  if (!redraw) return app.set({ brush: next });
  app.state.brush = next;
  redraw();
}

/** @param {App} app @param {Axis[]} axes @param {number} at @param {Drawing} drawing @param {KeyboardEvent} event */
function axisKey(app, axes, at, drawing, event) {
  const { column, scale } = axes[at];
  const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  const side = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (up) stretch(app, column, scale, drawing.brushes[column.id], up, event.shiftKey);
  else if (side) moveAxis(app, axes, at, at + side);
  else if (event.key === "f" || event.key === "F") turnOver(app, column);
  else if (event.key === "Delete" || event.key === "Backspace" || event.key === "Escape") mark(app, column.id, null);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Move an end of a stretch by a word, or by a fiftieth of the axis. @param {App} app @param {Column} column @param {Axis["scale"]} scale @param {Brush | undefined} brush @param {number} up @param {boolean} lower */
function stretch(app, column, scale, brush, up, lower) {
  const step = scale.kind === "words" ? 1 / Math.max(1, scale.ticks.length - 1) : 0.02;
  const places = brush ? brush.map((end) => scale.place(end) ?? 0) : [0, 1];
  let [low, high] = [Math.min(...places), Math.max(...places)];
  if (lower) low = Math.min(high, Math.max(0, low + up * step));
  else high = Math.max(low, Math.min(1, high + up * step));
  mark(app, column.id, low <= 1e-9 && high >= 1 - 1e-9 ? null : brushed(scale, low, high));
}

/** @param {App} app @param {Column} column */
function turnOver(app, { id }) {
  const { flip } = app.state;
  app.set({ flip: flip.includes(id) ? flip.filter((other) => other !== id) : [...flip, id] });
}

/** @param {App} app @param {Axis[]} axes @param {number} from @param {number} to */
const moveAxis = (app, axes, from, to) => app.set({ axes: moved(axes.map((axis) => axis.column.id), from, to) });

/** @template T @param {T[]} list @param {number} from @param {number} to @returns {T[]} with one thing at another place */
export function moved(list, from, to) {
  const rest = list.filter((_, i) => i !== from);
  rest.splice(Math.min(list.length - 1, Math.max(0, to)), 0, list[from]);
  return rest;
}

/** @param {App} app @param {Axis[]} axes @param {Box} box @param {Drawing} drawing @returns {Pick<Model, "marking" | "marked" | "clicked" | "grabs">} */
function dragging(app, axes, box, drawing) {
  const near = (/** @type {Point} */ p) => {
    const named = p.y < box.top - 8;
    const at = axes.findIndex((axis) => Math.abs(axis.x - p.x) <= (named ? axis.room / 2 : NEAR));
    return { at, named };
  };
  const target = (/** @type {Point} */ p) => axes.reduce((best, axis, i) => (Math.abs(axis.x - p.x) < Math.abs(axes[best].x - p.x) ? i : best), 0);
  return {
    grabs: (p) => near(p).at >= 0,
    clicked: (p) => {
      const { at, named } = near(p);
      if (at < 0) return false;
      const { column } = axes[at];
      if (named) turnOver(app, column);
      else if (drawing.brushes[column.id]) mark(app, column.id, null);
      else return false;
      return true;
    },
    marking: (from, to) => {
      const { at, named } = near(from);
      /** @type {Record<string, number>} */
      const nothing = { width: 0, height: 0 };
      if (at < 0) return nothing;
      if (named) return { x: axes[target(to)].x - 2, width: 4, y: box.top - 40, height: box.bottom - box.top + 40 };
      const { column } = axes[at];
      if (from.start === undefined) from.start = drawing.brushes[column.id] ?? null;
      mark(app, column.id, dragged(axes[at], box, from.start, from.y, to.y), drawing.redraw);
      return nothing;
    },
    marked: (from, to) => {
      const { at, named } = near(from);
      if (at >= 0 && named) moveAxis(app, axes, at, target(to));
      else if (at >= 0) app.set({});
    },
  };
}

/** What a drag makes of a stretch: near an end it moves the end, within it all of it, elsewhere it marks anew.
 * @param {Axis} axis @param {Box} box @param {Brush | null} start @param {number} from @param {number} to @returns {Brush | null} */
function dragged({ scale }, box, start, from, to) {
  const [a, b] = [placeOf(box, from), placeOf(box, to)];
  if (!start) return brushed(scale, a, b);
  const [low, high] = extent(scale, start);
  const end = END / (box.bottom - box.top);
  if (Math.abs(a - high) <= end) return brushed(scale, low, b);
  if (Math.abs(a - low) <= end) return brushed(scale, b, high);
  if (a < low || a > high) return brushed(scale, a, b);
  const shift = Math.min(1 - high, Math.max(-low, b - a));
  return brushed(scale, low + shift, high + shift);
}
