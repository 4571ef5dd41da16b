// @ts-check
/** The chooser of columns: all there are, searched by name, shown or left out one by one. */
/** @import { App, Column } from "./types.js" */
import { arranged, withColumns } from "./arrange.js";
import { h, present } from "./dom.js";
import { cut, plural } from "./format.js";
import { openPanel } from "./menu.js";

const TITLES = { metrics: "Metrics", params: "Params", tags: "Tags", run: "Run", about: "About: data, code, environment, hardware" };

/** @param {App} app @param {HTMLElement} anchor @param {boolean} tags whether new tags may be made */
export function openChooser(app, anchor, tags) {
  const search = h("input", {
    type: "search",
    class: "nbt-filter",
    placeholder: `Search ${plural(app.data.columns.length, "column")}`,
    "aria-label": "Search columns",
    oninput: () => list(),
  });
  const box = h("div", { class: "nbt-picks", onchange: (event) => pick(event.target) });
  const act = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
    h("button", { type: "button", class: "nbt-button", text, onclick });
  const every = (/** @type {boolean} */ shown) => () => {
    app.set(withColumns(app.state, found().map((c) => c.id), shown));
    list();
  };
  const usual = () => {
    app.set({ on: [], off: [], pinned: [], order: [], widths: {}, all: false });
    list();
  };
  const panel = h(
    "div",
    { role: "dialog", "aria-label": "Columns", class: "nbt-chooser", onkeydown: (event) => event.key !== "Escape" && event.stopPropagation() },
    search,
    box,
    h("div", { class: "nbt-chooser-acts" }, act("Show these", every(true)), act("Hide these", every(false)), act("As at first", usual)),
    tags && newTag(app, () => list()),
  );
  list();
  openPanel(anchor, panel);
  search.focus();

  /** @returns {Column[]} the columns whose name has every word of the search */
  function found() {
    const asked = search.value.toLowerCase().split(/\s+/);
    return app.data.columns.filter((c) => asked.every((word) => c.id.toLowerCase().includes(word)));
  }

  function list() {
    const shown = new Set(arranged(app.data.columns, app.state, app.data.runs.length === 1).map((c) => c.id));
    const some = found();
    box.replaceChildren(
      ...present(
        Object.entries(TITLES).map(([space, title]) => {
          const own = some.filter((c) => c.space === space);
          return own.length > 0 && h("fieldset", null, h("legend", { text: title }), ...own.map((c) => option(c, shown.has(c.id))));
        }),
      ),
    );
    if (!some.length) box.append(h("p", { class: "nbt-dim", text: "No column has this in its name." }));
  }

  /** @param {HTMLInputElement} input */
  function pick(input) {
    app.set(withColumns(app.state, [input.value], input.checked));
  }
}

/** @param {Column} c @param {boolean} checked @returns {HTMLElement} */
const option = (c, checked) =>
  h(
    "label",
    null,
    h("input", { type: "checkbox", value: c.id, checked }),
    h("span", { text: cut(c.key, 60) }),
    h("span", { class: "nbt-dim", text: c.differs ? "" : c.usual ? "default" : "same" }),
  );

/** @param {App} app @param {() => void} made @returns {HTMLElement} */
function newTag(app, made) {
  const name = h("input", { class: "nbt-filter", placeholder: "New tag", "aria-label": "Name of a new tag", maxlength: 120 });
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (name.value.trim()) app.set(withColumns(app.state, [`tags.${name.value.trim()}`], true));
    name.value = "";
    made();
  };
  return h("form", { class: "nbt-chooser-acts", onsubmit: add }, name, h("button", { class: "nbt-button", text: "Add" }));
}
