// @ts-check
/**
 * The comparison of runs, for three homes: an anywidget (`export default { render }`), a saved notebook or report
 * (`boot`, called by the inline script), and any page (`mount`). It asks nothing of the network.
 *
 * These modules are the source and what the tests import. What nbtrack ships is one script: `view/bundling.py` joins
 * them, each after those it imports, so names at the top of a module are unique among all of them.
 */
/** @import { Payload } from "./types.js" */
import { App } from "./app.js";
import { h } from "./dom.js";

/** Show a comparison in an element, in place of what is there.
 * @param {HTMLElement} element @param {Payload} payload @param {(ids: string[]) => void} [selectionChanged] @returns {App} */
export function mount(element, payload, selectionChanged) {
  return new App(element, payload, selectionChanged);
}

/** Enhance the static table of a saved notebook or report. The element may join the page after its script has run.
 * @param {string} id @param {number} [tries] */
export function boot(id, tries = 60) {
  const home = document.getElementById(id);
  const root = /** @type {HTMLElement | null | undefined} */ (home?.querySelector(".nbt-app"));
  const packed = home?.querySelector(".nbt-data");
  if (!home || !root || !packed) return void (tries && requestAnimationFrame(() => boot(id, tries - 1)));
  if (home.dataset.mounted) return;
  home.dataset.mounted = "true";
  root.id = `${id}-app`;
  mount(root, JSON.parse(packed.textContent ?? ""));
}

/** The anywidget: `payload` flows in, `selected` (run ids) flows out.
 * @param {{model: {get: (name: string) => any, set: (name: string, value: any) => void, on: (name: string, call: () => void) => void, off: (name: string, call: () => void) => void, save_changes: () => void}, el: HTMLElement}} context */
function render({ model, el }) {
  const root = h("div", { class: "nbt-app" });
  el.classList.add("nbt", "nbt-compare");
  el.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  const app = mount(root, model.get("payload"), (ids) => {
    model.set("selected", ids);
    model.save_changes();
  });
  const renew = () => app.renew(model.get("payload"));
  model.on("change:payload", renew);
  return () => {
    model.off("change:payload", renew);
    app.stop();
  };
}

export default { render };
