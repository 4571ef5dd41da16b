import assert from "node:assert/strict";
import { test } from "node:test";

const names = ["annotate", "arrange", "baseline", "column", "format", "group", "head", "payload", "sight", "spark", "walk"];
const files = process.env.FRONT_END ? [process.env.FRONT_END] : names.map((name) => `../../nbtrack/view/static/compare/${name}.js`);
const { Column, arranged, baselineOf, between, decimals, distance, grouped, inSight, moved, readTag, sharedText, sparkPath, summaryOf, tailOf, turn, unfold, unitOf, withColumns, withPin } =
  Object.assign({}, ...(await Promise.all(files.map((file) => import(file)))));

const five = (value) => Array(5).fill(value);
const data = unfold({
  format: 1, title: "t",
  runs: { id: ["a-1", "a-2", "a-3", "a-4", "a-5"], name: ["one", "two", "three", "four", "five"], experiment: five("e"), status: five("finished"), started: five(1), duration: five(1), note: five(null) },
  columns: [
    { space: "params", key: "model", dir: null, values: ["svc", "forest", "svc", "forest", null] },
    { space: "params", key: "depth", dir: null, values: [8, 4, 8, 12, 4] },
    { space: "params", key: "tol", dir: null, all: 1 },
    { space: "metrics", key: "accuracy", dir: "max", values: [0.9, 0.8, 0.94, 0.86, null] },
    { space: "tags", key: "archived", dir: null, values: [null, true, null, null, null] },
    { space: "about", key: "env.python", dir: null, values: ["3.11", "3.12", "3.11", "3.11", "3.11"] },
  ],
  lines: [], sources: [], cells: five(-1), curves: [], omitted: { sources: 0, curves: 0 },
});
const column = (id) => data.columns.find((c) => c.id === id);
const plain = { all: false, on: [], off: [], pinned: [], order: [] };
const shown = (choice) => arranged(data.columns, { ...plain, ...choice }, false).map((c) => c.key);
const rows = [0, 1, 2, 3, 4];
const heads = (lines) => lines.flatMap((line) => (typeof line === "number" ? [] : [line.label]));

test("columns are shown, left out, pinned and moved as a person says, and what they say nothing of stays where it would stand", () => {
  assert.deepEqual(shown({}), ["model", "depth", "accuracy"]);
  assert.deepEqual(shown({ on: ["about.env.python"], off: ["params.depth"] }), ["model", "accuracy", "env.python"]);
  assert.deepEqual(shown({ pinned: ["metrics.accuracy"] }), ["accuracy", "model", "depth"]);
  assert.deepEqual(shown({ order: ["metrics.accuracy", "params.model"] }), ["accuracy", "model", "depth"]);
  assert.deepEqual(shown({ all: true }).includes("env.python"), false);
  assert.deepEqual(shown({ all: true }).includes("tol"), true);
});

test("a column that is hidden is no longer pinned, and one that is shown again is not hidden", () => {
  const off = withColumns({ on: ["x"], off: [], pinned: ["x", "y"] }, ["x"], false);
  assert.deepEqual(off, { on: [], off: ["x"], pinned: ["y"] });
  assert.deepEqual(withColumns(off, ["x"], true), { on: ["x"], off: [] });
  assert.deepEqual([withPin([], "x"), withPin(["x"], "x")], [{ pinned: ["x"] }, { pinned: [] }]);
});

test("a column moved among the pinned is pinned, one moved out of them is not", () => {
  const ids = ["p", "q", "r", "s"];
  assert.deepEqual(moved(ids, [], "s", 1), { order: ["p", "s", "q", "r"], pinned: [] });
  assert.deepEqual(moved(ids, ["p", "q"], "r", 0), { order: ["r", "p", "q", "s"], pinned: ["r", "p", "q"] });
  assert.deepEqual(moved(ids, ["p", "q"], "p", 3), { order: ["q", "r", "s", "p"], pinned: ["q"] });
  assert.deepEqual(moved(ids, ["p"], "q", 99), { order: ["p", "r", "s", "q"], pinned: ["p"] });
});

test("runs are grouped by a value: groups in its order, runs in theirs, closed groups without runs", () => {
  const lines = grouped(rows, data, { by: "params.model", folded: ["svc"], sort: [] });
  assert.deepEqual(heads(lines), ["forest", "svc", "no model"]);
  assert.deepEqual(lines.filter((line) => typeof line === "number"), [1, 3, 4]);
  assert.deepEqual(heads(grouped(rows, data, { by: "params.depth", folded: [], sort: [] })), ["depth = 4", "depth = 8", "depth = 12"]);
  assert.deepEqual(grouped(rows, data, { by: "", folded: [], sort: [] }), rows);
  assert.deepEqual(grouped(rows, data, { by: "params.gone", folded: [], sort: [] }), rows);
});

test("sorted by a metric, groups stand by their means, and one without a number last", () => {
  const by = (down) => heads(grouped(rows, data, { by: "params.model", folded: [], sort: [{ id: "metrics.accuracy", down }] }));
  assert.deepEqual([by(true), by(false)], [["svc", "forest", "no model"], ["forest", "svc", "no model"]]);
});

test("a group has the mean of a metric with its interval, and what its runs share", () => {
  const { n, mean, low, high } = summaryOf([0, 2], column("metrics.accuracy"));
  assert.equal(n, 2);
  assert.ok(Math.abs(mean - 0.92) < 1e-12 && Math.abs(high - low - 2 * 12.7062 * 0.02) < 1e-4);
  assert.equal(summaryOf([4], column("metrics.accuracy")).n, 0);
  assert.deepEqual([sharedText([0, 2], column("params.model")), sharedText([0, 1, 4], column("params.model"))], ["svc", "2 values"]);
});

test("a distance from the baseline has a sign and says whether it is better", () => {
  const accuracy = column("metrics.accuracy");
  assert.deepEqual(distance(accuracy, 0.94, 0), { text: "+0.040", verdict: "better" });
  assert.deepEqual(distance(accuracy, 0.8, 0), { text: "−0.100", verdict: "worse" });
  assert.deepEqual(distance(accuracy, 0.9, 0), { text: "±0", verdict: "same" });
  assert.deepEqual(distance(accuracy, 0.9000001, 0), { text: "+1e-07", verdict: "better" });
  assert.deepEqual([distance(accuracy, null, 0), distance(accuracy, 0.9, 4)], [null, null]);
  assert.deepEqual([baselineOf(data, "a-3"), baselineOf(data, ""), baselineOf(data, "gone")], [2, -1, -1]);
});

test("a metric can be turned over: what was worse is better, and the best is another", () => {
  const loss = new Column("metrics", "m", [1, 2, 3], { dir: "max" });
  turn({ columns: [loss], curves: [] }, { "metrics.m": "min" });
  assert.deepEqual([loss.dir, [...loss.best], distance(loss, 1, 1).verdict], ["min", [0], "better"]);
  turn({ columns: [loss], curves: [] }, { "metrics.m": null });
  assert.deepEqual([[...loss.best], distance(loss, 1, 1).verdict], [[], ""]);
});

test("hidden and archived runs are out of sight until they are asked for", () => {
  const state = { hidden: [0], unhidden: false, archived: false };
  assert.deepEqual(inSight(rows, data, state), [2, 3, 4]);
  assert.deepEqual(inSight(rows, data, { ...state, unhidden: true }), [0, 2, 3, 4]);
  assert.deepEqual(inSight(rows, data, { ...state, archived: true }), [1, 2, 3, 4]);
});

test("long numbers are shown shorter, short ones as they were typed, and points stand under points", () => {
  const lr = new Column("params", "lr", [1 / 30, 0.123456, 1e-5, 1, 12345.678901]);
  assert.deepEqual(lr.texts, ["0.033333", "0.123456", "1e-05", "1", "12346"]);
  assert.equal(lr.tail, ".033333");
  assert.deepEqual(["12.5", "1e-05", "7", "–"].map(tailOf), [".5", "e-05", "", ""]);
  assert.equal(new Column("params", "n", [1, 20, null]).tail, "");
});

test("decimals are not rounded away: where a value would be shown as 0, each has digits of its own", () => {
  assert.deepEqual([[0.02, 812.5], [100.25, 1200.5]].map(decimals), [null, 0]);
  assert.deepEqual(new Column("metrics", "latency_ms", [0.0257, 484.8111]).texts, ["0.0257", "484.8"]);
});

test("a name that ends with a unit has this unit", () => {
  assert.deepEqual(["fit_seconds", "latency_ms", "size_mb", "accuracy", "s", "used_percent", "x_constructor"].map(unitOf), ["s", "ms", "MB", "", "", "%", ""]);
});

test("a sparkline fits its box, skips what is no number, and thins long series", () => {
  assert.equal(sparkPath({ steps: [0, 1], values: [1, 2] }), "M1.0 13.0L44.0 2.0");
  assert.equal(sparkPath({ steps: [0, 1, 2], values: [5, NaN, 5] }), "M1.0 13.0L44.0 13.0");
  assert.equal(sparkPath({ steps: [0], values: [1] }), "");
  const long = Array.from({ length: 4000 }, (_, n) => n);
  assert.equal(sparkPath({ steps: long, values: long }).split("L").length, 40);
});

test("a tag is read as what the others of its kind are", () => {
  const words = new Column("tags", "stage", ["draft", null]), numbers = new Column("tags", "rank", [1, null]), none = new Column("tags", "new", [null, null]);
  assert.deepEqual([readTag("7", words), readTag("7", numbers), readTag("7", none), readTag(" x ", none)], ["7", 7, 7, "x"]);
  assert.deepEqual([readTag("", words), readTag("True", words), readTag("false", none)], [null, true, false]);
});

test("a range has its runs from either end, without the heads of groups", () => {
  assert.deepEqual([between([5, 3, 9, 1], 1, 2), between([5, 3, 9, 1], 3, 1), between([{ key: "g", runs: [4] }, 4, 7], 0, 2)], [[3, 9], [3, 9, 1], [4, 7]]);
});

test("repeated seeds stand under one head, and a run that was not repeated under none", () => {
  const lines = grouped(rows, data, { by: "seeds", folded: [], sort: [] });
  assert.deepEqual(lines.map((line) => (typeof line === "number" ? line : line.runs)), [[0, 2], 0, 2, 1, 3, 4]);
});

test("of runs that were measured on several sets of data the best of each set is marked, whichever way is better", () => {
  const accuracy = new Column("metrics", "accuracy", [0.97, 0.99, 0.61, 0.58, 1, 0.5], { dir: "max" });
  assert.deepEqual([...accuracy.best], [4]);
  accuracy.part([0, 0, 1, 1, null, 2]);
  assert.deepEqual([...accuracy.best], [1, 2]);
  accuracy.turn("min");
  assert.deepEqual([...accuracy.best], [0, 3]);
  const { columns } = unfold({
    format: 2, title: "", sets: [0, 0, 1, 1],
    runs: { id: ["a-1", "a-2", "a-3", "a-4"], name: ["a", "b", "c", "d"], experiment: Array(4).fill("e"), status: Array(4).fill("finished"), started: Array(4).fill(1), duration: Array(4).fill(1), note: Array(4).fill(null) },
    columns: [{ space: "metrics", key: "accuracy", dir: "max", values: [0.97, 0.99, 0.61, 0.58] }],
    lines: [], sources: [], cells: Array(4).fill(-1), curves: [], omitted: { sources: 0, curves: 0 },
  });
  assert.deepEqual([...columns.find((c) => c.id === "metrics.accuracy").best], [1, 2]);
});
