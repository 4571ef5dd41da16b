import assert from "node:assert/strict";
import { test } from "node:test";

const modules = ["bands", "brush", "lines", "parallel", "parallelchart", "pareto", "payload", "scale", "series", "smooth", "curvechart"];
const files = modules.map((name) => `../../nbtrack/view/static/compare/${name}.js`);
const { brief, brushed, clockTicks, clocks, drawable, epochsOf, extent, filterText, logTicks, meanBand, moved, numberScale, paretoFront, passing, pathOf, scaleOf, shortForms, smoothed, spacingOf, ticks, turned, unfold, unpack, valueAt } =
  Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));

const near = (a, b, by = 1e-9) => assert.ok(Math.abs(a - b) <= by, `${a} is not ${b}`);
const data = (columns, curves = []) =>
  unfold({
    format: 2, title: "t",
    runs: { id: ["a", "b", "c"], name: ["a", "b", "c"], experiment: ["e", "e", "e"], status: ["finished", "finished", "finished"], started: [0, 0, 0], duration: [1, 2, 3], note: [null, null, null] },
    columns, lines: [], sources: [], cells: [-1, -1, -1], curves, omitted: { sources: 0, curves: 0 },
  });
const column = (values, more = {}) => data([{ space: "params", key: "x", dir: null, values, ...more }]).columns.find((c) => c.key === (more.key ?? "x"));

test("a packed series comes back with its exact steps, its times, and its values to a 4,000th of their range", () => {
  assert.deepEqual(unpack([3, 3, 0, 5, 0.5, 1.5, "", 1, 3, 0, "AAf+/8"]), { run: 3, count: 3, steps: [0, 5, 10], values: [1, 2, 3], times: [0.5, 1, 1.5] });
  assert.deepEqual(unpack([0, 9, 2, "BgB", null, null, "", 1, 3, 0, "AAf+/8"]), { run: 0, count: 9, steps: [2, 3, 35], values: [1, 2, 3], times: null });
});

test("values in the logarithm, and those that are no numbers, come back too", () => {
  const { values } = unpack([0, 5, 0, 1, 0, 4, "", 1e-3, 10, 1, "AA/8/9/+//"]);
  near(values[0], 1e-3), near(values[1], 10);
  assert.deepEqual(values.slice(2), [-Infinity, Infinity, NaN]);
});

test("times that do not follow the steps evenly come back as they were", () => {
  const { times } = unpack([0, 3, 0, 1, 0, 4095, "AxDA", 0, 0, 0, "AAAAAA"]);
  assert.deepEqual(times, [0, 2047.5 - 57, 4095]);
});

test("ticks are round and few, of numbers, of magnitudes, and of the clock", () => {
  assert.deepEqual(ticks(0.91, 0.97), [0.92, 0.94, 0.96]);
  assert.deepEqual(ticks(5, 5), [5]);
  assert.deepEqual(logTicks(0.001, 100), [0.001, 0.01, 0.1, 1, 10, 100]);
  assert.deepEqual(logTicks(0.93, 0.97), [0.93, 0.94, 0.95, 0.96, 0.97]);
  const { values } = clockTicks(0, 3600);
  assert.deepEqual(values.map((value) => (value - values[0]) / 60), [0, 15, 30, 45, 60]);
});

test("large numbers on an axis are short", () => {
  assert.deepEqual([0, 950, 99_999, 250_000, -3e6, 4.5e9, 1e15].map(brief), ["0", "950", "99999", "250k", "-3M", "4.5G", "1e+15"]);
});

test("a scale leads from a value to a place and back, turned over or not", () => {
  for (const scale of [numberScale(2, 10), numberScale(0.01, 100, true), turned(numberScale(2, 10))])
    for (const value of [2.5, 4, 9]) near(scale.back(scale.place(value)), value);
  assert.deepEqual([numberScale(1, 1000, true).place(0), numberScale(0, 1).place(NaN), numberScale(0, 1).place(null)], [null, null, null]);
  assert.equal(numberScale(Infinity, -Infinity).kind, "line", "nothing to draw still has an axis");
  assert.equal(numberScale(-1, 5, true).kind, "line", "what is negative has no logarithm");
});

test("smoothing is TensorBoard's: debiased, so that it starts at the first value", () => {
  const values = [1, 2, 3, 4];
  let last = 0;
  const theirs = values.map((value, i) => (last = last * 0.6 + 0.4 * value) / (1 - 0.6 ** (i + 1)));
  smoothed(values, 0.6).forEach((value, i) => near(value, theirs[i]));
  assert.deepEqual(smoothed(values, 0), values);
  assert.deepEqual(smoothed([1, NaN, 1, Infinity, 1], 0.9).map((x) => Math.round(x * 1e9) / 1e9), [1, NaN, 1, Infinity, 1]);
});

test("a thinned series is smoothed about as much as the whole one", () => {
  const whole = Array.from({ length: 400 }, (_, i) => Math.exp(-i / 80));
  const places = whole.map((_, i) => i).filter((i) => i % 4 === 0);
  const series = { steps: places, count: 397 };
  const thin = smoothed(places.map((i) => whole[i]), 0.9, spacingOf(series));
  near(thin[90], smoothed(whole, 0.9)[360], 0.002);
});

test("the Pareto front is what nobody beats in both, for each pair of directions", () => {
  const points = [[1, 1], [2, 3], [3, 2], [0, 4], [2, 3], [NaN, 9]].map(([x, y], run) => ({ run, x, y }));
  assert.deepEqual(paretoFront(points, "max", "max"), [2, 1, 4, 3]);
  assert.deepEqual(paretoFront(points, "min", "max"), [3]);
  assert.deepEqual(paretoFront(points, "min", "min"), [3, 0]);
  assert.deepEqual(paretoFront(points, "max", null), []);
});

test("every run is on the front or beaten by one on it", () => {
  const points = Array.from({ length: 200 }, (_, run) => ({ run, x: Math.sin(run * 7.3), y: Math.cos(run * 3.1) }));
  const front = new Set(paretoFront(points, "max", "min"));
  const beats = (a, b) => a.x >= b.x && a.y <= b.y && (a.x > b.x || a.y < b.y);
  for (const point of points) assert.equal(points.some((other) => beats(other, point)), !front.has(point.run));
});

test("brushes keep the runs within numbers and words, and none without a value", () => {
  const numbers = column([1, { f: "nan" }, 3]), texts = column(["rbf", null, "poly"], { key: "kernel" });
  const by = (id) => ({ "params.x": numbers, "params.kernel": texts })[id];
  assert.deepEqual(passing({ "params.x": [0, 2] }, by, [0, 1, 2]), [0]);
  assert.deepEqual(passing({ "params.kernel": ["poly"] }, by, [0, 1, 2]), [2]);
  assert.deepEqual(passing({ "params.x": [0, 9], "params.kernel": ["poly"], gone: [0, 1] }, by, [0, 1, 2]), [2]);
});

test("a stretch of an axis is numbers between two ends, or the words on it", () => {
  assert.deepEqual(brushed(numberScale(0, 10), 0.6, 0.2), [2, 6]);
  assert.deepEqual(brushed(turned(numberScale(0, 10)), 0, 0.25), [7.5, 10]);
  const scale = scaleOf(column(["a", "b", "c"]), [0, 1, 2]);
  assert.deepEqual(brushed(scale, 0.4, 1), ["b", "c"]);
  assert.equal(brushed(scale, 0.6, 0.9), null);
  assert.deepEqual(extent(numberScale(0, 10), [2, 6]), [0.2, 0.6]);
});

test("brushes become a filter that keeps the same runs", () => {
  const lr = column([0.1, 0.01, 1], { key: "lr" }), odd = column(['a "b"', "c", 1], { key: "my key" });
  const by = (id) => ({ "params.lr": lr, "params.my key": odd })[id];
  assert.equal(filterText({ "params.lr": [0.01, 0.1] }, by), "params.lr >= 0.01 and params.lr <= 0.1");
  assert.equal(filterText({ "params.my key": ['a "b"', "1"] }, by), 'params."my key" in ("a ""b""", 1)');
});

test("brushes stand in short forms beside words", () => {
  const lr = column([0.1, 0.01, 1], { key: "lr" }), kernel = column(["rbf", "poly", "a b"], { key: "kernel" });
  const by = (id) => ({ "params.lr": lr, "params.kernel": kernel })[id];
  assert.equal(shortForms({ "params.lr": [0.01, 0.1], "params.kernel": ["rbf", "poly"] }, by), 'lr>=0.01 lr<=0.1 -kernel="a b"');
  assert.equal(shortForms({ "params.kernel": ["rbf"] }, by), "kernel=rbf");
});

test("the mean of seeds has an interval where two runs are, straight lines between points, and none beyond their ends", () => {
  const band = meanBand([{ xs: [0, 2], ys: [1, 3] }, { xs: [0, 1, 2, 3], ys: [3, 3, NaN, 5] }]);
  assert.deepEqual([band.xs, band.ys, band.n], [[0, 1, 2, 3], [2, 2.5, 3.5, 5], [2, 2, 2, 1]]);
  near(band.high[0] - band.ys[0], 12.706, 0.001); // t(0.975, 1 df) * sd / sqrt(2)
  assert.ok(Number.isNaN(band.low[3]));
  assert.ok(Number.isNaN(valueAt({ xs: [0, 1], ys: [0, 1] }, 2)));
});

test("on a log axis the mean and its interval are of the logarithms, so that no band reaches below zero", () => {
  const lines = [{ xs: [0], ys: [0.01] }, { xs: [0], ys: [1] }];
  assert.ok(meanBand(lines).low[0] < 0);
  const { ys, low, high } = meanBand(lines, true);
  near(ys[0], 0.1, 1e-12);
  assert.ok(low[0] > 0);
  near(low[0] * high[0], 0.01, 1e-12);
});

test("a path has gaps where values are missing and dots for lone points", () => {
  assert.equal(pathOf(Float64Array.of(0, 1, 2, 3), Float64Array.of(5, NaN, 6, 7.04)), "M0 5h.01M2 6L3 7");
});

test("a path of many points does without those that it passes closely, and without no other", () => {
  const px = Float64Array.from({ length: 200 }, (_, i) => 60 + 2.5 * i);
  for (const wave of [0, 0.2, 30]) {
    const py = Float64Array.from(px, (x, i) => 20 + 300 * Math.exp(-i / 15) + wave * Math.sin(i * 2.1));
    const kept = [...pathOf(px, py, 0.25).matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    assert.equal(kept.length < 160, wave < 1, `${kept.length} of 200 are kept of waves of ${wave}`);
    px.forEach((x, i) => {
      const after = Math.max(1, kept.findIndex(([other]) => other >= x));
      const [[x0, y0], [x1, y1]] = [kept[after - 1], kept[after]];
      near(y0 + ((y1 - y0) * (x - x0)) / (x1 - x0), py[i], 0.25 + 0.11); // what a tenth of a pixel rounds away
    });
  }
  assert.equal(pathOf(Float64Array.of(0, 1, 2, 3, 4), Float64Array.of(5, 5, NaN, 5, 5), 0.25), "M0 5L1 5M3 5L4 5");
  assert.equal(pathOf(Float64Array.of(1, 1, 1, 2), Float64Array.of(5, 90, 7, 7), 0.25), "M1 5L1 90L1 7L2 7");
});

test("epochs come from a metric that counts them, from the steps of one, or from as many points as epochs", () => {
  const series = [[0, 4, 0, 1, 0, 3, "", 0, 1, 0, "AAAA/8/8"]];
  const counted = data([], [{ metric: "epoch", dir: null, series: [[0, 4, 0, 1, 0, 3, "", 0, 3, 0, "AAAA/8/8"]] }, { metric: "loss", dir: "min", series }]);
  assert.deepEqual(epochsOf(counted, counted.curves[1].series[0]), [0, 0, 3, 3]);
  assert.deepEqual(drawable(counted).map((curve) => curve.metric), ["loss"]);
  const per = data([{ space: "params", key: "steps_per_epoch", dir: null, all: 2 }], [{ metric: "loss", dir: "min", series }]);
  assert.deepEqual(epochsOf(per, per.curves[0].series[0]), [0, 0.5, 1, 1.5]);
  const same = data([{ space: "params", key: "n_epochs", dir: null, all: 4 }], [{ metric: "loss", dir: "min", series }]);
  assert.deepEqual(epochsOf(same, same.curves[0].series[0]), [1, 2, 3, 4]);
  assert.deepEqual(clocks(same).map(([id]) => id), ["step", "time", "wall", "epoch"]);
  assert.equal(epochsOf(data([{ space: "params", key: "epochs", dir: null, all: 3 }], []), { run: 0, steps: [0, 1, 2, 3], count: 4 }), null);
});

test("an axis moves to another place", () => {
  assert.deepEqual([moved([..."abc"], 0, 2).join(""), moved([..."abc"], 2, -1).join(""), moved([..."abc"], 1, 9).join("")], ["bca", "cab", "acb"]);
});
