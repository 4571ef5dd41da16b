/** What chance alone makes of the verdict: hundreds of studies, in which nothing is better than anything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mulberry32 } from "../../nbtrack/view/static/compare/association.js";
import { summary } from "../../nbtrack/view/static/compare/statistics.js";
import { judge } from "../../nbtrack/view/static/compare/verdict.js";

/** @param {() => number} random */
const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

test("of equal settings, the best and the second best are told apart in five studies of 100 at most", () => {
  const random = mulberry32(8);
  let alone = 0,
    wrong = 0;
  for (let study = 0; study < 300; study++) {
    const groups = Array.from({ length: 8 }, () => Array.from({ length: 4 }, () => normal(random))).sort((x, y) => summary(y).mean - summary(x).mean);
    alone += Number(judge(groups[7], groups[0], "max").kind !== "unclear");
    wrong += Number(judge(groups[7], groups[0], "max", groups).kind !== "unclear");
  }
  assert.ok(alone > 60 && wrong <= 24, `${alone} alone, ${wrong} corrected`);
});
