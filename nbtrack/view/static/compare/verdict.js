// @ts-check
/** Whether B is better than A: a verdict on two groups of runs, and on how often such a question was asked. */
/** @import { Direction } from "./types.js" */
/** @import { Effect, Summary, Welch } from "./statistics.js" */
import { effect, holm, rankTest, summary, welch } from "./statistics.js";

/**
 * @typedef {object} Verdict
 * @property {"few" | "still" | "unclear" | "better" | "worse" | "higher" | "lower"} kind of B beside A; few: one run tells
 *   nothing about spread; still: no run differs from the others of its group
 * @property {Summary} a
 * @property {Summary} b
 * @property {Welch} test
 * @property {Effect} size
 * @property {"Welch" | "ranks"} by which test decides
 * @property {number} p of that test, for this pair alone
 * @property {number} corrected for the pairs there were
 * @property {number} pairs
 * @property {"Holm" | "Bonferroni"} correction
 * @property {{p: number, least: number, exact: boolean} | null} ranks
 */

/** Up to so many groups every pair is tested, as Holm's correction needs it; the pairs of more are only counted. */
const STEPWISE = 20;

/** Judge B beside A, one of the pairs among `groups`.
 * @param {number[]} a values of the metric @param {number[]} b @param {Direction} dir
 * @param {number[][]} [groups] the values of every group that could have been asked about, `a` and `b` among them
 * @returns {Verdict} */
export function judge(a, b, dir, groups = []) {
  const [sa, sb] = [summary(a), summary(b)];
  const test = welch(sa, sb);
  const own = pairTest(a, b, sa, sb);
  const family = corrected(own.p, groups.filter((values) => values.length > 1));
  /** @type {Verdict["kind"]} */
  let kind = "unclear";
  if (Math.min(sa.n, sb.n) < 2) kind = "few";
  else if (Number.isNaN(test.p)) kind = "still";
  else if (family.corrected < 0.05) kind = said(test.difference, dir);
  const ranks = Math.min(sa.n, sb.n) > 1 ? rankTest(a, b) : null;
  return { kind, a: sa, b: sb, test, size: effect(sa, sb), ...own, ...family, ranks };
}

/** @param {number} difference @param {Direction} dir @returns {"better" | "worse" | "higher" | "lower"} */
const said = (difference, dir) =>
  dir ? (difference > 0 === (dir === "max") ? "better" : "worse") : difference > 0 ? "higher" : "lower";

/** Ranks decide where at most half of the values are distinct, as scores on a small test set are; else Welch.
 * @param {number[]} a @param {number[]} b @param {Summary} sa @param {Summary} sb @returns {{by: "Welch" | "ranks", p: number}} */
function pairTest(a, b, sa, sb) {
  const { p } = welch(sa, sb);
  const tied = 2 * new Set([...a, ...b]).size <= a.length + b.length;
  return tied && !Number.isNaN(p) ? { by: "ranks", p: rankTest(a, b).p } : { by: "Welch", p };
}

/** @param {number} p @param {number[][]} groups @returns {{corrected: number, pairs: number, correction: "Holm" | "Bonferroni"}} */
function corrected(p, groups) {
  const pairs = Math.max(1, (groups.length * (groups.length - 1)) / 2);
  if (groups.length > STEPWISE) return { corrected: Math.min(1, p * pairs), pairs, correction: "Bonferroni" };
  const sums = groups.map(summary);
  const ps = groups.flatMap((a, i) =>
    groups.slice(0, i).map((b, j) => pairTest(a, b, sums[i], sums[j]).p).map((own) => (Number.isNaN(own) ? 1 : own)),
  );
  // Equal ps share a place in Holm's order, so the pair is found by its p.
  const at = ps.findIndex((own) => Math.abs(own - p) < 1e-12);
  return { corrected: at < 0 ? Math.min(1, p * pairs) : holm(ps)[at], pairs, correction: "Holm" };
}
