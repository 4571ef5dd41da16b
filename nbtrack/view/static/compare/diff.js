// @ts-check
/** Two to four runs side by side, in every dimension that was recorded: what moved, what is the same, what is not known. */
/** @import { App } from "./types.js" */
/** @import { Dimension, Fact } from "./causes.js" */
import { RULE, dimensions, measured, namesOf, sentence } from "./causes.js";
import { codeDiff, countText, counted, patchWords } from "./code.js";
import { choice, emptiness, h, present } from "./dom.js";
import { diffLines } from "./edits.js";
import { cut, figure, plural, words } from "./format.js";
import { markdown } from "./markdown.js";
import { sorted } from "./sort.js";
import { cellChanges } from "./upstream.js";

const MOST = 4;
const SIDES = "ABCD";
const MOST_OPTIONS = 300;
const NO_RUN = "";
/** More params than this that not all of several runs have are folded away. */
const FOLDED = 4;

/** What a panel shows: the same is not drawn again, so that what was unfolded stays. @type {WeakMap<HTMLElement, {home: HTMLElement, drawn: string}>} */
const SHOWN = new WeakMap();

/** @param {App} app @param {HTMLElement} panel */
export function drawDiff(app, panel) {
  const { data } = app;
  if (data.runs.length < 2)
    return panel.replaceChildren(emptiness("One run so far", "Track another run, then compare the two line by line."));
  const runs = chosenRuns(app);
  const focused = /** @type {HTMLElement | null} */ (panel.querySelector("[data-control] :focus, [data-control]:focus"));
  const control = /** @type {HTMLElement | null | undefined} */ (focused?.closest("[data-control]"))?.dataset.control;
  const drawn = JSON.stringify([runs, data.runs.length, runs.map((at) => data.runs[at]), dimensions(data, runs).map(brief), measured(data, runs).map((fact) => fact.texts)]);
  const before = SHOWN.get(panel);
  if (before?.drawn === drawn && panel.firstChild === before.home) return;
  const home = h("div", { class: "nbt-compared" }, controls(app, runs), ...body(app, runs));
  panel.replaceChildren(home);
  SHOWN.set(panel, { home, drawn });
  if (control) /** @type {HTMLElement | null} */ (panel.querySelector(`[data-control="${control}"] select, button[data-control="${control}"]`))?.focus();
}

/** @param {Dimension} dimension @returns {unknown} */
const brief = ({ id, state, moved, same }) => [id, state, [...moved, ...same].map((fact) => [fact.name, fact.texts])];

/** @param {App} app @returns {number[]} chosen here; else those selected; else the baseline, or the runner-up, and the best */
function chosenRuns(app) {
  const { data, state } = app;
  const places = new Map(data.runs.map((run) => [run.id, run.at]));
  const chosen = state.diff.flatMap((id) => places.get(id) ?? []);
  if (chosen.length > 1) return chosen;
  if (state.selected.length > 1) return state.selected.slice(0, MOST).sort((a, b) => a - b);
  const { metric } = app;
  const all = app.rows.length > 1 ? app.rows : data.runs.map((run) => run.at);
  const order = metric ? sorted(all, [{ id: metric.id, down: metric.dir !== "min" }], data) : all;
  const best = state.selected[0] ?? order[0];
  const other = places.get(state.baseline);
  const first = other !== undefined && other !== best ? other : (order.find((at) => at !== best) ?? best);
  return [first, best];
}

/** @param {App} app @param {number[]} runs @returns {HTMLElement} */
function controls(app, runs) {
  const ids = runs.map((at) => app.data.runs[at].id);
  const take = (/** @type {string[]} */ next) => app.set({ diff: next });
  const picks = [...runs, ...(runs.length < Math.min(MOST, app.data.runs.length) ? [-1] : [])].map((at, n) => {
    const options = optionsOf(app, at, runs);
    if (n > 1) options.unshift([NO_RUN, at < 0 ? "add a run …" : "none"]);
    const pick = choice(at < 0 ? "+" : SIDES[n], options, at < 0 ? NO_RUN : ids[n], (id) =>
      take([...ids.slice(0, n), ...(id ? [id] : []), ...ids.slice(n + 1)]),
    );
    pick.dataset.control = SIDES[n];
    pick.querySelector("select")?.setAttribute("aria-label", at < 0 ? "Add a run" : `Run ${SIDES[n]}`);
    return pick;
  });
  const swap = button("⇄ swap", "swap", () => take([...ids].reverse()));
  const copy = button("Copy as Markdown", "copy", () => copied(app, runs, copy));
  return h("div", { class: "nbt-controls" }, ...picks, runs.length === 2 && swap, copy);
}

/** @param {string} text @param {string} control @param {() => void} onclick */
const button = (text, control, onclick) => h("button", { type: "button", class: "nbt-button", "data-control": control, text, onclick });

/** @param {App} app @param {number} at @param {number[]} runs @returns {[string, string][]} the runs that can be taken here */
function optionsOf(app, at, runs) {
  const { data } = app;
  const able = data.runs.length <= MOST_OPTIONS ? data.runs.map((run) => run.at) : app.rows.slice(0, MOST_OPTIONS);
  const places = at >= 0 && !able.includes(at) ? [at, ...able] : able;
  return places.filter((each) => each === at || !runs.includes(each)).map((each) => {
    const run = data.runs[each];
    return [run.id, `${cut(run.name, 36)} · ${run.short}`];
  });
}

/** @param {App} app @param {number[]} runs @param {HTMLElement} control */
async function copied(app, runs, control) {
  const text = markdown(app.data, runs);
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const area = h("textarea", { class: "nbt-sr", text });
    control.after(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    control.focus();
  }
  app.say(done ? "Copied as Markdown" : "The browser does not let this page copy");
  control.textContent = done ? "✓ Copied" : "Not allowed";
  setTimeout(() => (control.textContent = "Copy as Markdown"), 1500);
}

/** @param {App} app @param {number[]} runs @returns {(Node | string)[]} */
function body(app, runs) {
  const found = dimensions(app.data, runs);
  const metrics = measured(app.data, runs);
  const differing = found.filter((each) => each.state === "changed" || each.state === "left out");
  const still = metrics.length && !metrics.some((fact) => fact.moved) ? [{ id: "metrics", title: "Metrics", same: metrics }] : [];
  const same = [...still, ...found.filter((each) => each.state === "same")];
  const absent = found.filter((each) => each.state === "absent").map((each) => each.short);
  return present([
    h("p", { class: "nbt-sentence", text: sentence(app.data, runs) }),
    differing.length > 1 && h("p", { class: "nbt-note", text: RULE }),
    h(
      "div",
      { class: runs.length > 2 ? "nbt-diff nbt-many" : "nbt-diff" },
      !still.length && metrics.length > 0 && valueSection(app, runs, "Metrics", metrics.filter((f) => f.moved), metrics.filter((f) => !f.moved)),
      ...differing.map((each) => section(app, runs, each)),
    ),
    same.length > 0 && h("div", { class: "nbt-alike" }, ...same.map((each) => alike(app, runs, each))),
    absent.length > 0 && h("p", { class: "nbt-note" }, h("b", { text: "Not recorded: " }), absent.join(", ")),
  ]);
}

/** @param {App} app @param {number[]} runs @param {Dimension} dimension @returns {HTMLElement} */
function section(app, runs, dimension) {
  const { id, title, moved, same } = dimension;
  if (id === "source") return sourceSection(app, runs, dimension);
  const listings = id === "slice" ? upstreamListings(app, runs) : id === "code" ? patchListings(app, runs) : [];
  // What is shown as it is need not be told by its hash.
  const told = moved.filter((fact) => !listings.length || !["slice.digest", "code.patch"].includes(fact.column.key));
  const some = id === "params" && runs.length > 2 ? told.filter(ofSome) : [];
  const folded = some.length > FOLDED && some.length < told.length ? new Set(some) : null;
  const values = valueSection(app, runs, title, folded ? told.filter((fact) => !folded.has(fact)) : told, told.length || !listings.length ? same : [], listings.length > 0);
  if (folded)
    values.append(
      h("details", null, h("summary", { text: `${plural(folded.size, "param")} that only some have, or left at defaults` }), valueSection(app, runs, title, [...folded], [])),
    );
  if (!listings.length) return values;
  values.classList.add("nbt-full");
  values.append(...listings);
  return values;
}

/** @param {Fact} fact @returns {boolean} whether runs differ only in having it, or in its default */
const ofSome = ({ column, values }) =>
  column.usual || (values.includes(null) && new Set(values.filter((value) => value !== null).map(words)).size === 1);

/** @param {App} app @param {number[]} runs @param {Pick<Dimension, "id" | "title" | "same">} dimension @returns {HTMLElement} that it is the same, with what it is behind a button */
function alike(app, runs, { id, title, same }) {
  const source = id === "source" ? app.data.source(runs[0]) : null;
  const inside = source === null ? sameTable(same, `${title}, the same in all`) : codeDiff(source, source, "Source of the cell");
  const count = source === null ? plural(same.length, "value") : plural(source.split("\n").length, "line");
  return h("details", null, h("summary", null, h("b", { text: title }), ` same · ${count}`), inside);
}

/** @param {App} app @param {number[]} runs @param {string} title @param {Fact[]} moved @param {Fact[]} same @param {boolean} [more] whether more follows that differs @returns {HTMLElement} */
function valueSection(app, runs, title, moved, same, more = false) {
  const judged = moved.some((fact) => fact.values.every((value) => typeof value === "number"));
  const table = h(
    "table",
    { class: "nbt-pairs", role: "table", "aria-label": `${title} that differ` },
    h("thead", { role: "rowgroup" }, headRow(app, runs, title, judged)),
    h("tbody", { role: "rowgroup" }, ...moved.map((fact) => valueRow(fact, judged && runs.length === 2, `B − A`))),
  );
  return h(
    "section",
    { "aria-label": title },
    moved.length ? table : h("p", null, h("b", { text: title }), !more && h("span", { class: "nbt-dim", text: " same" })),
    same.length > 0 && h("details", null, h("summary", { text: `${plural(same.length, "value")} the same` }), sameTable(same, `${title}, the same in all`)),
  );
}

/** @param {string[]} names @param {number} room @returns {string[]} those too long for it without words that all begin with, as far as that helps */
export function shortNames(names, room) {
  const [first] = names;
  let alike = 0;
  while (alike < first.length && names.every((name) => name[alike] === first[alike])) alike += 1;
  const starts = [...first.slice(0, alike).matchAll(/[\s_/|,;:-]/g)].map((match) => match.index + 1);
  return names.map((name) => {
    const at = name.length > room ? (starts.find((start) => name.length - start < room) ?? starts.at(-1) ?? 0) : 0;
    return cut(at && at < name.length ? `…${name.slice(at)}` : name, room);
  });
}

/** @param {App} app @param {number[]} runs @param {string} title @param {boolean} judged @returns {HTMLElement} */
function headRow(app, runs, title, judged) {
  const names = namesOf(app.data, runs);
  const own = shortNames(names, names.length > 2 ? 14 : 18);
  const side = (/** @type {string} */ text, /** @type {string} */ name, /** @type {string} */ short) =>
    h("th", { role: "columnheader", scope: "col", title: name }, h("b", { text: `${text} ` }), h("span", { text: short }));
  return h(
    "tr",
    { role: "row" },
    h("th", { role: "columnheader", scope: "col", text: title }),
    ...names.map((name, n) => side(SIDES[n], name, own[n])),
    judged && runs.length === 2 && h("th", { role: "columnheader", scope: "col", class: "nbt-step", text: "B − A" }),
  );
}

/** @param {Fact} fact @param {boolean} apart whether the step from A to B has a column of its own @param {string} label @returns {HTMLElement} */
function valueRow(fact, apart, label) {
  const { column, values, texts } = fact;
  const cells = values.map((value, n) => {
    const step = !apart && n && value !== values[0] ? stepOf(fact, n) : null;
    const changed = n > 0 && (typeof value !== typeof values[0] || words(value) !== words(values[0]));
    return h(
      "td",
      { role: "cell", "data-side": SIDES[n], class: [value === null && "nbt-none", changed && "nbt-moved", n > 0 && !changed && "nbt-equal"].filter(Boolean).join(" ") || null, title: words(value) },
      ...marked(n ? texts[0] : texts[values.length === 2 ? 1 : 0], cut(texts[n], 240), n ? "new" : "gone", typeof value === "string"),
      step?.text && h("small", { class: `nbt-${step.verdict || "none"}` }, h("span", { class: "nbt-delta", text: step.text }), step.verdict && ` ${step.verdict}`),
    );
  });
  const step = apart ? stepOf(fact, 1) : null;
  return h(
    "tr",
    { role: "row" },
    h("th", { role: "rowheader", scope: "row", title: column.key, text: cut(fact.name, 60) }),
    ...cells,
    step &&
      h(
        "td",
        { role: "cell", "data-side": step.text ? label : null, class: `nbt-step nbt-${step.verdict || "none"}` },
        h("span", { class: "nbt-delta", text: step.text }),
        step.verdict && h("span", { class: "nbt-word", text: ` ${step.verdict}` }),
      ),
  );
}

/** @param {Fact} fact @param {number} n @returns {{text: string, verdict: "better" | "worse" | ""}} */
const stepOf = ({ column, values }, n) => delta({ values, dir: column.dir }, 0, n);

/** A text with the words marked in which it differs from another. @param {string} other @param {string} own @param {"gone" | "new"} kind @param {boolean} able @returns {(Node | string)[]} */
function marked(other, own, kind, able) {
  if (!able || other === own) return [own];
  const line = diffLines(kind === "new" ? other : own, kind === "new" ? own : other).find((each) => each.kind === kind);
  return line?.parts.length ? line.parts.map((part) => (part.moved ? h("mark", { text: part.text }) : part.text)) : [own];
}

/** @param {Fact[]} facts @param {string} label @returns {HTMLElement} */
const sameTable = (facts, label) =>
  h(
    "table",
    { class: "nbt-pairs nbt-same", "aria-label": label },
    h("tbody", null, ...facts.map((fact) => h("tr", null, h("th", { scope: "row", title: fact.column.key, text: cut(fact.name, 60) }), h("td", { text: cut(fact.texts[0], 240) })))),
  );

/** How far a value is from another. @param {{values: unknown[], dir: "max" | "min" | null}} column @param {number} a @param {number} b @returns {{text: string, verdict: "better" | "worse" | ""}} */
export function delta({ values, dir }, a, b) {
  const [from, to] = [values[a], values[b]];
  if (typeof from !== "number" || typeof to !== "number" || from === to)
    return { text: from === to ? "=" : "", verdict: "" };
  const by = Number((to - from).toPrecision(12));
  const verdict = dir ? (by > 0 === (dir === "max") ? "better" : "worse") : "";
  return { text: `${by > 0 ? "▲ +" : "▼ −"}${figure(Math.abs(by), 3)}`, verdict };
}

/** @param {App} app @param {number[]} runs @param {Dimension} dimension @returns {HTMLElement} */
function sourceSection(app, runs, { title, state }) {
  if (state === "left out")
    return h("section", { class: "nbt-full", "aria-label": title }, h("p", null, h("b", { text: title }), h("span", { class: "nbt-dim", text: " is not in this output, which is kept small; %diff shows it" })));
  const [first, ...others] = runs.map((at) => app.data.source(at) ?? "");
  return h("section", { class: "nbt-full nbt-source", "aria-label": title }, ...others.map((other, n) => listing(title, first, other, others.length > 1 ? n + 1 : 0)));
}

/** @param {string} title @param {string} before @param {string} after @param {number} n the run that is compared with the first, 0 where there are two runs only @param {typeof patchWords} [paint] @param {string} [only] the run that has it alone @returns {HTMLElement} */
function listing(title, before, after, n, paint, only = "") {
  const against = (n ? ` ${SIDES[n]} against A` : "") + (only && `: only in ${only}`);
  const count = countText(counted(before, after));
  const heading = h("p", { class: "nbt-heading" }, h("b", { text: `${title}${against}` }), h("span", { class: "nbt-dim", text: ` ${count}` }));
  return h("div", { class: "nbt-listing" }, heading, before !== after && codeDiff(before, after, `${title}${against}, differences`, paint));
}

/** @param {App} app @param {number[]} runs @returns {HTMLElement[]} the cells behind the runs that differ from those behind the first */
function upstreamListings(app, runs) {
  if (runs.some((at) => app.data.leftOut(at, "upstream")))
    return [h("p", { class: "nbt-dim", text: "The sources of these cells are not in this output, which is kept small; %diff shows them." })];
  const [first, ...others] = runs.map((at) => app.data.upstream(at));
  return others.flatMap((other, n) => {
    if (!first || !other) return [];
    const { changed, same } = cellChanges(first, other);
    const side = others.length > 1 ? n + 1 : 0;
    const listings = changed.map(({ before, after, number }) =>
      listing(`Cell ${number} of ${same + changed.length}`, before ?? "", after ?? "", side, undefined, before === null ? SIDES[n + 1] : after === null ? "A" : ""),
    );
    return same && changed.length ? [...listings, h("p", { class: "nbt-dim", text: `${plural(same, "other cell")} before it the same` })] : listings;
  });
}

/** @param {App} app @param {number[]} runs @returns {HTMLElement[]} what differed from the commit, beside what differed in the first */
function patchListings(app, runs) {
  if (runs.some((at) => app.data.leftOut(at, "patches")))
    return [h("p", { class: "nbt-dim", text: "The uncommitted changes are not in this output, which is kept small." })];
  const [first, ...others] = runs.map((at) => app.data.patch(at) ?? "");
  return others.flatMap((other, n) => {
    if (other === first) return [];
    if (first && other) return [listing("Uncommitted changes", first, other, others.length > 1 ? n + 1 : 0, patchWords)];
    const label = `Uncommitted changes of ${first ? `A, none in ${SIDES[n + 1]}` : `${SIDES[n + 1]}, none in A`}`;
    return [h("div", { class: "nbt-listing" }, h("p", { class: "nbt-heading", text: label }), codeDiff(first || other, first || other, label, patchWords))];
  });
}
