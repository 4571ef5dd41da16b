import assert from "node:assert/strict";
import { test } from "node:test";

const modules = ["merge", "payload"];
const files = modules.map((name) => `../../nbtrack/view/static/compare/${name}.js`);
const { merge, unfold } = Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));

/** Some runs as a payload: each `{id, status, metrics, params, note, source, loss}`, the last a series of whole numbers. */
function packed(runs, more = {}) {
  const keys = (space) => [...new Set(runs.flatMap((run) => Object.keys(run[space] ?? {})))];
  const columns = ["metrics", "params", "tags"].flatMap((space) =>
    keys(space).map((key) => ({ space, key, dir: null, values: runs.map((run) => run[space]?.[key] ?? null) })));
  const lines = runs.map((run) => run.source ?? `source of ${run.id}`);
  return unfold({
    format: 2, title: "t", columns, lines, sources: lines.map((_, at) => [at]), cells: lines.map((_, at) => at), omitted: { sources: 0, curves: 0 },
    runs: {
      id: runs.map((run) => run.id), name: runs.map((run) => run.id), experiment: runs.map(() => "e"), status: runs.map((run) => run.status ?? "finished"),
      started: runs.map((_, at) => at), duration: runs.map(() => 1), note: runs.map((run) => run.note ?? null),
    },
    curves: [], ...more,
  });
}
const two = () => packed([{ id: "a", metrics: { f1: 1 }, params: { lr: 0.1 } }, { id: "b", status: "running", metrics: { f1: 2 }, params: { lr: 0.1 }, note: "mine" }]);
const ids = (data) => data.runs.map((run) => run.id);
const column = (data, id) => data.columns.find((c) => c.id === id);
const point = (run, step, value, count = step + 1, time = step) => [run, "loss", step, value, time, count];
const series = (data, run) => data.curves[0].series.find((each) => each.run === run);

test("new runs come behind those that are there, with their values", () => {
  const data = merge(two(), packed([{ id: "c", metrics: { f1: 3, auc: 0.5 } }]));
  assert.deepEqual(ids(data), ["a", "b", "c"]);
  assert.deepEqual(column(data, "metrics.f1").values, [1, 2, 3]);
  assert.deepEqual(column(data, "metrics.auc").values, [null, null, 0.5]);
  assert.deepEqual(data.runs.map((run) => run.at), [0, 1, 2]);
});

test("a run that changed keeps its place, and columns theirs", () => {
  const before = two();
  const data = merge(before, packed([{ id: "a", status: "failed", params: { lr: 7 } }]));
  assert.deepEqual(ids(data), ["a", "b"]);
  assert.deepEqual(column(data, "params.lr").values, [7, 0.1]);
  assert.deepEqual(column(data, "metrics.f1").values, [null, 2]);
  assert.deepEqual(column(data, "run.status").values, ["failed", "running"]);
  assert.deepEqual(data.columns.map((c) => c.id), before.columns.map((c) => c.id));
});

test("what is merged into is not changed, and what did not change is the same object", () => {
  const before = two();
  const data = merge(before, packed([{ id: "b", metrics: { f1: 9 }, params: { lr: 0.1 } }]));
  assert.deepEqual(column(before, "metrics.f1").values, [1, 2]);
  assert.equal(column(data, "params.lr"), column(before, "params.lr"));
});

test("of a growing run only the numbers come, and the rest stays", () => {
  const data = merge(two(), packed([{ id: "b", status: "running", metrics: { f1: 5 }, source: "other" }]), { partial: true });
  assert.deepEqual(column(data, "metrics.f1").values, [1, 5]);
  assert.deepEqual(column(data, "params.lr").values, [0.1, 0.1]);
  assert.equal(data.source(1), "source of b");
});

test("runs that are gone take nothing of the others with them", () => {
  const data = merge(two(), null, { gone: ["a"] });
  assert.deepEqual(ids(data), ["b"]);
  assert.deepEqual(column(data, "metrics.f1").values, [2]);
  assert.equal(data.source(0), "source of b");
  assert.equal(data.runs[0].note, "mine");
});

test("each run's source is the one it came with, however often there was news", () => {
  let data = two();
  for (let i = 0; i < 300; i++) data = merge(data, packed([{ id: `n${i % 3}`, source: `version ${i}` }]));
  assert.deepEqual(data.runs.map((run) => data.source(run.at)), ["source of a", "source of b", "version 297", "version 298", "version 299"]);
  assert.match(data.words(2), /n0/);
});

test("points are added at the end of a series, and begin one that was not there", () => {
  let data = merge(two(), null, { points: [point("b", 0, 5), point("b", 1, 4), point("x", 0, 1)] });
  data = merge(data, null, { points: [point("b", 3, { f: "nan" }, 4), point("b", 2, 9, 3)] });
  assert.deepEqual(series(data, 1), { run: 1, count: 4, steps: [0, 1, 3], values: [5, 4, NaN], times: [0, 1, 3] });
});

test("a series that was read in full replaces one of single points, an older one does not", () => {
  const full = (count) => packed([{ id: "b" }], { curves: [{ metric: "loss", dir: "min", series: [[0, count, 0, 1, 0, 1, "", 0, 1, 0, "AA".repeat(count)]] }] });
  const grown = merge(two(), null, { points: [point("b", 0, 5), point("b", 9, 4, 10)] });
  assert.equal(series(merge(grown, full(10)), 1).steps.length, 10);
  assert.equal(series(merge(grown, full(4)), 1).steps.length, 2);
});

test("a series that grows for days stays drawable, its latest points whole", () => {
  let data = two();
  for (let i = 0; i < 5000; i++) data = merge(data, null, { points: [point("b", i, i)] });
  const { steps, count } = series(data, 1);
  assert.ok(steps.length <= 2002 && count === 5000);
  assert.deepEqual(steps.slice(-500), Array.from({ length: 500 }, (_, i) => 4500 + i));
});

test("a column of notes that the table made follows the runs", () => {
  const before = two();
  before.columns.push(new before.columns[0].constructor("run", "note", [null, "mine"]));
  const data = merge(before, packed([{ id: "a", note: "new" }]));
  assert.deepEqual(column(data, "run.note").values, ["new", "mine"]);
});
