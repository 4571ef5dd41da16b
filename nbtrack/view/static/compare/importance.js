// @ts-check
/** Importance: a bar a param, how much of a metric goes with it in these runs, and how sure that is. */
/** @import { Association, Associations } from "./association.js" */
/** @import { App, Column } from "./types.js" */
import { associations } from "./association.js";
import { present } from "./chart.js";
import { choice, emptiness, h } from "./dom.js";
import { cut, plural } from "./format.js";
import { ticks } from "./scale.js";

/** Bars that are shown without being asked for, and runs under which any bar deserves a warning. */
const SHOWN = 12,
  FEW = 20;

/** @param {App} app @param {HTMLElement} panel */
export function drawImportance(app, panel) {
  const metric = goalOf(app);
  if (!metric) return panel.replaceChildren(emptiness("No metric yet", "Log a number, and its runs can be asked what it goes with."));
  const params = app.data.columns.filter((c) => c.space === "params" && c.differs);
  const found = known(app, metric, params);
  const control = () => h("div", { class: "nbt-controls" }, goalChoice(app, metric));
  const sign = ["importance", metric.id, goals(app).length];
  if (!found.rows.length) return present(panel, sign, control, emptiness("Nothing to compare", nothing(app, metric, params, found)));
  present(panel, sign, control, bars(app, metric, found), method(metric, found));
}

/** The last answer for each comparison: selecting a run does not change it. @type {WeakMap<App, {question: string, data: unknown, found: Associations}>} */
const ANSWERS = new WeakMap();

/** @param {App} app @param {Column} metric @param {Column[]} params @returns {Associations} */
function known(app, metric, params) {
  const question = `${metric.id} ${app.rows}`;
  const last = ANSWERS.get(app);
  if (last?.question === question && last.data === app.data) return last.found;
  const found = associations(metric, params, app.rows);
  ANSWERS.set(app, { question, data: app.data, found });
  return found;
}

/** @param {App} app @returns {Column[]} the metrics that can be asked about */
export const goals = (app) => app.data.columns.filter((c) => c.space === "metrics" && c.numeric);

/** @param {App} app @returns {Column | undefined} the metric that was chosen, or the likeliest */
export const goalOf = (app) => goals(app).find((c) => c.id === app.state.goal) ?? app.metric;

/** @param {App} app @param {Column} metric @returns {HTMLElement} */
export const goalChoice = (app, metric) =>
  choice("Metric", goals(app).map((c) => [c.id, c.key]), metric.id, (goal) => app.set({ goal }));

/** @param {App} app @param {Column} metric @param {Column[]} params @param {Associations} found @returns {string} */
function nothing(app, metric, params, found) {
  if (!found.n) return "None of these runs has a finite value of the metric.";
  if (found.n === 1) return `Only one run has ${cut(metric.key, 60)}.`;
  if (new Set(app.rows.map((at) => metric.values[at]).filter(Number.isFinite)).size === 1) return `Every run has the same ${cut(metric.key, 60)}.`;
  if (!params.length) return "No param differs between the runs. Change one and run again.";
  return "Each value of a param was run only once. Importance needs values that come back in several runs.";
}

/** @param {App} app @param {Column} metric @param {Associations} found @returns {HTMLElement} */
function bars(app, metric, { rows }) {
  const shown = app.state.allParams ? rows : rows.slice(0, SHOWN);
  const top = Math.max(...shown.map((row) => Math.max(row.high, row.chance)), 0.1);
  const marks = ticks(0, top, 4);
  const end = Math.min(1, Math.max(top, marks[marks.length - 1]));
  const scale = h(
    "div",
    { class: "nbt-track nbt-scale", "aria-hidden": "true" },
    ...marks.map((mark) => h("span", { style: `left:${(100 * mark) / end}%`, text: String(mark) })),
  );
  const head = h(
    "tr",
    null,
    h("th", { scope: "col", text: "Param" }),
    h("th", { scope: "col" }, h("span", { class: "nbt-sr", text: "Bar" }), scale),
    h("th", { scope: "col", class: "nbt-number", text: "Share" }),
    h("th", { scope: "col", class: "nbt-interval", text: "90 % interval" }),
    h("th", { scope: "col", text: metric.dir ? "Best at" : "Highest at" }),
    h("th", { scope: "col", class: "nbt-number nbt-runs", text: "Runs" }),
  );
  const label = `How much of ${metric.key} goes with each param`;
  const table = h(
    "table",
    { class: "nbt-importance" },
    h("caption", { class: "nbt-sr", text: label }),
    h("thead", null, head),
    h("tbody", null, ...shown.map((row) => bar(app, metric, row, end))),
  );
  const more = rows.length - SHOWN;
  const button = h("button", {
    type: "button",
    class: "nbt-button",
    text: app.state.allParams ? `Only the first ${SHOWN}` : `${more} weaker ${more === 1 ? "param" : "params"}`,
    onclick: () => app.set({ allParams: !app.state.allParams }),
  });
  return h("div", null, table, more > 0 && h("p", null, button));
}

/** @param {App} app @param {Column} metric @param {Association} row @param {number} end @returns {HTMLElement} */
function bar(app, metric, row, end) {
  const weak = row.value <= row.chance;
  const share = (/** @type {number} */ x) => `${((100 * x) / end).toFixed(2)}%`;
  const [first, ...others] = row.keys;
  const name = h("button", {
    type: "button",
    class: "nbt-link",
    title: `${row.keys.join(", ")}\nShow the runs: ${metric.key} over ${first}`,
    text: cut(first, 60),
    onclick: () => app.set({ view: "scatter", x: row.column.id, y: metric.id }),
  });
  const track = h(
    "div",
    { class: "nbt-track" },
    h("i", { class: "nbt-fill", style: `width:${share(row.value)}` }),
    h("i", { class: "nbt-chance", style: `left:${share(row.chance)}` }),
    h("i", { class: "nbt-whisker", style: `left:${share(row.low)};width:${share(row.high - row.low)}` }),
  );
  return h(
    "tr",
    { class: weak && "nbt-weak" },
    h("th", { scope: "row" }, name, others.length > 0 && h("span", { class: "nbt-dim nbt-with", text: ` = ${cut(others.join(" = "), 60)}`, title: "Always changed together: these runs cannot tell them apart" })),
    h("td", { class: "nbt-bar-cell" }, track),
    h("td", { class: "nbt-number", text: row.value.toFixed(2) }),
    h("td", { class: "nbt-interval", text: `${row.low.toFixed(2)} to ${row.high.toFixed(2)}` }),
    h("td", { class: "nbt-where", text: weak ? "within chance" : where(metric, row) }),
    h("td", { class: "nbt-number nbt-runs nbt-dim", text: row.n }),
  );
}

/** Where the metric is best, and the trend if there is one: Spearman's rho beyond twice its error.
 * @param {Column} metric @param {Association} row @returns {string} */
function where(metric, row) {
  const level = row.levels[metric.dir === "min" ? row.bottom : row.top];
  if (!(Math.abs(row.rho) > 1.96 / Math.sqrt(row.n - 1))) return cut(level, 40);
  const up = row.rho > 0 === (metric.dir !== "min");
  return `${cut(level, 40)} · ${up ? "↗ the higher the" : "↘ the lower the"} ${metric.dir ? "better" : "higher"}`;
}

/** @param {Column} metric @param {Associations} found @returns {HTMLElement} */
function method(metric, { rows, n, of, shuffles }) {
  const runs = of > n ? `${n.toLocaleString("en")} of ${plural(of, "run")}, evenly chosen` : plural(n, "run");
  const few = n < FEW && `Only ${plural(n, "run")}: take every bar as a hint. `;
  const count = rows.length === 1 ? "one param" : `the strongest of ${rows.length} params`;
  return h(
    "div",
    { class: "nbt-note nbt-method" },
    few && h("strong", { text: few }),
    h("span", { text: `The share of the variance of ${cut(metric.key, 60)}'s ranks that goes with a param, over ${runs}: Kelley's ε², corrected for the number of values; many numbers are cut into five ranges. Whisker: 90 % jackknife interval. ` }),
    h("span", { class: "nbt-key-chance", "aria-hidden": "true" }),
    h("span", { text: ` what ${count} reaches by chance (95 of 100; ${shuffles} shuffles). It is association in these runs, not cause; and one param at a time: what two do only together is not seen.` }),
  );
}
