import assert from "node:assert/strict";
import { test } from "node:test";

const modules = ["causes", "code", "colour", "diff", "edits", "markdown", "payload", "upstream"];
const { RULE, cellChanges, colour, countText, counted, diffLines, dimensions, edits, folded, markdown, measured, patchWords, safe, sentence, shortNames, unfold } = Object.assign(
  {},
  ...(await Promise.all(modules.map((name) => import(`../../nbtrack/view/static/compare/${name}.js`)))),
);

let seed = 7;
const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
const some = (most, make) => Array.from({ length: Math.floor(random() * most) }, (_, i) => make(i));
const joined = (lines) => lines.map((words) => words.map((word) => word.text).join("")).join("\n");
const kinds = (text) => colour(text).map((words) => words.filter((word) => word.kind).map((word) => `${word.kind}:${word.text}`));

test("edits rebuild both lists, whatever they are", () => {
  for (let round = 0; round < 5000; round++) {
    const [a, b] = [some(14, () => Math.floor(random() * 5)), some(14, () => Math.floor(random() * 5))];
    const steps = edits(a, b);
    assert.deepEqual(steps.filter((s) => s.a >= 0).map((s) => a[s.a]), a);
    assert.deepEqual(steps.filter((s) => s.b >= 0).map((s) => b[s.b]), b);
    assert.ok(steps.every((s) => s.kind !== "same" || a[s.a] === b[s.b]));
  }
  assert.deepEqual(edits([], []), []);
});

test("removals come before additions, and as little changes as can be", () => {
  const words = (text) => edits([..."kitten"], [...text]).map((step) => step.kind[0]).join("");
  assert.equal(words("sitting"), "gnsssgnsn");
  assert.equal(words("kitten"), "ssssss");
  assert.equal(words(""), "gggggg");
});

test("five thousand lines take a bounded time, however different", () => {
  const lines = (make) => Array.from({ length: 5000 }, (_, i) => make(i));
  const worst = [
    [lines((i) => `a${i}`), lines((i) => `b${i}`)],
    [lines(() => random() < 0.5), lines(() => random() < 0.5)],
    [lines((i) => i), lines((i) => (i * 7919) % 5000)],
    [lines((i) => i), lines((i) => 4999 - i)],
  ];
  for (const [a, b] of worst) {
    const started = performance.now();
    assert.ok(edits(a, b).length >= 5000);
    assert.ok(performance.now() - started < 5000);
  }
});

test("a changed line marks the words that changed", () => {
  const lines = diffLines("a = 1\nfit(lr=0.1)\nend", "a = 1\nfit(lr=0.2)\nend");
  assert.deepEqual(lines.map((line) => `${line.kind}:${line.text}`), ["same:a = 1", "gone:fit(lr=0.1)", "new:fit(lr=0.2)", "same:end"]);
  assert.deepEqual(lines[2].parts.filter((part) => part.moved).map((part) => part.text), ["0.2"]);
});

test("where lines were added beside a changed one, the two that are alike are compared", () => {
  const lines = diffLines("model = SVC(C=1)\nend", "import os\nmodel = SVC(C=2)\nprint(os.name)\nend");
  assert.deepEqual(lines.filter((line) => line.parts.length).map((line) => line.text), ["model = SVC(C=1)", "model = SVC(C=2)"]);
});

test("parts of a line are the line", () => {
  for (let round = 0; round < 500; round++) {
    const text = () => some(6, () => some(8, () => "ab (=.😀\u0301\ud800"[Math.floor(random() * 11)]).join("")).join("\n");
    const [a, b] = [text(), text()];
    const lines = diffLines(a, b);
    for (const line of lines) if (line.parts.length) assert.equal(line.parts.map((part) => part.text).join(""), line.text);
    if (a) assert.equal(lines.filter((line) => line.a >= 0).map((line) => line.text).join("\n"), a);
    if (b) assert.equal(lines.filter((line) => line.b >= 0).map((line) => line.text).join("\n"), b);
  }
});

test("long equal stretches fold, short ones do not", () => {
  const left = Array.from({ length: 30 }, (_, i) => `line ${i}`);
  const shown = (right) => folded(diffLines(left.join("\n"), right.join("\n"))).map((part) => (Array.isArray(part) ? part.length : part.text));
  assert.deepEqual(shown([...left.slice(0, 29), "changed"]), [26, "line 26", "line 27", "line 28", "line 29", "changed"]);
  assert.deepEqual(shown(left.map((line, i) => (i === 4 ? "changed" : line))).slice(0, 6), ["line 0", "line 1", "line 2", "line 3", "line 4", "changed"]);
});

test("lines are counted in words", () => {
  assert.equal(countText(counted("a\nb\nc", "a\nd\ne\nf\nc")), "−1 line, +3 lines");
  assert.equal(countText(counted("a", "a")), "the same");
});

test("Python is coloured by what its words are", () => {
  assert.deepEqual(kinds('%%track lr=0.1\n@cache\ndef f(x=0x1F): # why\n    return None if x else 1.5e-3j\nclass A: pass'), [
    ["magic:%%track lr=0.1"],
    ["magic:@cache"],
    ["keyword:def", "name:f", "number:0x1F", "comment:# why"],
    ["keyword:return", "keyword:None", "keyword:if", "keyword:else", "number:1.5e-3j"],
    ["keyword:class", "name:A", "keyword:pass"],
  ]);
  assert.deepEqual(kinds("a @ b % c\nx = y.for_each(1)\nénergie1 = a1"), [[], ["number:1"], []]);
});

test("strings may go over lines, and f-strings have code in them", () => {
  assert.deepEqual(kinds('x = """a\n# no comment\nb""" + r"\\n"'), [['string:"""a'], ["string:# no comment"], ['string:b"""', 'string:r"\\n"']]);
  assert.deepEqual(kinds(`f"{x['k']} {{no}} {1:>{w}}"`), [['string:f"{', "string:'k'", "string:} {{no}} {", "number:1", 'string:}"']]);
  assert.deepEqual(kinds("s = 'open\nfor"), [["string:'open"], ["keyword:for"]]);
  assert.deepEqual(kinds("'it\\'s' 1"), [["string:'it\\'s'", "number:1"]]);
});

test("no text loses a character to its colours", () => {
  const pieces = [..."ab\"'{}#f\n\\ 1.@%!é😀\u0301\ud800\t()", "def ", "'''", '"""', "f'", "class ", "%%", "0x", "1e"];
  for (let round = 0; round < 20_000; round++) {
    const text = some(40, () => pieces[Math.floor(random() * pieces.length)]).join("");
    assert.equal(joined(colour(text)), text);
  }
  const started = performance.now();
  for (const text of ['f"' + "{".repeat(20_000), 'f"""' + "{'".repeat(10_000), "((((".repeat(5000), "#".repeat(200_000), "\\".repeat(20_000)]) assert.equal(joined(colour(text)), text);
  assert.ok(performance.now() - started < 5000);
  const patch = "diff --git a b\n@@ -1 +1 @@\n-a\n+b\n";
  assert.equal(joined(patchWords(patch)), patch);
});

test("cells that are the same are passed over, those between compared one by one", () => {
  assert.deepEqual(cellChanges(["a", "b", "c", "d"], ["a", "B", "c", "e", "d"]), {
    changed: [{ before: "b", after: "B", number: 2 }, { before: null, after: "e", number: 4 }],
    same: 3,
  });
  assert.deepEqual(cellChanges([], []), { changed: [], same: 0 });
});

const column = (space, key, ...values) => ({ space, key, dir: { f1: "max", loss: "min" }[key] ?? null, values });
const made = (columns, more = {}) => {
  const count = columns[0].values.length;
  const each = (make) => Array.from({ length: count }, (_, i) => make(i));
  return unfold({
    format: 2, title: "",
    runs: { id: each((i) => `x-${"abcd"[i].repeat(8)}`), name: each((i) => `run ${"abcd"[i]}`), experiment: each(() => "e"), status: each(() => "finished"), started: each(() => 1), duration: each(() => 1), note: each(() => null) },
    columns, lines: ["x = 1", "x = 2"], sources: [[0], [1]], cells: each(() => 0), curves: [], omitted: { sources: 0, curves: 0 }, ...more,
  });
};
const full = () =>
  made(
    [
      column("metrics", "f1", 0.88, 0.91), column("params", "depth", 8, 7), column("params", "lr", 0.1, 0.001), { ...column("params", "tol", 1, 2), usual: true },
      column("tags", "team", "a", "b"), column("about", "data.train.csv", "aa · 1 KB", "bb · 1 KB"), column("about", "hardware.cpu", "x", "y"),
      column("about", "code.commit", "1", "2"), column("about", "env.python", "3.12", "3.13"), column("about", "packages.numpy", "1", "2"), column("about", "packages.pandas", null, "2"),
      column("about", "seeds.numpy", "seeded 1", "seeded 2"), column("about", "slice.cells", 2, 3),
    ],
    { cells: [0, 1] },
  );

test("what usually moves a metric comes first, chosen before default, large before small", () => {
  const found = dimensions(full(), [0, 1]);
  assert.deepEqual(found.map((each) => each.id), ["params", "source", "data", "slice", "seeds", "environment", "code", "hardware", "tags"]);
  assert.deepEqual(found[0].moved.map((fact) => fact.name), ["lr", "depth", "tol"]);
  assert.match(RULE, /params, source, data, upstream cells, seeds; then environment, code, hardware/);
});

test("what differs stands before what is the same, and that before what nobody recorded", () => {
  const found = dimensions(made([column("metrics", "f1", 1, 1), column("params", "lr", 1, 1), column("about", "hardware.cpu", "x", "y")]), [0, 1]);
  assert.deepEqual(found.map((each) => `${each.id} ${each.state}`), ["hardware changed", "params same", "source same", "data absent", "slice absent", "seeds absent", "environment absent", "code absent", "tags absent"]);
});

test("a digest that one run lacks is no difference, where all else is the same", () => {
  const state = (...values) => dimensions(made([column("about", "data.y", ...values)]), [0, 1]).find((each) => each.id === "data").state;
  assert.equal(state("1347 · int64", "209230ba · 1347 · int64"), "same");
  assert.equal(state("1347 · int64", "209230ba · 1348 · int64"), "changed");
  assert.equal(state("209230bb · 1347 · int64", "209230ba · 1347 · int64"), "changed");
});

test("numbers that differ have the digits to see it", () => {
  const data = made([column("metrics", "f1", 0.976, 0.97601)]);
  assert.deepEqual(measured(data, [0, 1])[0].texts.map(Number), [0.976, 0.97601]);
});

test("a source that was left out is neither the same nor different", () => {
  const data = made([column("metrics", "f1", 1, 2)], { cells: [0, -2] });
  assert.equal(dimensions(data, [0, 1])[0].state, "left out");
  assert.deepEqual([data.leftOut(0, "cells"), data.leftOut(1, "cells"), data.leftOut(1, "upstream")], [false, true, false]);
});

test("the sentence says what came out, what differs and what is the same", () => {
  assert.equal(
    sentence(full(), [0, 1]),
    "run b has f1 0.91, 0.03 higher than run a (better). What differs: lr, depth, the cell's source, the data, the cells before it, the seeds, Python, 2 packages, the commit, the hardware.",
  );
  const same = made([column("metrics", "loss", 0.5, 0.5), column("params", "lr", 1, 1)]);
  assert.equal(sentence(same, [0, 1]), "run a and run b have the same loss: 0.5. Nothing else recorded differs. The same: params, source.");
});

test("of several runs the sentence names the best", () => {
  const data = made([column("metrics", "loss", 0.5, 0.2, 0.3), column("params", "lr", 1, 2, 2)]);
  assert.equal(sentence(data, [0, 1, 2]), "run b has the lowest loss: 0.2, against 0.3 (run c) and 0.5 (run a). What differs: lr. The same: source.");
  const less = made([column("metrics", "loss", 0.5, null, 0.3)]);
  assert.match(sentence(less, [0, 1, 2]), /^Only run a has loss 0.5 and run c has loss 0.3\./);
  assert.match(sentence(made([column("params", "x", 1, 2)]), [0, 1]), /^run a and run b have no metric\./);
});

test("the metric that judges comes first, then what moved", () => {
  const data = made([column("metrics", "same", 1, 1), column("metrics", "n", 1, 2), column("metrics", "f1", 0.5, 0.6)]);
  assert.deepEqual(measured(data, [0, 1]).map((fact) => fact.name), ["f1", "n", "same"]);
});

test("Markdown keeps user strings text", () => {
  assert.equal(safe("a|b `c`\n<img> **d** [e](javascript:x) https://f"), "a\\|b \\`c\\` \\<img\\> \\*\\*d\\*\\* \\[e\\](javascript:x) https\\://f");
  const data = made([column("metrics", "f1", 0.5, 0.6), column("params", "p|q", "```", "<b>")], { lines: ["```js", "end"], cells: [0, 1] });
  const text = markdown(data, [0, 1]);
  assert.match(text, /\n````diff\n-```js\n\+end\n````\n/);
  assert.match(text, /\| p\\\|q \| \\`\\`\\` \| \*\*\\<b\\>\*\* \|/);
  assert.match(text, /Not recorded: data, upstream cells/);
  const behind = made([column("metrics", "f1", 0.5, 0.6), column("about", "slice.digest", "a", "b")], { lines: ["x", "y", "z"], sources: [[0], [1], [2]], cells: [0, 0], slices: [[1], [2]], upstream: [0, 1] });
  assert.match(markdown(behind, [0, 1]), /\nCell 1 of 1:\n\n```diff\n-y\n\+z\n```\n/);
});

test("names that begin alike are cut where they do not differ", () => {
  const names = ["sgd lr=0.010 s0", "sgd lr=0.100 s0", "sgd lr=0.100 s1"];
  assert.deepEqual(shortNames(names, 14), ["…lr=0.010 s0", "…lr=0.100 s0", "…lr=0.100 s1"]);
  assert.deepEqual(shortNames(names, 18), names);
  assert.deepEqual(shortNames(["a forest of many trees", "b"], 14), ["a forest of m…", "b"]);
  assert.deepEqual(shortNames(["the same long name", "the same long name"], 10), ["…long name", "…long name"]);
});
