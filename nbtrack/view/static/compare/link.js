// @ts-check
/** The kernel's end of a comparison in the page: an anywidget model that needs no view. It hands messages on, between
 * the kernel and whatever shows the comparison of its `channel`. */
/** @typedef {{get: (name: string) => any, set: (name: string, value: any) => void, save_changes: () => void, send: (content: any) => void, on: (name: string, call: (...values: any[]) => void) => void, off: (name: string, call: (...values: any[]) => void) => void, widget_manager?: any}} Model */

/** @param {{model: Model}} context @returns {() => void} what lets go of it */
export function initialize({ model }) {
  const channel = model.get("channel");
  const down = (/** @type {any} */ detail) => document.dispatchEvent(new CustomEvent(`nbtrack:down:${channel}`, { detail }));
  const up = (/** @type {any} */ event) => {
    try {
      if (event.detail.do === "hello" && model.get("selected").length) select();
      if (event.detail.do !== "select") return model.send(event.detail);
      model.set("selected", event.detail.ids);
      model.save_changes();
    } catch {
      down({ do: "lost" });
    }
  };
  const custom = (/** @type {any} */ message) => down(message);
  const select = () => down({ do: "select", ids: model.get("selected") });
  const lost = () => down({ do: "lost" });
  const kernel = model.widget_manager?.kernel;
  const status = (/** @type {any} */ _, /** @type {string} */ now) => {
    if (["dead", "terminating", "restarting", "autorestarting"].includes(now)) lost();
  };
  document.addEventListener(`nbtrack:up:${channel}`, up);
  model.on("msg:custom", custom);
  model.on("change:selected", select);
  kernel?.statusChanged?.connect(status);
  down({ do: "link" });
  return () => {
    document.removeEventListener(`nbtrack:up:${channel}`, up);
    model.off("msg:custom", custom);
    model.off("change:selected", select);
    kernel?.statusChanged?.disconnect(status);
    lost();
  };
}

export default { initialize };
