// @ts-check
/** Curves: metrics that were logged in steps, a line a run, one metric or several beside each other. */
/** @import { App, Colouring, Column, Curve, Line, Look } from "./types.js" */
import { around, chartOf, present } from "./chart.js";
import { betterHint, button, chartWidth, colourChoice, spread, tick } from "./charted.js";
import { curveModel } from "./curvechart.js";
import { choice, emptiness, h } from "./dom.js";
import { plural, shortLabel } from "./format.js";
import { clocks, drawable, meanLines, runLines } from "./lines.js";
import { DIM, bySome, colouring, legend, legendEntry, lookOf } from "./palette.js";
import { saveButton } from "./picture.js";
import { seedGroups } from "./statistics.js";

/** Charts beside each other; more are asked for one by one. */
const CHARTS = 12;
/** Runs that are told apart by colour; of more the best. */
const TOLD = 8;
const MANY = 40;

/** @typedef {{key: string, label: string, runs: number[]}} Group */

/** @param {App} app @param {HTMLElement} panel */
export function drawCurves(app, panel) {
  const { state, data } = app;
  const curves = drawable(data);
  const one = curves.find((c) => c.metric === state.curve) ?? (curves.length === 1 ? curves[0] : undefined);
  const chosen = one ? [one] : curves.slice(0, CHARTS);
  const rows = new Set(app.rows);
  const shown = chosen.map((curve) => ({ curve, series: curve.series.filter((series) => rows.has(series.run)) }));
  const drawn = new Set(shown.flatMap(({ series }) => series.map((each) => each.run)));
  const runs = app.rows.filter((at) => drawn.has(at));
  const groups = seedGroups(data, runs);
  const repeated = groups.length < runs.length;
  const mean = repeated && (state.mean ?? state.by === "seeds");
  const look = mean ? groupLooks(app, groups, shown[0].curve) : { ...runColours(app, runs, one), groups: null };
  const controls = () => controlsOf(app, panel, curves, one, runs, { repeated, mean });
  const sign = ["curves", one?.metric, curves.map((c) => c.metric), state.colour, app.data.columns.map((c) => c.differs && c.id), state.clock, state.logX, state.log, mean, repeated, runs.length > MANY, zoomed(app), clocks(data)];
  if (!runs.length) return present(panel, sign, controls, emptiness("Nothing to draw", reason(app)));
  const { models, nodes, columns } = drawCharts(app, panel, shown, look, one);
  const named = one && nodes.length && isNamed(app, panel, runs.length, mean);
  const charts = around(panel, "nbt-charts", nodes);
  charts.style.setProperty("--columns", String(columns));
  present(panel, sign, controls, charts, named ? null : look.legend, notes(app, models, curves, chosen));
}

/** @param {App} app @returns {string} why, and what to do */
const reason = (app) =>
  app.rows.length
    ? "None of the runs that are shown logged this metric in steps. Choose another metric, or widen the filter."
    : "No run matches this filter. Shorten it, or press Escape in it.";

/** @param {App} app @param {HTMLElement} panel @param {number} runs @param {boolean} mean */
const isNamed = (app, panel, runs, mean) => chartWidth(panel) > 560 && !mean && !app.state.colour && (runs <= TOLD || runs > MANY || app.looks.size > 0);

/** @param {App} app @param {HTMLElement} panel @param {{curve: Curve, series: import("./types.js").Series[]}[]} shown @param {Colouring & {groups: Group[] | null, lookAt?: (at: number) => Look & {strong: boolean, rank: number}}} look @param {Curve | undefined} one */
function drawCharts(app, panel, shown, look, one) {
  const { state } = app;
  const whole = chartWidth(panel);
  const columns = one ? 1 : Math.max(1, Math.min(shown.length, Math.floor(whole / 340), 4));
  const width = Math.floor((whole - 16 * (columns - 1)) / columns);
  const height = one ? Math.min(420, Math.max(280, whole * 0.45)) : Math.min(280, Math.max(210, width * 0.6));
  const charts = shown.map(({ curve }) => chartOf(app, `curves ${curve.metric}`));
  const models = shown.map(({ curve, series }) => {
    const each = runLines(app, series, look, state.clock, look.groups ? 0 : state.smooth);
    const logY = state.log ?? wide(each);
    const lines = look.groups && look.lookAt ? meanLines(each, look.groups, look.lookAt, logY) : each;
    const zoom = (/** @type {[number, number] | null} */ x, /** @type {[number, number] | null} */ y) => {
      const { [curve.metric]: _, ...others } = state.zoom.y;
      app.set({ zoom: !x && !y ? { x: null, y: others } : { x: x ?? state.zoom.x, y: y ? { ...others, [curve.metric]: y } : state.zoom.y } });
    };
    const model = curveModel(app, lines, {
      metric: curve.metric,
      name: curve.metric + betterHint(curve),
      clock: state.clock,
      logX: state.logX && state.clock !== "wall",
      logY,
      width,
      height,
      named: Boolean(one) && isNamed(app, panel, lines.length, Boolean(look.groups)),
      within: each.map((line) => line.raw ?? line.ys),
      zoomX: state.zoom.x,
      zoomY: Object.hasOwn(state.zoom.y, curve.metric) ? state.zoom.y[curve.metric] : null,
    }, zoom);
    return { ...model, curve, logs: logY && look.groups !== null };
  });
  const nodes = models.map((model, n) =>
    model.drawn.length ? charts[n].draw({ ...model, echo: (hit) => echo(models, charts, n, hit) }) : hollow(model.curve.metric, width, height, state.clock),
  );
  return { models, nodes, columns };
}

/** @param {string} metric @param {number} width @param {number} height @param {string} clock */
const hollow = (metric, width, height, clock) =>
  h("div", { class: "nbt-empty", style: `width:${width}px;height:${height}px` }, h("strong", { text: metric }), h("p", { text: clock === "step" ? "No run that is shown logged it in steps." : `These runs have no ${clock} to draw it over. Choose steps.` }));

/** What is highlighted in one chart is highlighted in all. @param {{drawn: import("./curvechart.js").Drawn[], heat: import("./types.js").Model["heat"]}[]} models @param {import("./chart.js").Chart[]} charts @param {number} from @param {import("./types.js").Hit | null} hit */
function echo(models, charts, from, hit) {
  charts.forEach((chart, n) => {
    if (n === from) return;
    const at = hit ? models[n].drawn.findIndex((line) => line.id === hit.id) : -1;
    const drawn = models[n].drawn[at];
    if (!hit || !drawn?.px.length) return chart.warm([]);
    chart.warm(models[n].heat({ at, id: hit.id, x: hit.x, y: drawn.py[0] }).nodes);
  });
}

/** @param {Line[]} lines @returns {boolean} whether values of several magnitudes ask for a log axis */
function wide(lines) {
  let low = Infinity,
    high = 0;
  for (const { ys } of lines)
    for (let i = 0; i < ys.length; i++) {
      if (ys[i] < low) low = ys[i];
      if (ys[i] > high && ys[i] < Infinity) high = ys[i];
    }
  return low > 0 && high / low > 100;
}

/** @param {App} app @param {number[]} runs @param {Curve | undefined} one @returns {Colouring} */
function runColours(app, runs, one) {
  const { colour } = app.state;
  if (app.looks.size) return colouring(app, undefined, runs);
  const by = app.column(colour);
  if (by) return colouring(app, by, runs);
  if (runs.length <= TOLD) return bySome(app, "Runs", runs, false);
  const apart = runs.length <= MANY && !colour ? varying(app, runs) : undefined;
  return apart ? colouring(app, apart, runs) : best(app, runs, one);
}

/** The best of many runs by this metric, or by the first whose direction is known; else the newest. @param {App} app @param {number[]} runs @param {Curve | undefined} one @returns {Colouring} */
function best(app, runs, one) {
  const own = one && app.column(`metrics.${one.metric}`);
  const by = own?.dir ? own : app.metric;
  if (!by?.dir) return bySome(app, `Newest ${TOLD}`, [...runs].sort((a, b) => app.data.runs[b].started - app.data.runs[a].started).slice(0, TOLD), true);
  return bySome(app, `Best ${TOLD} by ${by.key}`, ordered(runs, (at) => by.order[at], by.dir).slice(0, TOLD), true);
}

/** @template T @param {T[]} things @param {(thing: T) => number} cost @param {string | null} dir @returns {T[]} best first, those without a number last */
const ordered = (things, cost, dir) =>
  things
    .map((thing) => ({ thing, value: cost(thing) * (dir === "max" ? -1 : 1) }))
    .sort((a, b) => (a.value === a.value ? (b.value === b.value ? a.value - b.value : -1) : b.value === b.value ? 1 : 0))
    .map(({ thing }) => thing);

/** @param {App} app @param {Group[]} groups @param {Curve} curve @returns {Colouring & {groups: Group[], lookAt: (at: number) => Look & {strong: boolean, rank: number}}} */
function groupLooks(app, groups, curve) {
  const by = app.column(`metrics.${curve.metric}`) ?? app.metric;
  const meanOf = (/** @type {Group} */ group) => group.runs.reduce((sum, at) => sum + (by?.order[at] ?? NaN) / group.runs.length, 0);
  const picked = app.looks.size ? groups.filter((group) => group.runs.some((at) => app.looks.has(at))) : groups;
  const strong = picked.length <= TOLD ? picked : ordered(picked, meanOf, by?.dir ?? null).slice(0, TOLD);
  const looks = new Map(strong.map((group, n) => [group, lookOf(n)]));
  const entries = [...looks].map(([group, look]) => legendEntry(look, `n=${group.runs.length}  ${group.label}`, `n=${group.runs.length}  ${shortLabel(group.label, 34)}`));
  if (strong.length < groups.length) entries.push(legendEntry(DIM, `${groups.length - strong.length} others`));
  const lookAt = (/** @type {number} */ at) => ({ ...(looks.get(groups[at]) ?? DIM), strong: looks.has(groups[at]), rank: 0 });
  const plain = { ...DIM, strong: true, rank: 0 };
  return { groups, lookAt, look: () => plain, legend: legend("Mean of seeds, 95 % t interval", entries) };
}

/** @param {App} app @param {number[]} runs @returns {Column | undefined} the column that tells these runs apart */
function varying(app, runs) {
  const differs = (/** @type {Column} */ c) => c.space === "params" && !c.seed && spread(c, runs).steps > 1;
  const { group } = app;
  return group && differs(group) ? group : (app.data.columns.find(differs) ?? app.metric);
}

/** @param {App} app @returns {boolean} */
const zoomed = ({ state }) => state.zoom.x !== null || Object.keys(state.zoom.y).length > 0;

/** @param {App} app @param {HTMLElement} panel @param {Curve[]} curves @param {Curve | undefined} one @param {number[]} runs @param {{repeated: boolean, mean: boolean}} seeds */
function controlsOf(app, panel, curves, one, runs, { repeated, mean }) {
  const { state, data } = app;
  /** @type {[string, string][]} */
  const metrics = curves.map((c) => [c.metric, c.metric]);
  const all = curves.length > CHARTS ? `the first ${CHARTS} of ${curves.length}` : `all ${curves.length} metrics`;
  const able = clocks(data);
  const each = runs.length > MANY ? `the best ${TOLD} runs` : "each run";
  return h(
    "div",
    { class: "nbt-controls" },
    curves.length > 1 && choice("Metric", [["", all], ...metrics], one?.metric ?? "", (curve) => app.set({ curve, log: null })),
    able.length > 1 && choice("x", able, state.clock, (clock) => app.set({ clock, zoom: { ...state.zoom, x: null } })),
    colourChoice(app, app.column(state.colour)?.id ?? state.colour, [["", "automatic"], ["run", each]]),
    smoothing(app, () => drawCurves(app, panel), mean),
    tick("log x", state.logX, (logX) => app.set({ logX, zoom: { ...state.zoom, x: null } }), state.clock === "wall"),
    choice("y", SCALES, state.log === null ? "" : state.log ? "log" : "line", (to) => app.set({ log: to ? to === "log" : null })),
    repeated && tick("mean of repeated seeds", mean, (on) => app.set({ mean: on })),
    zoomed(app) && button("Reset zoom", () => app.set({ zoom: { x: null, y: {} } })),
    saveButton(app, panel, `curves ${one?.metric ?? ""}`),
  );
}

/** @type {[string, string][]} */
const SCALES = [["", "automatic"], ["line", "linear"], ["log", "log"]];

/** @param {App} app @param {() => void} redraw @param {boolean} disabled @returns {HTMLElement} */
function smoothing(app, redraw, disabled) {
  const said = h("output", { text: app.state.smooth.toFixed(2) });
  const slide = (/** @type {any} */ event) => {
    app.state.smooth = Number(event.target.value);
    said.textContent = app.state.smooth.toFixed(2);
    redraw();
  };
  const title = "Exponential moving average with its start corrected (debiased), as TensorBoard draws it; the weight of the past";
  return h(
    "label",
    { class: "nbt-choice", title },
    h("span", { text: "Smoothing (EMA)" }),
    h("input", { type: "range", min: 0, max: 0.99, step: 0.01, value: app.state.smooth, oninput: slide, disabled }),
    said,
  );
}

/** @param {App} app @param {{odd: number, below: number, logs: boolean, drawn: {running: boolean}[]}[]} models @param {Curve[]} curves @param {Curve[]} chosen @returns {HTMLElement | null} */
function notes(app, models, curves, chosen) {
  const { omitted } = app.data;
  const below = Math.max(0, ...models.map((model) => model.below));
  const running = Math.max(0, ...models.map((model) => model.drawn.filter((line) => line.running).length));
  const lines = [
    running && `○ ${plural(running, "line")} still growing`,
    models.some((model) => model.logs) && "on a log axis the means and intervals are of the logarithms",
    models.some((model) => model.odd) && "at the edge: ▲ infinite, ▼ -infinite, ✕ nan",
    below && `${plural(below, "line")} not drawn where it is zero or less, which a log axis has no place for`,
    chosen.length < curves.length && chosen.length > 1 && `${curves.length - chosen.length} more metrics: choose one`,
    omitted.curves && `${plural(omitted.curves, "more curve")} left out to keep this output small`,
  ].filter(Boolean);
  return lines.length ? h("div", { class: "nbt-note", text: lines.join(" · ") }) : null;
}
