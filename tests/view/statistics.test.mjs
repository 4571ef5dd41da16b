import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { betaPart, normalCdf, shiftedTCdf, tCdf, tQuantile } from "../../nbtrack/view/static/compare/distributions.js";
import { unfold } from "../../nbtrack/view/static/compare/payload.js";
import { seedLike } from "../../nbtrack/view/static/compare/seeds.js";
import { effect, holm, rankTest, seedGroups, summary, welch } from "../../nbtrack/view/static/compare/statistics.js";

const vectors = JSON.parse(readFileSync(new URL("../query/statistics.json", import.meta.url), "utf8"));

/** Numbers agree to eight digits; what is no number agrees exactly. */
function near(actual, expected, share = 1e-8) {
  assert.equal(actual.length, expected.length);
  actual.forEach((x, at) => {
    const y = expected[at];
    if (typeof y !== "number") assert.equal(x, y);
    else assert.ok(Math.abs(x - y) <= share * Math.max(Math.abs(y), 1e-7), `${at}: ${x} is not ${y}`);
  });
}

test("distribution functions give what scipy gives", () => {
  for (const [name, of] of Object.entries({ t_cdf: tCdf, t_quantile: tQuantile, normal_cdf: normalCdf, beta_part: betaPart, shifted_t_cdf: shiftedTCdf }))
    for (const given of vectors[name]) near([of(...given.slice(0, -1))], given.slice(-1));
});

test("tests of two groups give what scipy gives", () => {
  for (const { a, b, summaries, welch: test, effect: size, ranks } of vectors.groups) {
    const [sa, sb] = [summary(a), summary(b)];
    near([sa.n, sa.mean, sa.low, sa.high, sa.sd], summaries[0]);
    near([sb.n, sb.mean, sb.low, sb.high, sb.sd], summaries[1]);
    const w = welch(sa, sb);
    near([w.difference, w.low, w.high, w.df, w.t, w.p], test);
    const { g, low, high } = effect(sa, sb);
    if (size) near([g, low, high], size, 1e-6);
    else assert.ok(Number.isNaN(g));
    const r = rankTest(a, b);
    near([r.p, ranks[1] === null ? null : r.least, r.exact], ranks);
  }
});

test("Holm's correction gives what statsmodels gives", () => near(holm(vectors.holm[0]), vectors.holm[1]));

test("too few values give a mean without an interval, none give nothing", () => {
  const { n, mean, low } = summary([0.5, null, { f: "nan" }, Infinity]);
  assert.deepEqual([n, mean, low], [1, 0.5, NaN]);
  assert.deepEqual(Object.values(summary([])), [0, NaN, NaN, NaN, NaN]);
});

test("groups that do not vary give a difference and no p", () => {
  const { difference, p } = welch(summary([1, 1]), summary([2, 2, 2]));
  assert.deepEqual([difference, p], [1, NaN]);
  assert.ok(Number.isNaN(effect(summary([1, 1, 1]), summary([2, 2, 2])).g));
});

test("a difference far beyond all spread has an effect size and no interval", () => {
  const { g, low } = effect(summary([0, 1e-6, 2e-6]), summary([5, 5 + 1e-6, 5 + 2e-6]));
  assert.ok(g > 1e6 && Number.isNaN(low));
});

test("a seed is known by its name", () => {
  const yes = ["seed", "random_state", "Forest.random_state", "clf__random_state", "torch_seed", "data.split_seed", "rng", "randomSeed"];
  const no = ["seedling", "seed_everything", "lr", "string", "wrong", "exceeds"];
  assert.deepEqual([yes.every(seedLike), no.some(seedLike)], [true, false]);
});

const count = 5;
const payload = (columns) => ({
  format: 1, title: "",
  runs: { id: [..."abcde"].map((c) => `x-${c}`), name: Array(count).fill("r"), experiment: Array(count).fill("e"), status: Array(count).fill("finished"), started: Array(count).fill(1), duration: Array(count).fill(1), note: Array(count).fill(null) },
  columns, lines: [], sources: [], cells: Array(count).fill(-1), curves: [], omitted: { sources: 0, curves: 0 },
});

test("runs that differ in their seed only are a group", () => {
  const data = unfold(payload([
    { space: "params", key: "lr", dir: null, values: [0.1, 0.1, 0.2, 0.1, null] },
    { space: "params", key: "depth", dir: null, all: 3 },
    { space: "params", key: "seed", dir: null, values: [1, 2, 1, 3, 1] },
    { space: "metrics", key: "f1", dir: "max", values: [1, 2, 3, 4, 5] },
  ]));
  assert.deepEqual(seedGroups(data, [4, 3, 2, 1, 0]).map(({ label, runs }) => [label, runs]), [["no params", [4]], ["lr=0.1", [3, 1, 0]], ["lr=0.2", [2]]]);
  assert.deepEqual(seedGroups(data, [1, 3]).map(({ key, label, runs }) => [key, label, runs]), [["x-a", "all runs", [1, 3]]]);
  assert.deepEqual(seedGroups(data, []), []);
});

test("values of different kinds are different params, missing ones too", () => {
  const data = unfold(payload([{ space: "params", key: "x", dir: null, values: [1, true, { f: "nan" }, null, 1] }]));
  assert.deepEqual(seedGroups(data, [0, 1, 2, 3, 4]).map((group) => group.label), ["x=1", "x=True", "x=nan", "no params"]);
});

test("where no param differs, all runs are a group", () => {
  const data = unfold(payload([{ space: "params", key: "seed", dir: null, values: [1, 2, 3, 4, 5] }]));
  assert.deepEqual(seedGroups(data, [4, 1]).map(({ key, label, runs }) => [key, label, runs]), [["x-a", "all runs", [4, 1]]]);
});

test("what has the most values leads the label", () => {
  const data = unfold(payload([
    { space: "params", key: "kind", dir: null, words: ["a", "b"], at: [0, 0, 0, 1, 1] },
    { space: "params", key: "lr", dir: null, values: [1, 2, 3, 1, 2] },
  ]));
  assert.deepEqual(seedGroups(data, [0, 4]).map((group) => group.label), ["kind=a, lr=1", "kind=b, lr=2"]);
  assert.deepEqual(seedGroups(data, [0, 1, 3]).map((group) => group.label), ["kind=a, lr=1", "kind=a, lr=2", "kind=b, lr=1"]);
  assert.deepEqual(seedGroups(data, [0, 1, 2, 3])[2].label, "lr=3, kind=a");
});

test("a label writes long numbers as the table does", () => {
  const data = unfold(payload([{ space: "params", key: "lr", dir: null, values: [0.1 / 3, 0.1 / 3, 0.2, 0.2, 0.2] }]));
  assert.deepEqual(seedGroups(data, [0, 1, 2]).map(({ label }) => label), ["lr=0.033333", "lr=0.2"]);
});
