// @ts-check
/** What stands around every view: title, tabs, the filter, and what is said about the runs. */
/** @import { App, View } from "./types.js" */
import { FilterBox } from "./box.js";
import { h, present } from "./dom.js";

/** Make the elements of the frame. @param {App} app @param {View[]} views */
export function newFrame(app, views) {
  const id = app.root.id || `nbt-${Math.random().toString(36).slice(2)}`;
  const panel = h("div", { class: "nbt-panel", role: "tabpanel", id: `${id}-panel`, "aria-labelledby": `${id}-table` });
  const tab = (/** @type {View} */ view) =>
    h("button", {
      role: "tab",
      type: "button",
      id: `${id}-${view.id}`,
      "data-view": view.id,
      "aria-controls": `${id}-panel`,
      text: view.text,
      onclick: () => app.set({ view: view.id }),
    });
  const tabs = h(
    "div",
    { class: "nbt-tabs", role: "tablist", "aria-label": "Views", onkeydown: (event) => app.tabKey(event) },
    ...views.map(tab),
  );
  const box = new FilterBox(app, id);
  const count = h("span", { class: "nbt-count", role: "status" });
  const actions = h("span", { class: "nbt-actions" });
  const live = h("div", { class: "nbt-sr", role: "status" });
  const { title } = app.data;
  const top = h("div", { class: "nbt-top" }, title && h("div", { class: "nbt-title", text: title, title }), tabs);
  const bar = h("div", { class: "nbt-bar" }, box.whole, h("span", { class: "nbt-said" }, count, box.line), actions);
  const tell = box.tell.bind(box);
  return { panel, tabs, input: box.input, tell, count, actions, live, whole: present([top, bar, panel, live]) };
}
