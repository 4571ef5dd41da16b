// @ts-check
/** From the series of a metric to the lines of its chart: over steps, time or epochs, smoothed, or a mean of seeds. */
/** @import { App, Colouring, Curve, Data, Line, Look, Series } from "./types.js" */
import { meanBand, valueAt } from "./bands.js";
import { smoothed, spacingOf } from "./smooth.js";

const EPOCH = /(^|[/._])epochs?$/i;
const EPOCHS = /^(n_|num_|max_)?epochs?$/i;

/** @param {Data} data @returns {Curve[]} those worth a chart: not what only counts epochs */
export function drawable(data) {
  const worth = data.curves.filter((curve) => !EPOCH.test(curve.metric));
  return worth.length ? worth : data.curves;
}

/** @param {Data} data @returns {[string, string][]} what x can be */
export function clocks(data) {
  // A few series tell; to ask all of thousands would take longer than to draw them.
  const some = drawable(data).slice(0, 12).flatMap((curve) => curve.series.slice(0, 40));
  const timed = some.some((series) => series.times);
  const counted = some.some((series) => epochsOf(data, series));
  return [
    ["step", "step"],
    ...(timed ? /** @type {[string, string][]} */ ([["time", "time since start"], ["wall", "time of day"]]) : []),
    ...(counted ? /** @type {[string, string][]} */ ([["epoch", "epoch"]]) : []),
  ];
}

/** The epoch at each point: from a metric that counts them, from a param that says how many steps one has, or where a
 * run has as many points as epochs. @param {Data} data @param {Series} series @returns {number[] | null} */
export function epochsOf(data, series) {
  const { run, steps, count } = series;
  const counted = data.curves.find((curve) => EPOCH.test(curve.metric))?.series.find((one) => one.run === run);
  if (counted) {
    const [first, last] = [counted.steps[0], counted.steps[counted.steps.length - 1]];
    return steps.map((step) => valueAt({ xs: counted.steps, ys: counted.values }, Math.min(last, Math.max(first, step))));
  }
  const param = (/** @type {RegExp} */ name) => data.columns.find((c) => c.space === "params" && name.test(c.key))?.values[run];
  const each = param(/^steps_per_epoch$/i);
  if (typeof each === "number" && each > 0) return steps.map((step) => step / each);
  const whole = steps[steps.length - 1] - steps[0] === count - 1 && count > 1;
  return whole && param(EPOCHS) === count ? steps.map((step) => step - steps[0] + 1) : null;
}

/** @param {App} app @param {Series} series @param {string} clock @returns {number[] | null} what stands on the x axis */
function xsOf({ data }, series, clock) {
  const { times } = series;
  if (clock === "epoch") return epochsOf(data, series);
  if (clock === "time") return times;
  if (clock === "wall") return times && times.map((time) => data.runs[series.run].started / 1000 + time);
  return series.steps;
}

/** @param {App} app @param {Series[]} series @param {Colouring} colours @param {string} clock @param {number} weight of the past @returns {Line[]} the strong ones last, so that they are drawn on top */
export function runLines(app, series, colours, clock, weight) {
  const lines = series.flatMap((one) => {
    const xs = xsOf(app, one, clock);
    if (!xs) return [];
    const { id, name, status } = app.data.runs[one.run];
    const raw = weight ? one.values : null;
    const ys = weight ? smoothed(one.values, weight, spacingOf(one)) : one.values;
    return [{ id, name, runs: [one.run], look: colours.look(one.run), xs, ys, raw, running: status === "running" }];
  });
  return lines.sort((a, b) => Number(a.look.strong) - Number(b.look.strong) || a.look.rank - b.look.rank);
}

/** @param {Line[]} lines of runs @param {{key: string, label: string, runs: number[]}[]} groups @param {(at: number) => Look & {strong: boolean, rank: number}} look @param {boolean} log whether the axis is @returns {Line[]} a mean a group */
export function meanLines(lines, groups, look, log) {
  const of = new Map(lines.map((line) => [line.runs[0], line]));
  const means = groups.flatMap(({ key, label, runs }, at) => {
    const own = runs.flatMap((run) => of.get(run) ?? []);
    if (!own.length) return [];
    return [{ id: key, name: label, runs: own.map((line) => line.runs[0]), look: look(at), raw: null, ...meanBand(own, log), running: own.some((line) => line.running) }];
  });
  return means.sort((a, b) => Number(a.look.strong) - Number(b.look.strong) || a.look.rank - b.look.rank);
}
