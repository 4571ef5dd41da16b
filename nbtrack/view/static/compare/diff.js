// @ts-check
/** Two runs side by side: what was set, what came of it, and the lines of their cells. */
/** @import { App, Column } from "./types.js" */
/** @import { DiffLine } from "./edits.js" */
import { choice, emptiness, h } from "./dom.js";
import { diffLines, folded } from "./edits.js";
import { cut, figure, plural, words } from "./format.js";
import { sorted } from "./sort.js";

/** @param {App} app @param {HTMLElement} panel */
export function drawDiff(app, panel) {
  const { data } = app;
  if (data.runs.length < 2)
    return panel.replaceChildren(emptiness("One run so far", "Track another run, then compare the two line by line."));
  const [a, b] = diffPair(app);
  const options = /** @type {[string, string][]} */ (
    data.runs.map((run) => [String(run.at), `${cut(run.name, 40)} · ${run.short}`])
  );
  const pick = (/** @type {string} */ label, /** @type {number} */ now, /** @type {"a" | "b"} */ side) =>
    choice(label, options, String(now), (at) => app.set({ [side]: Number(at), ...(side === "a" ? { b } : { a }) }));
  const swap = h("button", {
    type: "button",
    class: "nbt-button",
    text: "⇄ swap",
    onclick: () => app.set({ a: b, b: a }),
  });
  panel.replaceChildren(
    h("div", { class: "nbt-controls" }, pick("A", a, "a"), pick("B", b, "b"), swap),
    h(
      "div",
      { class: "nbt-diff" },
      diffSection(app, "Metrics", "metrics", a, b),
      diffSection(app, "Params", "params", a, b),
      diffSection(app, "Tags", "tags", a, b),
    ),
    sourceDiff(app, a, b),
  );
}

/** @param {App} app @returns {[number, number]} what was chosen here, else the two selected, else the best two */
function diffPair(app) {
  const { a, b, selected } = app.state;
  if (a >= 0 && b >= 0) return [a, b];
  if (selected.length >= 2) return [Math.min(selected[0], selected[1]), Math.max(selected[0], selected[1])];
  const metric = app.metric;
  const order = metric
    ? sorted(
        app.data.runs.map((run) => run.at),
        [{ id: metric.id, down: metric.dir !== "min" }],
        app.data,
      )
    : app.data.runs.map((run) => run.at);
  const first = selected[0] ?? order[0];
  return [order.find((at) => at !== first) ?? first, first];
}

/** @param {App} app @param {string} title @param {string} space @param {number} a @param {number} b @returns {HTMLElement | null} */
function diffSection(app, title, space, a, b) {
  const all = app.data.columns.filter((c) => c.space === space && (c.values[a] !== null || c.values[b] !== null));
  if (!all.length) return null;
  const moved = all.filter((c) => words(c.values[a]) !== words(c.values[b]));
  const same = all.filter((c) => !moved.includes(c));
  const rows = (/** @type {Column[]} */ columns) => h("tbody", null, ...columns.map((c) => diffRow(c, a, b)));
  const head = h(
    "thead",
    null,
    h(
      "tr",
      null,
      h("th", { scope: "col", text: title }),
      h("th", { scope: "col", class: "nbt-number" }, sideName(app, "A", a)),
      h("th", { scope: "col", class: "nbt-number" }, sideName(app, "B", b)),
      space === "metrics" && h("th", { scope: "col", class: "nbt-number", text: "B − A" }),
    ),
  );
  const table = moved.length
    ? h("table", { class: "nbt-pairs" }, head, rows(moved))
    : h("p", { class: "nbt-dim", text: `${title}: no difference` });
  const more = same.length
    ? h(
        "details",
        null,
        h("summary", { text: `${same.length} the same` }),
        h("table", { class: "nbt-pairs nbt-same" }, rows(same)),
      )
    : null;
  return h("section", { "aria-label": title }, table, more);
}

/** @param {App} app @param {string} side @param {number} at */
const sideName = (app, side, at) =>
  h("span", { title: app.data.runs[at].name }, h("b", { text: `${side} ` }), cut(app.data.runs[at].name, 22));

/** @param {Column} c @param {number} a @param {number} b @returns {HTMLElement} */
function diffRow(c, a, b) {
  const { text, verdict } = c.space === "metrics" ? delta(c, a, b) : { text: "", verdict: "" };
  const cell = (/** @type {number} */ at) =>
    h("td", {
      class: c.values[at] === null ? "nbt-number nbt-none" : "nbt-number",
      title: words(c.values[at]),
      text: cut(c.texts[at], 60),
    });
  return h(
    "tr",
    null,
    h("th", { scope: "row", title: c.key, text: cut(c.key, 40) }),
    cell(a),
    cell(b),
    c.space === "metrics" &&
      h(
        "td",
        { class: `nbt-number nbt-${verdict || "none"}` },
        h("span", { class: "nbt-delta", text }),
        verdict && h("span", { class: "nbt-word", text: ` ${verdict}` }),
      ),
  );
}

/** @param {Column} column @param {number} a @param {number} b @returns {{text: string, verdict: "better" | "worse" | ""}} */
export function delta(column, a, b) {
  const [from, to] = [column.values[a], column.values[b]];
  if (typeof from !== "number" || typeof to !== "number" || from === to)
    return { text: from === to ? "=" : "", verdict: "" };
  const by = Number((to - from).toPrecision(12));
  const verdict = column.dir ? (by > 0 === (column.dir === "max") ? "better" : "worse") : "";
  return { text: `${by > 0 ? "▲ +" : "▼ −"}${figure(Math.abs(by), 3)}`, verdict };
}

/** @param {App} app @param {number} a @param {number} b @returns {HTMLElement} */
function sourceDiff(app, a, b) {
  const [left, right] = [app.data.source(a), app.data.source(b)];
  if (left === null || right === null)
    return h(
      "section",
      { class: "nbt-source", "aria-label": "Cell" },
      h("p", {
        class: "nbt-dim",
        text: app.data.omitted.sources
          ? "Cell: the source is not in this output, which is kept small; %diff shows it."
          : "Cell: no source was recorded for both runs.",
      }),
    );
  const lines = diffLines(left, right);
  const changed = lines.filter((line) => line.kind !== "same").length;
  const title = changed
    ? `Cell: ${plural(lines.filter((line) => line.kind === "gone").length, "line")} removed, ${lines.filter((line) => line.kind === "new").length} added`
    : "Cell: the same source";
  const code = h(
    "div",
    { class: "nbt-code", role: "region", tabindex: "0", "aria-label": "Source of the two cells" },
    h("table", null, h("tbody", null, ...folded(lines).map(codeRow))),
  );
  return h(
    "section",
    { class: "nbt-source", "aria-label": "Cell" },
    changed ? h("p", { class: "nbt-heading", text: title }) : null,
    changed ? code : h("details", null, h("summary", { text: title }), code),
  );
}

/** @param {DiffLine | number} line @returns {HTMLElement} */
function codeRow(line) {
  if (typeof line === "number")
    return h(
      "tr",
      { class: "nbt-fold" },
      h("td", { colspan: 3 }),
      h("td", { text: `⋯ ${plural(line, "unchanged line")}` }),
    );
  const sign = { same: " ", gone: "−", new: "+" }[line.kind];
  const parts = line.parts.length
    ? line.parts.map((part) => (part.moved ? h("mark", { text: part.text }) : part.text))
    : [line.text];
  return h(
    "tr",
    { class: `nbt-${line.kind}` },
    h("td", { class: "nbt-line-number", text: line.a >= 0 ? line.a + 1 : "" }),
    h("td", { class: "nbt-line-number", text: line.b >= 0 ? line.b + 1 : "" }),
    h("td", { class: "nbt-sign", text: sign }),
    h("td", null, h("code", null, ...parts)),
  );
}
