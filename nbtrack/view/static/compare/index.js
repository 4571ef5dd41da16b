// @ts-check
/**
 * The comparison of runs, for three homes: an anywidget (`export default { initialize, render }`), a saved notebook or
 * report (`boot`, called by the inline script), and any page (`mount`). It asks nothing of the network.
 */
/** @import { Model } from "./link.js" */
/** @import { Payload } from "./types.js" */
import { App } from "./app.js";
import { h } from "./dom.js";
import { readIsland } from "./island.js";
import { initialize } from "./link.js";
import { join } from "./live.js";
import { follow } from "./moving.js";

/** Show a comparison in an element, in place of what is there.
 * @param {HTMLElement} element @param {Payload} payload @param {(ids: string[]) => void} [selectionChanged] @returns {App} */
export function mount(element, payload, selectionChanged) {
  return new App(element, payload, selectionChanged);
}

/** Enhance the static table of a saved notebook or report, in each place where the page shows it. The element may join
 * the page after its script has run.
 * @param {string} id @param {number} [tries] */
export function boot(id, tries = 60) {
  const homes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[id="${id}"]`)]);
  const ready = homes.filter((home) => home.querySelector(".nbt-data"));
  if (!ready.length) return void (tries && requestAnimationFrame(() => boot(id, tries - 1)));
  for (const home of ready) if (!home.dataset.mounted) settle(home, id);
}

/** What stands there for readers without scripts stays where the data cannot be read. @param {HTMLElement} home @param {string} id */
async function settle(home, id) {
  home.dataset.mounted = "true";
  try {
    enhance(home, id, await payloadOf(home));
  } catch (problem) {
    console.warn("nbtrack: this output stays a plain table, its data cannot be read.", problem);
  }
}

/** Put the app in the static table's place; where it cannot be made, put that back. @param {HTMLElement} home @param {string} id @param {Payload} payload */
function enhance(home, id, payload) {
  const root = /** @type {HTMLElement} */ (home.querySelector(".nbt-app"));
  const plain = [...root.childNodes];
  const style = h("style", { text: payload.style ?? "" });
  root.prepend(style); // goes wherever the app goes
  root.id = `${id}-app`;
  let app;
  try {
    app = mount(root, payload);
  } catch (problem) {
    root.replaceChildren(...plain);
    throw problem;
  }
  follow(join(app, id, payload.state ?? 0), home, payloadOf);
}

/** @param {HTMLElement} home @returns {Promise<Payload>} */
const payloadOf = (home) => readIsland(home.querySelector(".nbt-data")?.textContent ?? "");

/** The anywidget's view: the comparison without any saved form of it, filled as soon as the kernel answers.
 * @param {{model: Model, el: HTMLElement}} context */
function render({ model, el }) {
  const root = h("div", { class: "nbt-app" });
  const css = model.get("css");
  const style = h("style", { text: css });
  // The style applies to the elements of its edition alone (`edition` of `view/escape.py`).
  el.classList.add("nbt", "nbt-compare", ...(/nbt-v[0-9a-f]+/.exec(css) ?? []));
  el.dataset.lmSuppressShortcuts = "true";
  el.append(style, root);
  const app = mount(root, EMPTY);
  join(app, model.get("channel"), -1);
  return () => app.stop();
}

/** @type {Payload} */
const EMPTY = {
  format: 2,
  title: "",
  runs: { id: [], name: [], experiment: [], status: [], started: [], duration: [], note: [] },
  columns: [],
  lines: [],
  sources: [],
  cells: [],
  curves: [],
  omitted: { sources: 0, curves: 0 },
};

export default { initialize, render };
