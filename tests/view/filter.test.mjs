import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const here = "../../nbtrack/view/static/compare/";
const [{ ask }, { filtered }, { parse, Refusal }, { likeness }, { readMoment }, { resemblance }, { suggestions }, { unfold }, { readIsland }] =
  await Promise.all(["ask", "filter", "grammar", "nearest", "moments", "matching", "suggest", "payload", "island"].map((name) => import(`${here}${name}.js`)));

const vectors = JSON.parse(readFileSync(new URL("filters.json", import.meta.url), "utf8"));
const data = unfold(vectors.payload);
const name = (at) => data.runs[at].name;
const shown = (text) => filtered(text, data).rows.map(name);

test("every filter of the shared list means what it means in Python", () => {
  for (const [text, wanted] of Object.entries(vectors.filters)) {
    let found;
    try {
      found = ask(text, data).rows.map(name);
    } catch (refusal) {
      assert.ok(refusal instanceof Refusal, `${text}: ${refusal.stack}`);
      found = { message: refusal.message, at: refusal.at };
    }
    const listed = (answer) => (Array.isArray(answer) ? answer : { ...answer, message: answer.message.split("; there are")[0] });
    assert.deepEqual(listed(found), listed(wanted), text);
  }
});

test("in the box a column's name may do without its space", () => {
  assert.deepEqual(shown("accuracy > 0.9 and not kernel = 'rbf'"), ["svc two", "Élan 🌲"]);
  assert.deepEqual(shown("acc > 0.96"), ["Élan 🌲"]);
  assert.throws(() => ask("accuracy > 0.9", data), Refusal);
});

test("an order and a limit are those of the filter, and runs stay in their places without one", () => {
  assert.deepEqual(shown("accuracy > 0.9 order by accuracy desc limit 2"), ["Élan 🌲", "forest"]);
  assert.deepEqual(shown("limit 2"), ["svc two", "Élan 🌲"]);
  assert.equal(filtered("limit 2", data).ordered, false);
});

test("words and short forms stand side by side", () => {
  assert.deepEqual(shown("svc"), ["svc one", "svc two"]);
  assert.deepEqual(shown("svc -failed"), ["svc two"]);
  assert.deepEqual(shown("lr<0.05 svc"), ["svc two"]);
  assert.deepEqual(shown("kernel=RBF"), ["forest", "svc two"]);
  assert.deepEqual(shown('"svc two"'), ["svc two"]);
  assert.deepEqual(shown("look again"), ["forest"]);
  assert.deepEqual(shown("accuracy>0.9 loss<0.15"), ["svc two"]);
  assert.deepEqual(shown("  "), data.runs.map((run) => run.name));
});

test("what cannot be read is said, points at the place, and hides no run", () => {
  const problem = (text) => {
    const found = filtered(text, data).problem;
    return found && { message: found.message, at: found.at };
  };
  assert.deepEqual(problem("acuracy > 0.9"), { message: "runs have no `acuracy`; did you mean `metrics.accuracy`?", at: 0 });
  assert.deepEqual(problem("accuracy > 0.9 an loss < 1")?.at, 15);
  assert.deepEqual(problem("lr<"), { message: "expected a number or a text in quotes at the end", at: 3 });
  assert.equal(filtered("nope>1", data).rows.length, data.runs.length);
  assert.equal(problem("(("), null);
});

test("the beginning of a filter hides no run, and a word that is nowhere hides all", () => {
  for (const text of ["metr", "metrics", "metrics.a", "not par", "order", "limi", "duration", "start"]) assert.equal(filtered(text, data).rows.length, data.runs.length, text);
  assert.deepEqual(shown("zebra"), []);
});

test("no depth of parentheses costs more than the limit", () => {
  assert.throws(() => parse("(".repeat(9999)), /expected/);
  assert.equal(parse(`${"(".repeat(4000)}a = 1${")".repeat(4000)}`).where?.do, "compare");
  assert.throws(() => parse(`${"not ".repeat(60)}a = 1`), /at most 50 levels deep/);
  assert.throws(() => parse("a".repeat(10_001)), /at most 10,000 characters; this one has 10,001/);
});

test("patterns take time linear in the text", () => {
  const start = performance.now();
  assert.equal(resemblance("like", `${"%a".repeat(200)}b`)("a".repeat(20_000)), false);
  assert.ok(performance.now() - start < 1000);
});

test("words are alike as difflib has them", () => {
  assert.ok(Math.abs(likeness("accuracy", "acuracy") - 14 / 15) < 1e-12);
  assert.equal(likeness("", ""), 1);
});

test("dates are UTC unless they say another zone", () => {
  assert.equal(readMoment("2026-11-01"), 1793491200000);
  assert.equal(readMoment("2026-11-01T12:00+02:00"), 1793527200000);
  assert.deepEqual(["soon", "2026-13-01", "2026-02-30", "2026-11-01T25:00"].map(readMoment), [null, null, null, null]);
});

const offered = (text) => suggestions(text, text.length, data).map((each) => each.text);

test("the box completes names, values and words where each may stand", () => {
  assert.deepEqual(offered("acc"), ["metrics.accuracy "]);
  assert.deepEqual(offered("metrics.l"), ["metrics.loss "]);
  assert.deepEqual(offered("params.lr < 1 and no"), ["note ", "notebook "]);
  assert.deepEqual(offered("tags.te"), ["tags.team "]);
  assert.deepEqual(offered("status = 'f"), ["'finished' ", "'failed' "]);
  assert.deepEqual(offered("params.kernel = "), ["'10' ", "'linear' ", "'rbf' ", "'RBF' "]);
  assert.deepEqual(offered("tags.team in ('nlp', 'v"), ["'vision'"]);
  assert.deepEqual(offered("params.lr < 1 o"), ["or ", "order by "]);
  assert.deepEqual(offered("order by metrics.loss d"), ["desc "]);
  assert.deepEqual(offered("not sta"), ["status ", "started "]);
  assert.deepEqual(offered(""), []);
});

test("a completion takes the place of what was begun", () => {
  const [first] = suggestions("not metrics.acc and", "not metrics.acc".length, data);
  assert.deepEqual([first.from, first.to], [4, 15]);
});

test("data reads back from JSON and from its deflated form", async () => {
  assert.deepEqual(await readIsland('{"a": 1}'), { a: 1 });
  assert.deepEqual(await readIsland("q1ZKVLIy1FFKUrIyqgUA"), { a: 1, b: 2 });
  await assert.rejects(readIsland("!!"));
});

test("a word is found in names and values, and a figure in numbers, which are written only for it", () => {
  const runs = { id: ["20261121t100000-aaaaaaaa", "20261121t100001-bbbbbbbb"], name: ["one", "two"], experiment: ["e", "e"], status: ["finished", "finished"], started: [1, 2], duration: [1, 1], note: [null, null] };
  const columns = [
    { space: "params", key: "Rate", dir: null, values: [0.125, -2] },
    { space: "params", key: "kernel", dir: null, words: ["rbf", "2e5x"], at: [0, 1] },
  ];
  const few = unfold({ format: 2, title: "", runs, columns, lines: [], sources: [], cells: [-1, -1], curves: [], omitted: {} });
  const found = (text) => filtered(text, few).rows;
  assert.deepEqual(["rbf", "rate", "125", "e5x", "2", '"rate=-2"', "-rbf"].map(found), [[0], [0, 1], [0], [1], [0, 1], [1], [1]]);
  assert.ok(!few.words(0, false).includes("0.125"));
});

test("the numbers of a column are offered by size", () => {
  const runs = { id: ["a-a", "a-b", "a-c", "a-d"], name: ["1", "2", "3", "4"], experiment: ["", "", "", ""], status: ["", "", "", ""], started: [1, 2, 3, 4], duration: [1, 1, 1, 1], note: [null, null, null, null] };
  const columns = [{ space: "metrics", key: "score", dir: null, values: [10, -3, { f: "nan" }, 2.5] }];
  const few = unfold({ format: 2, title: "", runs, columns, lines: [], sources: [], cells: [-1, -1, -1, -1], curves: [], omitted: {} });
  assert.deepEqual(few.columns.find((c) => c.key === "score").levels, ["-3", "2.5", "10", "nan"]);
});
