// @ts-check
/** The pages of runs that the file carries as data: each is drawn when it is opened, all its text as text. */
import { h } from "../compare/dom.js";

/** @typedef {[name: number, value: number, note: number]} Fact */
/** @typedef {[groups: [title: number, facts: Fact[]][], cells: [label: number, note: number, source: number][], doubts: number[], comments: [text: number, byline: number][], error: number, absent: number[], packages: number]} Page */
/** @typedef {{texts: string[], pages: Page[]}} Pages */

/** @param {() => Promise<Pages>} read the data, when the first page is opened */
export function drawPages(read) {
  /** @type {Promise<Pages> | null} */
  let all = null;
  const draw = async (/** @type {HTMLDetailsElement} */ run) => {
    const at = Number(run.dataset.at);
    if (run.dataset.drawn) return;
    run.dataset.drawn = "true";
    const { texts, pages } = await (all ??= read());
    run.replaceChildren(...[...run.children].slice(0, 1), pageOf(pages[at], texts));
  };
  for (const run of /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.nbt-runpage[data-at]")))
    run.addEventListener("toggle", () => run.open && draw(run));
}

/** @param {Page} page @param {string[]} texts @returns {HTMLElement} as `report/run.html` writes it */
export function pageOf([groups, cells, doubts, comments, error, absent, packages], texts) {
  const text = (/** @type {number} */ at) => texts[at] ?? "";
  return h(
    "div",
    { class: "nbt-run-page" },
    text(error) && h("div", { class: "nbt-error", role: "note" }, h("b", { text: "It ended in an error." }), listing(text(error))),
    doubts.length > 0 && h("ul", { class: "nbt-doubts" }, ...doubts.map((at) => h("li", { text: text(at) }))),
    ...comments.map(([words, byline]) => h("blockquote", { class: "nbt-comment nbt-prose" }, h("p", { class: "nbt-as-written", text: text(words) }), text(byline) && h("footer", { text: text(byline) }))),
    h("div", { class: "nbt-columns" }, ...groups.map(([title, rows]) => factsOf(text(title), rows, text))),
    text(packages) && h("p", { class: "nbt-dim" }, h("a", { href: `#${text(packages)}`, text: "All packages of this environment" })),
    absent.length > 0 && h("section", { class: "nbt-showings" }, h("h3", { text: "Shown and kept" }), h("ul", { class: "nbt-absent" }, ...absent.map((at) => h("li", { text: text(at) })), h("li", { class: "nbt-dim", text: "Not in this file: a report of many runs carries the outputs of some." }))),
    cells.length > 0 && h("section", { class: "nbt-code" }, h("h3", { text: "Code" }), ...cellsOf(cells, text)),
  );
}

/** @param {string} title @param {Fact[]} rows @param {(at: number) => string} text */
const factsOf = (title, rows, text) =>
  h(
    "section",
    { class: "nbt-facts-of" },
    h("h3", { text: title }),
    h("dl", null, ...rows.map(([name, value, note]) => h("div", null, h("dt", { text: text(name) }), h("dd", null, h("span", { text: text(value) }), text(note) && " ", text(note) && h("small", { text: text(note) }))))),
  );

/** @param {Page[1]} cells @param {(at: number) => string} text @returns {HTMLElement[]} those before the run's own are folded */
function cellsOf(cells, text) {
  const all = cells.map(([label, note, source]) => h("div", { class: "nbt-cell" }, h("p", null, h("span", { class: "nbt-prompt", text: text(label) }), text(note) && h("span", { class: "nbt-dim", text: ` ${text(note)}` })), listing(text(source))));
  const before = all.slice(0, -1);
  const said = `${before.length} cell${before.length > 1 ? "s" : ""} before it, whose results it used`;
  return [...(before.length ? [h("details", { class: "nbt-before" }, h("summary", { text: said }), ...before)] : []), ...all.slice(-1)];
}

/** @param {string} source */
const listing = (source) => h("pre", { tabindex: "0" }, h("code", { text: source }));
