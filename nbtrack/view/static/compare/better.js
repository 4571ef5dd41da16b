// @ts-check
/** A vs B: are the runs of one group better than those of another, said in words, with what the words rest on. */
/** @import { App, Column, Data } from "./types.js" */
/** @import { Group, Summary } from "./statistics.js" */
/** @import { Verdict } from "./verdict.js" */
import { present } from "./chart.js";
import { choice, emptiness, h, s } from "./dom.js";
import { cut, extremes, figure, plural } from "./format.js";
import { goalChoice, goalOf, goals } from "./importance.js";
import { numberScale } from "./scale.js";
import { seedGroups, summary } from "./statistics.js";
import { judge } from "./verdict.js";

/** Groups offered: more make a menu nobody reads. */
const OFFERED = 60;
/** A label of so many letters is shown whole by a closed menu. */
const FITS = 40;

/** @typedef {Group & {values: number[]}} Side */

/** @param {App} app @param {HTMLElement} panel */
export function drawBetter(app, panel) {
  const metric = goalOf(app);
  if (!metric) return panel.replaceChildren(emptiness("No metric yet", "Log a number in two groups of runs, and they can be told apart."));
  const groups = sidesOf(app, metric);
  const [a, b] = chosenSides(app, groups);
  const control = () => controls(app, metric, groups, a, b);
  const sign = ["better", metric.id, a?.key, b?.key, groups.slice(0, OFFERED).map((side) => [side.key, side.label, side.values.length])];
  if (!a || !b) return present(panel, sign, control, emptiness("One group so far", "Runs that differ only in their seed are one group. Change a param, or select runs to set them beside the others."));
  const repeated = groups.filter((side) => !byHand(side));
  const verdict = judge(a.values, b.values, metric.dir, byHand(a) || byHand(b) ? [] : repeated.map((side) => side.values));
  const round = rounding(verdict);
  present(
    panel,
    sign,
    control,
    h("div", { class: "nbt-verdict", role: "status" }, h("strong", { text: headline(verdict) }), h("p", { text: inWords(verdict, metric, round) })),
    picture(app, metric, a, b, verdict),
    facts(verdict, a, b, round),
    h("ul", { class: "nbt-cautions" }, ...cautions(app.data, metric, verdict, repeated, a, b).map((text) => h("li", { text }))),
  );
}

/** @param {Group} side @returns {boolean} whether it was put together by hand */
const byHand = ({ key }) => key === "selected" || key === "others";

/** What can be set beside each other: groups of repeated seeds, best mean first among those with most to tell, and
 * what is selected beside the rest.
 * @param {App} app @param {Column} metric @returns {Side[]} */
function sidesOf(app, metric) {
  const within = (/** @type {Group} */ group) => Object.assign(group, { values: group.runs.flatMap((at) => numberOf(metric, at)) });
  const sign = metric.dir === "min" ? 1 : -1;
  const all = seedGroups(app.data, app.rows);
  const repeated = all.filter(({ runs }) => runs.length > 1);
  // Asked for again, groups of repeated seeds are told apart from each other alone, which makes their labels short.
  const told = repeated.length > 1 ? seedGroups(app.data, repeated.flatMap(({ runs }) => runs)) : repeated;
  const groups = [...told, ...all.filter(({ runs }) => runs.length < 2)]
    .map(within)
    .filter((side) => side.values.length)
    .map((side) => ({ side, at: summary(side.values).mean * sign }))
    .sort((one, two) => Number(two.side.values.length > 1) - Number(one.side.values.length > 1) || one.at - two.at)
    .map(({ side }) => side);
  const { selected } = app.state;
  const others = app.rows.filter((at) => !selected.includes(at));
  const picked = [
    { key: "selected", label: "selected runs", runs: selected },
    { key: "others", label: "all other runs", runs: others },
  ].map(within);
  return picked.every((side) => side.values.length) ? [...groups, ...picked] : groups;
}

/** @param {Column} metric @param {number} at @returns {number[]} */
function numberOf(metric, at) {
  const value = metric.values[at];
  return typeof value === "number" ? [value] : [];
}

/** What was chosen, else the group of the baseline and the best of the others.
 * @param {App} app @param {Side[]} groups @returns {(Side | undefined)[]} */
function chosenSides(app, groups) {
  const of = (/** @type {string} */ key) => groups.find((side) => side.key === key);
  const base = groups.find((side) => side.runs.some((at) => app.data.runs[at].id === app.state.baseline));
  const b = of(app.state.groupB) ?? groups.find((side) => side !== (of(app.state.groupA) ?? base));
  const a = of(app.state.groupA) ?? (base !== b ? base : undefined) ?? groups.find((side) => side !== b);
  return [a, b];
}

/** @param {App} app @param {Column} metric @param {Side[]} groups @param {Side} [a] @param {Side} [b] @returns {HTMLElement} */
function controls(app, metric, groups, a, b) {
  const offered = groups.filter((side, n) => n < OFFERED || side === a || side === b || byHand(side));
  const options = (/** @type {Side | undefined} */ other) =>
    offered.map((side) => /** @type {[string, string]} */ ([side.key, `${side.values.length} × ${beside(side.label, other?.label ?? "")}`]));
  const swap = () => app.set({ groupA: b?.key ?? "", groupB: a?.key ?? "" });
  return h(
    "div",
    { class: "nbt-controls" },
    goals(app).length > 0 && goalChoice(app, metric),
    a && b && choice("A", options(b), a.key, (groupA) => app.set({ groupA, groupB: groupA === b.key ? a.key : b.key })),
    a && b && choice("B", options(a), b.key, (groupB) => app.set({ groupB, groupA: groupB === a.key ? b.key : a.key })),
    a && b && h("button", { type: "button", class: "nbt-button", text: "⇄ swap", onclick: swap }),
  );
}

/** @param {Verdict} verdict @returns {string} */
export function headline({ kind }) {
  if (kind === "few") return "Not enough runs to say";
  if (kind === "still") return "No spread to judge by";
  return kind === "unclear" ? "These runs do not tell A and B apart" : `B is ${kind} than A`;
}

/** @param {Verdict} verdict @param {Column} metric @param {(x: number) => string} round @returns {string} */
export function inWords({ kind, a, b, test, p, corrected, pairs }, metric, round) {
  const key = cut(metric.key, 60);
  if (kind === "few")
    return `A has ${plural(a.n, "run")}, B has ${b.n}. One run cannot show how far ${key} moves from seed to seed. Run each at least three times, better five, and change only the seed.`;
  if (kind === "still")
    return `Every run of a group gave the same ${key}: nothing random is left in it, or the seed does not reach what is random. B − A is ${signed(test.difference, round)} for these runs and says nothing about others.`;
  const range = `${signed(test.low, round)} to ${signed(test.high, round)}`;
  if (kind !== "unclear") return `In ${key}, by ${round(Math.abs(test.difference))} on average; the difference B − A is ${range} (95 % interval).`;
  if (p < 0.05 && corrected >= 0.05)
    return `Alone, this pair would pass (${chanceText(p)}). But it is one of ${pairs} pairs, and among so many a difference such as this one, ${signed(test.difference, round)} in ${key}, comes about by chance too often (${chanceText(corrected)}).`;
  return `The difference in ${key}, B − A, may be anything from ${range} (95 % interval). That is not proof of no difference: more runs would narrow it.`;
}

/** @param {number} value @param {(x: number) => string} round @returns {string} */
const signed = (value, round) => `${value < 0 ? "−" : "+"}${round(Math.abs(value))}`;

/** @param {number} p @returns {string} */
const chanceText = (p) => (p < 0.001 ? "p < 0.001" : `p = ${p.toPrecision(2)}`);

/** Two digits of what is uncertain, and no more. @param {Verdict} verdict @returns {(x: number) => string} */
function rounding({ test, a, b }) {
  const unsure = [test.high - test.low, a.sd, b.sd, Math.abs(test.difference)].find((x) => x > 0) ?? 0;
  const places = 1 - Math.floor(Math.log10(unsure / 2));
  return (x) => (unsure > 0 && places >= 0 && places < 8 && Math.abs(x) < 1e7 ? x.toFixed(places) : figure(x, 4));
}

/** The runs of both groups as dots over one axis, with mean and interval; beside them the difference.
 * @param {App} app @param {Column} metric @param {Side} a @param {Side} b @param {Verdict} verdict @returns {HTMLElement} */
function picture(app, metric, a, b, verdict) {
  const width = Math.max(260, Math.min(720, app.panel.clientWidth || 720));
  const ends = [a, b].flatMap((side, n) => [...side.values, ...intervalOf([verdict.a, verdict.b][n])]);
  const scale = numberScale(...extremes(ends), false);
  const x = (/** @type {number} */ value) => 26 + (width - 46) * (scale.place(value) ?? 0);
  const svg = s(
    "svg",
    { class: "nbt-plot", width, height: 128, viewBox: `0 0 ${width} 128`, role: "img", "aria-label": `Each run of A and B over ${metric.key}, with mean and 95 % interval.` },
    ...scale.ticks.map(({ at, text }) => tick(26 + (width - 46) * at, text)),
    ...sideMarks(a, verdict.a, 28, 0, x),
    ...sideMarks(b, verdict.b, 72, 1, x),
    s("text", { class: "nbt-axis-name", x: width - 20, y: 126, "text-anchor": "end" }, cut(metric.key, Math.floor(width / 9))),
  );
  return h("div", { class: "nbt-sides" }, svg);
}

/** @param {Summary} side @returns {number[]} */
const intervalOf = ({ low, high }) => [low, high].filter(Number.isFinite);

/** @param {number} x @param {string} text @returns {SVGElement} */
const tick = (x, text) =>
  s("g", null, s("line", { class: "nbt-rule", x1: x, x2: x, y1: 8, y2: 96 }), s("text", { class: "nbt-tick", x, y: 110, "text-anchor": "middle" }, text));

/** @param {Side} side @param {Summary} sum @param {number} y @param {number} n @param {(value: number) => number} x @returns {SVGElement[]} */
function sideMarks(side, sum, y, n, x) {
  const style = `--own:var(--c${n})`;
  const dots = side.values.map((value, at) =>
    s("circle", { class: "nbt-own-dot", style, cx: x(value), cy: y + 11 + (((at * 0.618) % 1) - 0.5) * 8, r: 3.4 }),
  );
  const bar = [
    s("line", { class: "nbt-own-line", style, x1: x(sum.low), x2: x(sum.high), y1: y - 4, y2: y - 4 }),
    ...[sum.low, sum.high].map((end) => s("line", { class: "nbt-own-line", style, x1: x(end), x2: x(end), y1: y - 8, y2: y })),
  ];
  const mean = n
    ? s("rect", { class: "nbt-own-mean", style, x: x(sum.mean) - 4.5, y: y - 8.5, width: 9, height: 9 })
    : s("circle", { class: "nbt-own-mean", style, cx: x(sum.mean), cy: y - 4, r: 5 });
  return [s("text", { class: "nbt-side-name", x: 2, y: y + 6 }, "AB"[n]), ...dots, ...(sum.n > 1 ? bar : []), mean];
}

/** @param {Verdict} verdict @param {Side} a @param {Side} b @param {(x: number) => string} round @returns {HTMLElement} */
function facts(verdict, a, b, round) {
  const { test, size } = verdict;
  const range = (/** @type {number} */ low, /** @type {number} */ high, /** @type {(x: number) => string} */ write) =>
    Number.isFinite(low) ? `${write(low)} to ${write(high)}` : "–";
  const mean = (/** @type {string} */ name, /** @type {Side} */ side, /** @type {Summary} */ sum) =>
    fact(`${name}  ${apart(side.label, name === "A" ? b.label : a.label)}`, round(sum.mean), sum.sd > 0 ? range(sum.low, sum.high, round) : "–", sum.n > 1 ? `${sum.n} runs, sd ${figure(sum.sd, 2)}` : "1 run");
  const plain = (/** @type {number} */ x) => signed(x, (own) => own.toFixed(2));
  const names = ["", "Estimate", "95 % interval", "From"];
  return h(
    "table",
    { class: "nbt-facts" },
    h("caption", { class: "nbt-sr", text: "What the verdict rests on" }),
    h("thead", null, h("tr", null, ...names.map((text, n) => (n ? h("th", { scope: "col", text }) : h("td", null))))),
    h(
      "tbody",
      null,
      mean("A", a, verdict.a),
      mean("B", b, verdict.b),
      fact("Difference, B − A", signed(test.difference, round), range(test.low, test.high, (x) => signed(x, round)), Number.isFinite(test.df) ? `Welch's t interval, df ${test.df.toFixed(1)}` : "no interval"),
      Number.isFinite(size.g) && fact("Effect size, Hedges' g", plain(size.g), range(size.low, size.high, plain), `${sizeWord(size.g)}; in units of the spread between seeds`),
      Number.isFinite(verdict.p) && fact("Chance of such a gap, were A = B", chanceText(verdict.p), "", testName(verdict)),
      verdict.pairs > 1 && Number.isFinite(verdict.p) && fact(`The same, of ${verdict.pairs} pairs`, chanceText(verdict.corrected), "", `${verdict.correction}'s correction`),
    ),
  );
}

/** @param {string} label @param {string} other @returns {string} a label that would be cut off, with what is not in the other first */
function beside(label, other) {
  const there = other.split(", ");
  const parts = label.split(", ");
  const order = (/** @type {string} */ part) => Number(there.includes(part));
  return label.length > FITS ? parts.sort((one, two) => order(one) - order(two)).join(", ") : label;
}

/** @param {string} label @param {string} other @returns {string} what of a label is not in the other */
function apart(label, other) {
  const there = other.split(", ");
  return label.split(", ").filter((part) => !there.includes(part)).join(", ") || label;
}

/** @param {string} name @param {string} value @param {string} interval @param {string} from @returns {HTMLElement} */
const fact = (name, value, interval, from) =>
  h("tr", null, h("th", { scope: "row", title: name, text: cut(name, 70) }), h("td", { text: value }), h("td", { text: interval }), h("td", { class: "nbt-dim", text: from }));

/** Cohen's words, for want of better ones. @param {number} g @returns {string} */
const sizeWord = (g) => (Math.abs(g) < 0.2 ? "negligible" : Math.abs(g) < 0.5 ? "small" : Math.abs(g) < 0.8 ? "medium" : "large");

/** @param {Verdict} verdict @returns {string} */
function testName({ by, ranks, test }) {
  if (by === "Welch") return `Welch's t test, t = ${test.t.toFixed(2).replace("-", "−")}, two-sided`;
  return `Mann-Whitney rank test, ${ranks?.exact ? "exact" : "normal approximation"}, two-sided`;
}

/** What a reader should know before believing it.
 * @param {Data} data @param {Column} metric @param {Verdict} verdict @param {Side[]} groups @param {Side} a @param {Side} b @returns {string[]} */
function cautions(data, metric, { kind, by, pairs, corrected, correction, ranks, a: sa, b: sb }, groups, a, b) {
  const repeated = groups.filter((side) => side.values.length > 1);
  const several = [a, b].flatMap((side, n) => (versions(data, side) > 1 ? `The runs of ${"AB"[n]} come from ${versions(data, side)} versions of the cell, so more than the seed may differ.` : []));
  if (kind === "few") return several;
  const out = [...several];
  if (byHand(a) || byHand(b)) out.push("These groups were put together by hand. If the runs were picked by their metric, the comparison is not a fair one.");
  else if (pairs > 1) out.push(`${repeated.length} groups of repeated seeds make ${pairs} pairs; the more pairs one looks at, the likelier one differs by chance. The verdict uses the p corrected for it (${correction}: ${chanceText(corrected)}).`);
  if (repeated.length > 2 && repeated[0] === b && !byHand(a)) out.push("B is the best of all groups. The winner of many is partly lucky: expect its mean to fall back a little in new runs.");
  if (kind === "still") return out;
  if (by === "ranks") out.push(`Most values of ${cut(metric.key, 60)} are tied, so ranks decide; the intervals above are Welch's and rough here.`);
  else if (ranks && Math.min(sa.n, sb.n) < 6) out.push(`With so few runs the interval leans on a bell-shaped scatter. A rank test, which does not, gives ${chanceText(ranks.p)} and could not go below ${chanceText(ranks.least)}.`);
  return out;
}

/** @param {Data} data @param {Side} side @returns {number} how many texts of the cell its runs have, numbers of seeds aside */
function versions(data, side) {
  const texts = side.runs.map((at) => data.source(at)).filter((text) => text !== null);
  return new Set(texts.map((text) => text.replace(/((?:seed|random_?state|rng)\w*\s*[=(:]\s*)\d+/gi, "$1"))).size;
}
