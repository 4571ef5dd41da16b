import assert from "node:assert/strict";
import { test } from "node:test";
import { headline, inWords } from "../../nbtrack/view/static/compare/better.js";
import { judge } from "../../nbtrack/view/static/compare/verdict.js";

const metric = { key: "f1" };
const said = (verdict) => [headline(verdict), inWords(verdict, metric, (x) => x.toFixed(3))];
const a = [0.912, 0.915, 0.909, 0.921, 0.917],
  b = [0.938, 0.942, 0.939, 0.951, 0.945];

test("a clear difference is called better or worse by the metric's direction, and higher where that is unknown", () => {
  assert.deepEqual(["max", "min", null].map((dir) => judge(a, b, dir).kind), ["better", "worse", "higher"]);
  assert.deepEqual(["max", "min", null].map((dir) => judge(b, a, dir).kind), ["worse", "better", "lower"]);
  assert.deepEqual(said(judge(a, b, "max")), ["B is better than A", "In f1, by 0.028 on average; the difference B − A is +0.021 to +0.035 (95 % interval)."]);
});

test("one run on a side is not enough to say anything", () => {
  const verdict = judge([0.9], b, "max");
  assert.deepEqual([verdict.kind, verdict.ranks], ["few", null]);
  assert.match(said(verdict).join(), /Not enough runs to say,A has 1 run, B has 5\./);
});

test("runs that never differ within a group are no evidence", () => {
  assert.match(said(judge([1, 1, 1], [2, 2, 2], "max")).join(), /No spread to judge by,.*says nothing about others/);
});

test("an interval over zero is said to prove no equality either", () => {
  assert.match(said(judge([1, 2, 3], [1.1, 2.4, 2.9], "max")).join(), /do not tell A and B apart,.*not proof of no difference/);
});

test("where most values are tied, ranks decide", () => {
  const [x, y] = [[0.9, 0.9, 0.9, 0.95, 0.9], [0.95, 0.95, 0.95, 0.95, 0.9]];
  const verdict = judge(x, y, "max");
  assert.deepEqual([verdict.by, verdict.ranks.exact, verdict.p === verdict.ranks.p], ["ranks", true, true]);
});

test("of many pairs a middling difference is not believed, and the reader is told why", () => {
  const c = [0.906, 0.912, 0.908, 0.909, 0.916], d = [0.912, 0.914, 0.922, 0.929, 0.934];
  const others = Array.from({ length: 6 }, (_, n) => a.map((x) => x + n / 1e5));
  assert.equal(judge(c, d, "max").kind, "better");
  const verdict = judge(c, d, "max", [c, d, ...others]);
  assert.deepEqual([verdict.kind, verdict.pairs, verdict.correction], ["unclear", 28, "Holm"]);
  assert.match(said(verdict)[1], /Alone, this pair would pass .* one of 28 pairs/);
});

test("the pairs of more than twenty groups are counted, not tested", () => {
  const groups = [a, b, ...Array.from({ length: 28 }, (_, n) => a.map((x) => x + n))];
  const { correction, pairs, p, corrected } = judge(a, b, "max", groups);
  assert.deepEqual([correction, pairs, corrected], ["Bonferroni", 435, Math.min(1, 435 * p)]);
});
