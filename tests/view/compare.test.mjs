import assert from "node:assert/strict";
import { test } from "node:test";

// Twice the same promises: of the modules, and (where FRONT_END names a file) of the one script they are joined to.
const modules = ["column", "edits", "diff", "filter", "format", "parallel", "payload", "sort"];
const files = process.env.FRONT_END ? [process.env.FRONT_END] : modules.map((name) => `../../nbtrack/view/static/compare/${name}.js`);
const { Column, decimals, delta, diffLines, duration, edits, figure, filtered, folded, nextSort, plural, shortLabel, sorted, unfold, usualAxes, words } =
  Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));

const payload = {
  format: 1, title: "t",
  runs: { id: ["x-aaaaaaaa", "x-bbbbbbbb", "x-cccccccc"], name: ["forest", "svc one", "svc two"], experiment: ["e", "e", "e"], status: ["finished", "failed", "finished"], started: [1, 2, 3], duration: [1, null, 3], note: [null, "hello", null] },
  columns: [
    { space: "params", key: "lr", dir: null, values: [0.1, 0.01, null] },
    { space: "params", key: "kernel", dir: null, words: ["rbf"], at: [-1, 0, 0] },
    { space: "params", key: "seed", dir: null, all: 1 },
    { space: "params", key: "tol", dir: null, usual: true, values: [null, 1, 1] },
    { space: "metrics", key: "accuracy", dir: "max", values: [0.95, { f: "nan" }, 0.91] },
    { space: "metrics", key: "loss", dir: "min", values: [0.2, null, 0.1] },
  ],
  lines: ["a", "b"], sources: [[0, 1]], cells: [0, -1, 0], curves: [], omitted: { sources: 0, curves: 0 },
};
const data = unfold(payload);
const rows = (text) => filtered(text, data).rows;

test("figures are written as Python writes them", () => {
  assert.deepEqual([0.964912, 12, 1234567, 1e-7, 3, NaN, 12345.678, -0.5].map((x) => figure(x)), ["0.9649", "12", "1234567", "1e-07", "3", "nan", "12346", "-0.5"]);
  assert.deepEqual([null, true, "x", 1e-5, { f: "inf" }].map(words), ["–", "True", "x", "1e-05", "inf"]);
  assert.deepEqual([0.00042, 0.25, 1.437, 75, 7384, null].map(duration), ["0.4 ms", "250 ms", "1.44 s", "1 min 15 s", "2 h 3 min", "–"]);
});

test("the least value of a column keeps two digits", () => {
  assert.deepEqual([[0.081, 2.34], [1.5, 900.25]].map(decimals), [3, 1]);
});

test("a long label shortens its names before its values", () => {
  const label = "learning_rate_init=0.001, hidden_layer_sizes=[32]";
  assert.equal(shortLabel(label, 60), label);
  assert.equal(shortLabel(label, 36), "learning_…=0.001, hidden_la…=[32]");
  assert.equal(shortLabel("learning_rate_init=0.001, hidden_layer_sizes=[32], momentum=0.95", 26), "lear…=0.001, hidd…=[32], …");
});

test("seeds and twins are no axes of their own accord", () => {
  const at = (key, values) => new Column("params", key, values);
  const able = [at("seed", [1, 2, 3]), at("lr", [0.1, 0.2, 0.3]), at("hidden", [32, 64, 32]), at("hidden_layer_sizes", ["[32]", "[64]", "[32]"]), new Column("metrics", "f1", [0.7, 0.8, 0.9], { dir: "max" })];
  assert.deepEqual(usualAxes(able, [0, 1, 2]).map((c) => c.key), ["lr", "hidden", "f1"]);
});

test("a column has as many decimals as tell its values apart", () => {
  assert.deepEqual([[0.91, 0.97], [12, 80], [1200.5, 100.25], [1e-9, 1], []].map(decimals), [4, 0, 0, null, null]);
});

test("what differs comes first, then what is the same, then what was left at its default", () => {
  assert.deepEqual(data.columns.map((c) => c.id), ["params.lr", "params.kernel", "metrics.accuracy", "metrics.loss", "run.status", "run.duration", "run.started", "params.seed", "run.experiment", "params.tol"]);
  assert.deepEqual(data.columns.filter((c) => !c.leads).map((c) => c.id), ["params.seed", "run.experiment", "params.tol"]);
});

test("defaults that differ lead where nothing that was chosen differs", () => {
  const columns = payload.columns.filter((c) => !["lr", "kernel"].includes(c.key));
  assert.deepEqual(unfold({ ...payload, columns }).columns.filter((c) => c.leads && c.space === "params").map((c) => c.key), ["tol"]);
});

test("axes are metrics and what was chosen, moves, and does not repeat another", () => {
  const twice = payload.columns.concat({ space: "params", key: "pipeline__lr", dir: null, values: [0.1, 0.01, null] });
  const { columns } = unfold({ ...payload, columns: twice });
  assert.deepEqual(usualAxes(columns, [0, 1, 2]).map((c) => c.key), ["lr", "accuracy", "loss"]);
});

test("the best value follows the metric's direction", () => {
  assert.deepEqual(data.columns.filter((c) => c.space === "metrics").map((c) => [...c.best]), [[0], [2]]);
});

test("a filter takes words, comparisons, negation and quotes", () => {
  assert.deepEqual(rows("svc"), [1, 2]);
  assert.deepEqual(rows("svc -failed"), [2]);
  assert.deepEqual(rows("lr<0.1"), [1]);
  assert.deepEqual(rows("lr <= 0.1"), [0, 1]);
  assert.deepEqual(rows("accuracy>0.9 loss<0.15"), [2]);
  assert.deepEqual(rows('name "svc two"'), []);
  assert.deepEqual(rows('"svc two"'), [2]);
  assert.deepEqual(rows("kernel=RBF"), [1, 2]);
  assert.deepEqual(rows("-kernel=rbf"), []);
  assert.deepEqual(rows("status!=failed"), [0, 2]);
  assert.deepEqual(rows("acc>0.92"), [0]);
  assert.deepEqual(rows("hello"), [1]);
  assert.deepEqual(rows(""), [0, 1, 2]);
});

test("sorting is stable, numeric, and puts what is missing last both ways", () => {
  assert.deepEqual(sorted([0, 1, 2], [{ id: "params.lr", down: false }], data), [1, 0, 2]);
  assert.deepEqual(sorted([0, 1, 2], [{ id: "params.lr", down: true }], data), [0, 1, 2]);
  assert.deepEqual(sorted([0, 1, 2], [{ id: "metrics.accuracy", down: true }], data), [0, 2, 1]);
  assert.deepEqual(sorted([0, 1, 2], [{ id: "params.seed", down: true }, { id: "run.name", down: true }], data), [2, 1, 0]);
  assert.deepEqual(sorted([2, 0, 1], [], data), [0, 1, 2]);
  assert.deepEqual(sorted([0, 1, 2], [{ id: "run.name", down: false }], data), [0, 1, 2]);
  assert.deepEqual(sorted([0, 1, 2], [{ id: "gone", down: false }], data), [0, 1, 2]);
});

test("numbers stand before words, and infinities at their ends", () => {
  const order = (values, down) => sorted([0, 1, 2, 3], [{ id: "params.x", down }], unfold({ ...payload, runs: { ...payload.runs, id: ["a", "b", "c", "d"] }, columns: [{ space: "params", key: "x", dir: null, values }] }));
  assert.deepEqual(order([{ f: "inf" }, 1, { f: "-inf" }, { f: "nan" }], false), [2, 1, 0, 3]);
  assert.deepEqual(order(["scale", 0.1, null, "auto"], false), [1, 3, 0, 2]);
  assert.deepEqual(order(["scale", 0.1, null, "auto"], true), [0, 3, 1, 2]);
});

test("a header's clicks go from best first through the reverse to none; shift adds", () => {
  const accuracy = data.columns.find((c) => c.key === "accuracy"), lr = data.columns.find((c) => c.key === "lr");
  const one = nextSort([], accuracy, false), two = nextSort(one, accuracy, false);
  assert.deepEqual([one, two, nextSort(two, accuracy, false)], [[{ id: accuracy.id, down: true }], [{ id: accuracy.id, down: false }], []]);
  assert.deepEqual(nextSort(one, lr, true), [{ id: accuracy.id, down: true }, { id: lr.id, down: false }]);
  assert.deepEqual(nextSort(one, lr, false), [{ id: lr.id, down: false }]);
});

test("a metric's move is judged by its direction", () => {
  const [accuracy, loss] = data.columns.filter((c) => c.space === "metrics");
  assert.deepEqual(delta(loss, 0, 2), { text: "▼ −0.1", verdict: "better" });
  assert.deepEqual(delta(accuracy, 0, 2), { text: "▼ −0.04", verdict: "worse" });
  assert.deepEqual(delta(loss, 0, 1), { text: "", verdict: "" });
});

test("counts have commas between their thousands", () => {
  assert.deepEqual([0, 1, 999, 1000, 12345678].map((n) => plural(n, "run")), ["0 runs", "1 run", "999 runs", "1,000 runs", "12,345,678 runs"]);
});
