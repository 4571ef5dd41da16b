import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { associations, mulberry32 } from "../../nbtrack/view/static/compare/association.js";
import { Column } from "../../nbtrack/view/static/compare/column.js";

const vectors = JSON.parse(readFileSync(new URL("../query/importance.json", import.meta.url), "utf8"));
const places = (count) => [...Array(count).keys()];
const near = (x, y, what) => assert.ok(y === null ? Number.isNaN(x) : Math.abs(x - y) < 1e-9, `${what}: ${x} is not ${y}`);

test("shares, intervals and what chance reaches are those of Python and scipy", () => {
  const params = Object.entries(vectors.params).map(([key, values]) => new Column("params", key, values));
  const { rows, n } = associations(new Column("metrics", "f1", vectors.metric), params, places(60));
  assert.equal(n, 59);
  assert.deepEqual(rows.map((row) => row.keys), vectors.rows.map((row) => row.params));
  rows.forEach((row, at) => {
    const expected = vectors.rows[at];
    for (const name of ["value", "low", "high", "chance", "rho", "n"]) near(row[name], expected[name], `${row.keys} ${name}`);
    assert.equal(row.levels.length, expected.levels);
  });
});

test("params that always changed together are one bar", () => {
  const both = vectors.rows.find((row) => row.params.length > 1);
  assert.deepEqual(both.params, ["kernel", "twin"]);
});

test("what does not vary, and what is different in every run, is no bar", () => {
  const columns = [new Column("params", "same", Array(9).fill(1)), new Column("params", "id", places(9).map((n) => `run ${n}`))];
  assert.deepEqual(associations(new Column("metrics", "f1", places(9)), columns, places(9)).rows, []);
});

test("a metric that does not vary goes with nothing", () => {
  const column = new Column("params", "lr", places(12).map((n) => n % 2));
  const { rows } = associations(new Column("metrics", "f1", Array(12).fill(0.5)), [column], places(12));
  assert.deepEqual(rows, []);
});

test("no runs, no params and no metric are no error", () => {
  const nothing = new Column("metrics", "f1", [null, { f: "nan" }]);
  assert.deepEqual(associations(nothing, [new Column("params", "lr", [1, 2])], [0, 1]).rows, []);
  assert.deepEqual(associations(nothing, [], []).n, 0);
});

test("of params that do nothing, none passes what chance reaches in 95 studies of 100", () => {
  const random = mulberry32(3);
  let wrong = 0;
  for (let study = 0; study < 200; study++) {
    const columns = ["a", "b", "c", "d", "e"].map((key, n) => new Column("params", key, places(30).map(() => (n % 2 ? random() : Math.floor(random() * (2 + n))))));
    const { rows } = associations(new Column("metrics", "f1", places(30).map(random)), columns, places(30));
    wrong += Number(rows.some((row) => row.value > row.chance));
  }
  assert.ok(wrong <= 20, `${wrong} of 200`);
});

test("more levels are no more important by being more", () => {
  const random = mulberry32(4);
  const sums = [0, 0];
  for (let study = 0; study < 100; study++) {
    const metric = new Column("metrics", "f1", places(80).map(random));
    [2, 25].forEach((levels, n) => {
      const column = new Column("params", "x", places(80).map(() => `v${Math.floor(random() * levels)}`));
      sums[n] += associations(metric, [column], places(80)).rows[0].value / 100;
    });
  }
  assert.ok(sums[1] < 0.1 && sums[0] < 0.02, String(sums));
});

test("thousands of runs are thinned evenly, and it is said how many were looked at", () => {
  const column = new Column("params", "lr", places(5000).map((n) => n % 3));
  const columns = Array.from({ length: 60 }, () => column);
  const { n, of } = associations(new Column("metrics", "f1", places(5000).map((at) => at % 3)), columns, places(5000));
  assert.deepEqual([n, of], [1667, 5000]);
});
