// @ts-check
/** One chart of curves: lines, bands and marks, and what a pointer or the keys read from them. */
/** @import { App, Box, Hit, Line, Model, Scale } from "./types.js" */
import { frameOf, label, placeX, placeY, roomLeft, upward } from "./axes.js";
import { lowest } from "./bands.js";
import { closest, tellable, told } from "./charted.js";
import { s } from "./dom.js";
import { duration, figure, plural } from "./format.js";
import { SHAPES } from "./palette.js";
import { clock, clockScale, numberScale } from "./scale.js";

/** Lines that are drawn one by one; more are joined to a path a colour. */
const FEW = 60;
/** Lines that have room for shapes along them. */
const WITHIN = 8;
/** Of many lines each runs so many pixels beside its points at most: less than shows, and half as much to draw. */
const SLACK = 0.25;
/** Where charts begin beside each other, unless their marks are longer. */
const LEFT = 62;
/** So many lines are one path, so that paths over each other still look darker. */
const TOGETHER = 10;

/**
 * @typedef {object} Chosen  how a chart of curves is drawn
 * @property {string} metric
 * @property {string} name  of the y axis
 * @property {string} clock
 * @property {boolean} logX
 * @property {boolean} logY
 * @property {number} width
 * @property {number} height
 * @property {boolean} named  whether lines are named at their ends
 * @property {number[][]} within  the values that decide how far the y axis goes
 * @property {[number, number] | null} zoomX
 * @property {[number, number] | null} zoomY
 */
/** @typedef {Line & {px: Float64Array, py: Float64Array}} Drawn */

/** @param {App} app @param {Line[]} lines @param {Chosen} chosen @param {(x: [number, number] | null, y: [number, number] | null) => void} zoom @returns {Model & {drawn: Drawn[], odd: number, below: number}} */
export function curveModel(app, lines, chosen, zoom) {
  const { width, height, metric, named } = chosen;
  const [sx, sy] = scalesOf(lines, chosen);
  const box = { left: Math.max(LEFT, roomLeft(sy, width / 4)), right: width - (named ? 134 : 16), top: 12, bottom: height - 44 };
  const drawn = lines.map((line) => ({
    ...line,
    px: pixels(line.xs, sx, box.left + 12, box.right - box.left - 24),
    py: pixels(line.ys, sy, box.bottom - 8, box.top - box.bottom + 16),
  }));
  const odd = drawn.flatMap((line) => (line.look.strong || lines.length <= FEW ? oddMarks(line, box) : []));
  const reading = readings(app, drawn, box, chosen.clock);
  const strong = drawn.filter((line) => line.look.strong && line.px.length);
  return {
    width,
    height,
    drawn,
    odd: odd.length,
    below: chosen.logY ? lines.filter((line) => line.ys.some((y) => y <= 0)).length : 0,
    label: `Curves of ${metric} over ${chosen.clock}, ${plural(lines.length, "line")}. Left and right move along a line, up and down change it, Space selects, plus and minus zoom.`,
    nodes: [
      frameOf(box, sx, sy, nameOfX(chosen.clock), chosen.name),
      s("g", { class: lines.length > FEW ? "nbt-lines nbt-dense" : "nbt-lines" }, clipped(box, [...bands(drawn, box, sy), ...linePaths(drawn, app, sy, box)])),
      ...odd,
      ...(strong.length <= WITHIN ? strong.flatMap((line, n) => shapesAlong(line, box, n)) : []),
      ...(strong.length <= 24 ? strong.flatMap((line) => endMark(line, box)) : []),
      ...(named ? endLabels(strong.slice(-8), box) : []),
    ],
    runOf: (hit) => drawn[hit.at].runs,
    ...reading,
    ...zooming(box, sx, sy, zoom),
  };
}

/** @param {string} by @returns {string} */
const nameOfX = (by) => ({ time: "time since the run began", wall: "time of day" })[by] ?? by;

/** @param {Line[]} lines @param {Chosen} chosen @returns {[Scale, Scale]} */
function scalesOf(lines, { clock: by, logX, logY, within, zoomX, zoomY }) {
  const [x0, x1] = zoomX ?? bounds(lines.map((line) => line.xs), logX);
  const [y0, y1] = zoomY ?? bounds(within, logY);
  const growing = !zoomX && !logX && lines.some((line) => line.running);
  const sx =
    by === "wall"
      ? clockScale(x0, x1)
      : numberScale(x0, growing ? roomToGrow(x0, x1) : x1, logX, by === "time" ? lasting : undefined);
  return [sx, numberScale(y0, y1, logY)];
}

/** @param {number} seconds @returns {string} */
const lasting = (seconds) => (seconds ? duration(seconds) : "0");

/** @param {number[][]} lists @param {boolean} log @returns {[number, number]} of what can be drawn */
function bounds(lists, log) {
  let low = Infinity,
    high = -Infinity;
  const least = log ? 0 : -Infinity;
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const value = list[i];
      if (value < low && value > least) low = value;
      if (value > high && value < Infinity) high = value;
    }
  return [low, high];
}

/** The end of an axis on which runs still grow: a tenth of its length ahead, so that it moves now and then, not always. @param {number} low @param {number} high */
function roomToGrow(low, high) {
  const step = 10 ** Math.floor(Math.log10(high - low || 1)) / 2;
  return Math.ceil(high / step + 0.01) * step;
}

/** Where values stand on an axis that begins at a pixel and is so many long; NaN for what is not on it. There may be a
 * million: a plain loop takes a third of the time of `Float64Array.from`. @param {number[]} values @param {Scale} scale @param {number} start @param {number} length @returns {Float64Array} */
function pixels(values, scale, start, length) {
  const places = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) places[i] = start + (scale.place(values[i]) ?? NaN) * length;
  return places;
}

/** Only what is within the axes is drawn. @param {Box} box @param {Node[]} nodes @returns {SVGElement} */
function clipped(box, nodes) {
  const [x, y, width, height] = [box.left, box.top - 4, box.right - box.left, box.bottom - box.top + 4];
  return s("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}` }, ...nodes);
}

const round = (/** @type {number} */ value) => Math.round(value * 10) / 10;

/** @type {string[]} */
const TENTHS = [];

/** @param {number} value of a pixel @returns {string} to a tenth; each is written once, as a hundred thousand points share some thousand of them */
function written(value) {
  const tenths = Math.round(value * 10);
  return tenths >= 0 && tenths < 5e4 ? (TENTHS[tenths] ??= String(tenths / 10)) : String(tenths / 10);
}

/** @param {Float64Array} px @param {Float64Array} py @param {number} [slack] so many pixels a line may run beside a point that it then does without @returns {string} with gaps where something is missing, and dots for points between gaps */
export function pathOf(px, py, slack = 0) {
  let d = "",
    down = false,
    penX = 0,
    penY = 0,
    least = 0, // the slopes between which a straight line from the pen passes all points since
    most = 0;
  let x = NaN,
    y = NaN,
    nextX = px.length ? px[0] : NaN,
    nextY = px.length ? py[0] : NaN;
  for (let i = 1; i <= px.length; i++) {
    x = nextX;
    y = nextY;
    nextX = i < px.length ? px[i] : NaN;
    nextY = i < px.length ? py[i] : NaN;
    if (x + y !== x + y) {
      down = false;
      continue;
    }
    const last = nextX + nextY !== nextX + nextY;
    if (slack && down && !last && x > penX) {
      const low = (y - slack - penY) / (x - penX);
      const high = (y + slack - penY) / (x - penX);
      if (low > least) least = low;
      if (high < most) most = high;
      const slope = (nextY - penY) / (nextX - penX);
      if (slope >= least && slope <= most) continue;
    }
    d += (down ? "L" : "M") + written(x) + " " + written(y);
    if (!down && last) d += "h.01";
    down = true;
    penX = x;
    penY = y;
    least = -Infinity;
    most = Infinity;
  }
  return d;
}

/** @param {Drawn[]} drawn @param {App} app @param {Scale} sy @param {Box} box @returns {SVGElement[]} */
function linePaths(drawn, app, sy, box) {
  const one = (/** @type {Drawn} */ { px, py, look }, more = "", d = pathOf(px, py)) =>
    s("path", {
      d,
      class: `nbt-line nbt-curve${look.strong ? (app.looks.size ? " nbt-front" : "") : " nbt-back"}${more}`,
      style: `stroke:${look.colour}`,
    });
  const faint = drawn
    .filter((line) => line.raw && line.look.strong)
    .slice(-FEW)
    .map((line) => one({ ...line, py: pixels(line.raw ?? [], sy, box.bottom - 8, box.top - box.bottom + 16) }, " nbt-raw"));
  if (drawn.length <= FEW) return [...faint, ...drawn.map((line) => one(line))];
  /** @type {Map<string, Drawn[]>} */
  const alike = new Map();
  for (const line of drawn) {
    const key = `${line.look.colour} ${line.look.strong}`;
    const last = alike.get(key);
    if (last && last.length < TOGETHER) last.push(line);
    else {
      if (last) alike.set(`${key} ${alike.size}`, last);
      alike.set(key, [line]);
    }
  }
  return [
    ...[...alike.values()].flatMap((lines) => {
      if (lines[0].look.strong && lines.length <= 8) return [...faint.splice(0), ...lines.map((line) => one(line))];
      return [one(lines[0], "", lines.map(({ px, py }) => pathOf(px, py, SLACK)).join(""))];
    }),
  ];
}

/** @param {Drawn[]} drawn @param {Box} box @param {Scale} sy @returns {SVGElement[]} where the means lie with 95 % confidence */
function bands(drawn, box, sy) {
  return drawn.flatMap(({ px, low, high, look }) => {
    if (!low || !high || !look.strong) return [];
    const some = low.flatMap((value, i) => (Number.isFinite(value) && px[i] === px[i] ? [i] : []));
    const y = (/** @type {number} */ value) => round(sy.place(value) === null ? box.bottom : upward(box, sy, value));
    const edge = [...some.map((i) => `${round(px[i])} ${y(high[i])}`), ...some.reverse().map((i) => `${round(px[i])} ${y(low[i])}`)];
    return edge.length ? [s("path", { class: "nbt-band", d: `M${edge.join("L")}z`, style: `fill:${look.colour}` })] : [];
  });
}

/** Marks at the edge for points that are not finite. @param {Drawn} line @param {Box} box @returns {SVGElement[]} */
function oddMarks({ xs, ys, px, look, name }, box) {
  return ys.flatMap((y, i) => {
    if (Number.isFinite(y) || px[i] !== px[i] || px[i] < box.left || px[i] > box.right) return [];
    const shape = y === Infinity ? SHAPES[2] : y === -Infinity ? SHAPES[4] : SHAPES[6];
    const d = `M${round(px[i])} ${y === Infinity ? box.top + 2 : box.bottom - 5}${shape}`;
    return [s("path", { class: "nbt-odd", d, style: `fill:${look.colour}` }, s("title", { text: `${name}: ${figure(y)} at ${figure(xs[i], 6)}` }))];
  });
}

/** @param {Drawn} line @returns {number} its last point that is drawn; -1 for none */
const lastOf = ({ px, py }) => px.findLastIndex((x, i) => x + py[i] === x + py[i]);

/** The shape that stands for a line, here and there on it, so that lines are told apart without their colours. @param {Drawn} line @param {Box} box @param {number} n which of the lines @returns {SVGElement[]} */
function shapesAlong(line, { left, right, top, bottom }, n) {
  const every = (right - left) / 4;
  const places = [0, 1, 2, 3].map((i) => pointAt(line, left + every * (i + 0.25 + 0.07 * n)));
  return [...new Set(places)].flatMap((i) => {
    const [x, y] = [line.px[i], line.py[i]];
    if (!(x >= left && x <= right && y >= top - 4 && y <= bottom) || i === lastOf(line)) return [];
    return [s("path", { class: "nbt-along", d: `M0 0${SHAPES[line.look.shape]}`, transform: `translate(${round(x)} ${round(y)}) scale(.7)`, style: `fill:${line.look.colour}` })];
  });
}

/** The shape that stands for a line in the legend, at its end; a ring about it while its run goes on. @param {Drawn} line @param {Box} box @returns {SVGElement[]} */
function endMark(line, box) {
  const at = lastOf(line);
  if (at < 0 || line.px[at] < box.left || line.px[at] > box.right || line.py[at] < box.top - 4 || line.py[at] > box.bottom) return [];
  const place = `translate(${round(line.px[at])} ${round(line.py[at])})`;
  const mark = s(
    "g",
    { transform: place, style: `fill:${line.look.colour};stroke:${line.look.colour}`, class: "nbt-end-mark" },
    s("path", { d: `M0 0${SHAPES[line.look.shape]}`, transform: "scale(.75)" }),
    line.running && s("circle", { r: 7, class: "nbt-growing" }),
  );
  return [mark];
}

/** @param {Drawn[]} lines @param {Box} box @returns {SVGElement[]} names at the lines' ends, moved apart where they would meet */
function endLabels(lines, box) {
  const labels = lines
    .map((line) => ({ line, y: line.py[lastOf(line)] ?? NaN }))
    .filter(({ y }) => y >= box.top - 4 && y <= box.bottom)
    .sort((a, b) => a.y - b.y);
  labels.forEach((label, i) => {
    if (i) label.y = Math.max(label.y, labels[i - 1].y + 15);
  });
  for (let i = labels.length - 1, floor = box.bottom; i >= 0; i--, floor -= 15) labels[i].y = Math.min(labels[i].y, floor);
  return labels.map(({ line: { look, name }, y }) => {
    return s(
      "g",
      { transform: `translate(${box.right + 8} ${round(y)})` },
      s("path", { d: `M4 0${SHAPES[look.shape]}`, style: `fill:${look.colour}` }),
      label({ class: "nbt-tick nbt-end", x: 14, y: 4 }, name, 106),
    );
  });
}

/** @param {Drawn} line @param {number} x @returns {number} the place of the point nearest to a pixel */
function pointAt({ px }, x) {
  const after = lowest(px, x);
  return after && Math.abs(px[after - 1] - x) <= Math.abs(px[after] - x) ? after - 1 : after;
}

/** @param {Drawn} line @param {number} x @returns {number} how high the line is at a pixel, NaN beyond its ends */
function heightAt({ px, py }, x) {
  const last = px.length - 1;
  if (last < 0 || x < px[0] - 10 || x > px[last] + 10) return NaN;
  const after = lowest(px, x);
  const before = Math.max(0, after - 1);
  const [x0, x1, y0, y1] = [px[before], px[after], py[before], py[after]];
  if (x <= x0 || y1 !== y1) return y0;
  return x1 > x0 && x < x1 && y0 === y0 ? y0 + ((y1 - y0) * (x - x0)) / (x1 - x0) : y1;
}

/** What pointer and keys find. @param {App} app @param {Drawn[]} drawn @param {Box} box @param {string} by @returns {Pick<Model, "nearest" | "walk" | "heat">} */
function readings(app, drawn, box, by) {
  const at = (/** @type {number} */ n, /** @type {number} */ i) => ({ at: n, id: drawn[n].id, x: drawn[n].px[i], y: finite(drawn[n].py[i], box.bottom) });
  return {
    nearest: (x, y) => {
      if (x < box.left - 8 || x > box.right + 8 || y < box.top - 8 || y > box.bottom + 8) return null;
      const distances = drawn.map((line) => Math.abs(heightAt(line, x) - y) - (line.look.strong ? 3 : 0));
      const n = closest(distances, Infinity);
      return n < 0 ? null : { at: n, id: drawn[n].id, x, y };
    },
    walk: (hit, key) => {
      if (!drawn.length) return null;
      const found = hit ? drawn.findIndex((line) => line.id === hit.id) : -1;
      const fast = key.startsWith("Shift");
      const way = fast ? key.slice(5) : key;
      if (found < 0 || !hit) return /^Arrow|^Home|^End/.test(way) ? at(drawn.length - 1, Math.max(0, lastOf(drawn[drawn.length - 1]))) : null;
      const line = drawn[found];
      const here = pointAt(line, hit.x);
      const last = line.px.length - 1;
      const stride = Math.max(1, Math.round(last / 60)) * (fast ? 10 : 1);
      const to = { "": here, ArrowRight: here + stride, ArrowLeft: here - stride, Home: 0, End: last }[way];
      if (to !== undefined) return at(found, Math.min(last, Math.max(0, to)));
      const up = { ArrowUp: -1, ArrowDown: 1 }[way];
      if (!up) return null;
      const heights = drawn.map((one, n) => ({ n, y: heightAt(one, hit.x) })).filter(({ y }) => y === y).sort((a, b) => a.y - b.y || a.n - b.n);
      const next = heights[(heights.findIndex(({ n }) => n === found) + up + heights.length) % Math.max(1, heights.length)];
      return next ? at(next.n, pointAt(drawn[next.n], hit.x)) : null;
    },
    heat: (hit) => heatOf(app, drawn, hit, box, by),
  };
}

const finite = (/** @type {number} */ value, /** @type {number} */ other) => (Number.isFinite(value) ? value : other);

/** @param {App} app @param {Drawn[]} drawn @param {Hit} hit @param {Box} box @param {string} by */
function heatOf(app, drawn, hit, box, by) {
  const hot = drawn[hit.at];
  const i = pointAt(hot, hit.x);
  const x = hot.px[i];
  const near = drawn
    .map((line) => ({ line, i: pointAt(line, x) }))
    .filter(({ line, i: j }) => Math.abs(line.px[j] - x) <= 14)
    .sort((a, b) => Number(b.line === hot) - Number(a.line === hot) || Math.abs(a.line.py[a.i] - hit.y) - Math.abs(b.line.py[b.i] - hit.y))
    .slice(0, tellable(app.width))
    .sort((a, b) => a.line.py[a.i] - b.line.py[b.i]);
  const lines = near.map(({ line, i: j }) => ({ look: line.look, name: shortName(app, line), value: valueText(line, j, line.xs[j] === hot.xs[i] ? "" : whereText(by, line.xs[j])), strong: line === hot }));
  const dots = near.filter(({ line, i: j }) => line.py[j] === line.py[j]).map(({ line, i: j }) => s("path", { class: "nbt-dot", d: `M${round(line.px[j])} ${round(line.py[j])}${SHAPES[line.look.shape]}`, style: `fill:${line.look.colour}` }));
  return {
    nodes: [
      s("line", { class: "nbt-cursor", x1: x, x2: x, y1: box.top, y2: box.bottom }),
      clipped(box, [s("path", { d: pathOf(hot.px, hot.py), class: `nbt-line nbt-curve nbt-hot${hot.look.strong ? "" : " nbt-back"}`, style: `stroke:${hot.look.colour}` }), ...dots]),
    ],
    tip: told(whereText(by, hot.xs[i]), lines),
    say: `${hot.name}: ${valueText(hot, i, "")} at ${whereText(by, hot.xs[i])}`,
  };
}

/** @param {App} app @param {Line} line */
const shortName = (app, { runs, name, low }) => (low ? `${name} (${plural(runs.length, "run")})` : `${name} ${app.data.runs[runs[0]].short}`);

/** @param {string} by @param {number} x @returns {string} */
const whereText = (by, x) => (by === "time" ? duration(x) : by === "wall" ? clock(x) : `${by} ${figure(x, 6)}`);

/** @param {Line} line @param {number} i @param {string} elsewhere @returns {string} */
function valueText({ ys, raw, low, high, n }, i, elsewhere) {
  const more = low && high && Number.isFinite(low[i]) ? ` [${figure(low[i])}, ${figure(high[i])}] n=${n?.[i]}` : raw ? ` (raw ${figure(raw[i], 5)})` : "";
  return `${figure(ys[i], 5)}${more}${elsewhere && ` at ${elsewhere}`}`;
}

/** Zooming by a drag or by keys. @param {Box} box @param {Scale} sx @param {Scale} sy @param {(x: [number, number] | null, y: [number, number] | null) => void} zoom @returns {Pick<Model, "marking" | "marked" | "reset" | "press">} */
function zooming(box, sx, sy, zoom) {
  const stretch = (/** @type {Scale} */ scale, /** @type {number} */ a, /** @type {number} */ b) =>
    /** @type {[number, number]} */ ([scale.back(Math.min(a, b)), scale.back(Math.max(a, b))]);
  const inside = (/** @type {{x: number, y: number}} */ p) => ({ x: Math.min(box.right, Math.max(box.left, p.x)), y: Math.min(box.bottom, Math.max(box.top, p.y)) });
  return {
    marking: (from, to) => {
      const [a, b] = [inside(from), inside(to)];
      const [wide, high] = [Math.abs(a.x - b.x) > 14, Math.abs(a.y - b.y) > 14];
      return {
        x: wide ? Math.min(a.x, b.x) : box.left,
        width: wide ? Math.abs(a.x - b.x) : box.right - box.left,
        y: high ? Math.min(a.y, b.y) : box.top,
        height: high ? Math.abs(a.y - b.y) : box.bottom - box.top,
      };
    },
    marked: (from, to) => {
      const [a, b] = [inside(from), inside(to)];
      zoom(
        Math.abs(a.x - b.x) > 14 ? stretch(sx, placeX(box, a.x), placeX(box, b.x)) : null,
        Math.abs(a.y - b.y) > 14 ? stretch(sy, placeY(box, a.y), placeY(box, b.y)) : null,
      );
    },
    reset: () => zoom(null, null),
    press: (key) => {
      if (key === "0") zoom(null, null);
      else if (key === "+" || key === "=") zoom(null, stretch(sy, 0.2, 0.8));
      else if (key === "-") zoom(null, stretch(sy, -0.3, 1.3));
      else return false;
      return true;
    },
  };
}

