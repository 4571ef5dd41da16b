/** Names, numbers and data that nobody meant to meet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { readIsland } from "../../nbtrack/view/static/compare/island.js";
import { numberScale, ticks } from "../../nbtrack/view/static/compare/scale.js";
import { pasted } from "../../nbtrack/view/static/compare/walk.js";

test("an axis between any two numbers has a few marks, even where they differ in the last bit", () => {
  const ends = [[0.9, 0.9000000000000001], [1e16, 1e16 + 2], [-1e308, 1e308], [0, 5e-324], [-0, 0], [1e308, 1.7e308], [5e-324, 1e308]];
  for (const [low, high] of ends) {
    assert.ok(ticks(low, high).length < 12, `${low} ${high}`);
    for (const log of [true, false]) assert.ok(numberScale(low, high, log).ticks.length < 12, `${low} ${high}`);
  }
});

test("data that is not what it says is refused, and never more of it is inflated than a page can hold", async () => {
  const packed = (/** @type {string} */ text) => deflateRawSync(text).toString("base64");
  assert.deepEqual(await readIsland(packed('{"a":1}')), { a: 1 });
  await assert.rejects(readIsland(packed(`[${" ".repeat(5000)}]`), 1000), RangeError);
  for (const text of ["", "x", "%%%", "{", packed('{"a":1}').slice(0, 4), packed("not json")]) await assert.rejects(async () => readIsland(text));
});

test("what is pasted into a spreadsheet is no formula, and numbers stay numbers", () => {
  for (const text of ["=1+1", "+cmd", "-2+3", "@SUM(A1)", " =1", "\t=1"]) assert.match(pasted(text), /^'/);
  for (const text of ["-0.5", "+1", "-1e-07", "-inf", "a=b", "1-2", ""]) assert.equal(pasted(text), text);
  assert.equal(pasted("a\tb\r\nc"), "a b c");
});
