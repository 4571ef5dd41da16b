// @ts-check
/** A chart that stays in place while what it draws changes: pointer and keys, the highlighted run, and its words. */
/** @import { App, Hit, Model } from "./types.js" */
import { fill, h, s } from "./dom.js";

/** Pixels a pointer moves before a click has become a drag. */
const DRAG = 5;

/** The charts of each panel, by name. @type {WeakMap<HTMLElement, Map<string, Chart>>} */
const CHARTS = new WeakMap();

/** The chart of a name in the panel of a comparison, made when first asked for. @param {App} app @param {string} name @returns {Chart} */
export function chartOf(app, name) {
  const charts = CHARTS.get(app.panel) ?? new Map();
  CHARTS.set(app.panel, charts);
  const chart = charts.get(name) ?? new Chart(app, name);
  charts.set(name, chart);
  return chart;
}

/** Hover or arrow keys highlight a run, click or Space selects it, a drag marks a part. */
export class Chart {
  /** @param {App} app @param {string} name */
  constructor(app, name) {
    this.app = app;
    this.svg = s("svg", { class: "nbt-plot", role: "application", "aria-roledescription": "chart", tabindex: "0", "data-key": name });
    this.tip = h("div", { class: "nbt-tip", hidden: true });
    this.holder = h("div", { class: "nbt-chart" }, this.svg, this.tip);
    this.hot = s("g", { class: "nbt-heat" });
    this.mark = s("rect", { class: "nbt-marking" });
    /** @type {Model} */
    this.model = { width: 0, height: 0, label: "", nodes: [], runOf: () => [], nearest: () => null, walk: () => null, heat: () => ({ nodes: [], tip: [], say: "" }) };
    /** @type {Hit | null} */
    this.hit = null;
    /** Where the pointer is; null when keys moved last. @type {{x: number, y: number} | null} */
    this.pointer = null;
    /** Where a press began, and whether it has become a drag. @type {(import("./types.js").Point & {moved: boolean}) | null} */
    this.press = null;
    this.dragged = false;
    fill(
      this.svg,
      {
        onpointermove: (event) => this.move(event),
        onpointerleave: () => this.press?.moved || this.show((this.pointer = null)),
        onpointerdown: (event) => this.down(event),
        onpointerup: (event) => this.up(event),
        onpointercancel: () => this.drop(),
        onblur: () => this.show(null),
        onclick: (event) => this.click(event),
        ondblclick: () => this.model.reset?.(),
        onkeydown: (event) => this.key(event),
      },
      [],
    );
  }

  /** Draw something newer in the same place. @param {Model} model @returns {HTMLElement} */
  draw(model) {
    this.model = model;
    const { width, height, label, nodes } = model;
    fill(this.svg, { width, height, viewBox: `0 0 ${width} ${height}`, "aria-label": label }, []);
    const before = document.activeElement;
    const key = before !== this.svg && this.svg.contains(before) ? /** @type {SVGElement} */ (before).dataset.key : "";
    this.svg.replaceChildren(...nodes, this.hot, this.mark);
    if (key) [.../** @type {NodeListOf<SVGElement>} */ (this.svg.querySelectorAll("[data-key]"))].find((one) => one.dataset.key === key)?.focus();
    const again = this.pointer ? model.nearest(this.pointer.x, this.pointer.y) : this.hit && model.walk(this.hit, "");
    if (this.hit || again) this.show(again ?? null, true);
    return this.holder;
  }

  /** Highlight a run and say what it is; null for none. @param {Hit | null} hit @param {boolean} [silent] */
  show(hit, silent = false) {
    this.hit = hit;
    const heat = hit ? this.model.heat(hit) : null;
    this.warm(heat?.nodes ?? []);
    this.tip.hidden = !heat;
    this.model.echo?.(hit);
    if (!heat || !hit) return;
    this.tip.replaceChildren(...heat.tip);
    place(this.tip, this.holder, this.app.panel, hit.x, hit.y);
    if (!this.pointer && !silent) this.app.say(heat.say);
  }

  /** @param {Node[]} nodes what is highlighted, above all that is drawn */
  warm(nodes) {
    this.hot.replaceChildren(...nodes);
    this.svg.classList.toggle("nbt-hovering", nodes.length > 0);
  }

  /** @param {PointerEvent} event @returns {{x: number, y: number}} */
  at(event) {
    const bounds = this.svg.getBoundingClientRect();
    return { x: event.clientX - bounds.left, y: event.clientY - bounds.top };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const now = (this.pointer = this.at(event));
    const { press } = this;
    if (!press) return this.show(this.model.nearest(now.x, now.y));
    if (!press.moved && Math.hypot(now.x - press.x, now.y - press.y) < DRAG) return;
    if (!press.moved) this.svg.setPointerCapture(event.pointerId);
    press.moved = true;
    this.show(null);
    fill(this.mark, this.model.marking?.(press, now) ?? {}, []);
  }

  /** @param {PointerEvent} event */
  down(event) {
    const at = this.at(event);
    this.dragged = false;
    if (!this.model.marked || event.button !== 0) return;
    if (event.pointerType !== "touch" || this.model.grabs?.(at)) this.press = { ...at, moved: false };
  }

  /** @param {PointerEvent} event */
  up(event) {
    const { press } = this;
    this.drop();
    if (!press?.moved) return;
    this.dragged = true;
    this.pointer = null;
    this.model.marked?.(press, this.at(event), event);
  }

  /** @param {PointerEvent} event */
  click(event) {
    if (this.dragged || this.model.clicked?.(this.at(event))) return;
    const hit = this.model.nearest(this.at(event).x, this.at(event).y);
    if (!hit) return;
    this.hit = hit;
    this.toggle();
  }

  drop() {
    this.press = null;
    fill(this.mark, { width: 0, height: 0 }, []);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.target !== this.svg || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.hit ? this.show(null) : this.model.reset?.();
    else if ((event.key === " " || event.key === "Enter") && this.hit) this.toggle();
    else if (!this.model.press?.(event.key)) {
      const next = this.model.walk(this.hit, event.shiftKey ? `Shift${event.key}` : event.key);
      if (!next) return;
      this.pointer = null;
      this.show(next);
    }
    event.preventDefault();
  }

  /** Select what is highlighted, or not any more. */
  toggle() {
    const runs = this.hit ? this.model.runOf(this.hit) : [];
    if (runs.length === 1) return this.app.toggle(runs[0]);
    const { selected } = this.app.state;
    const all = runs.every((at) => selected.includes(at));
    select(this.app, all ? selected.filter((at) => !runs.includes(at)) : [...new Set([...selected, ...runs])]);
  }
}

/** @param {App} app @param {number[]} selected */
export const select = (app, selected) => app.set({ selected, only: app.state.only && selected.length > 0 });

/** Put a tooltip beside a point: within its chart and within what is seen of the panel.
 * @param {HTMLElement} tip @param {HTMLElement} holder @param {HTMLElement} panel @param {number} x @param {number} y */
function place(tip, holder, panel, x, y) {
  const [own, seen] = [holder.getBoundingClientRect(), panel.getBoundingClientRect()];
  const low = seen.left - own.left,
    high = seen.right - own.left;
  tip.style.maxWidth = `${Math.min(320, high - low)}px`;
  const { offsetWidth: width, offsetHeight: height } = tip;
  const beside = x + 14 + width <= high ? x + 14 : x - 14 - width;
  const left = Math.max(low, Math.min(beside, high - width));
  // Where it has no room beside the point it stands above or below, where the point is not.
  const apart = y < own.height / 2 ? own.height - height : 0;
  tip.style.left = `${left}px`;
  tip.style.top = `${left !== beside ? apart : Math.max(0, Math.min(y + 14, own.height - height))}px`;
}

/** Fill the panel with controls, charts and notes. Controls that would be the same stay, with what is open or focused;
 * of others the focus goes to the one of the same name.
 * @param {HTMLElement} panel @param {unknown} sign what the controls depend on @param {() => Node} controls @param {...(Node | null | false)} rest */
export function present(panel, sign, controls, ...rest) {
  const text = JSON.stringify(sign);
  const old = /** @type {HTMLElement | null} */ (panel.querySelector(":scope > .nbt-controls"));
  const focused = panel.contains(document.activeElement) ? nameOf(document.activeElement) : "";
  const open = old?.querySelector("details[open]");
  const head = old?.dataset.sign === text ? old : /** @type {HTMLElement} */ (controls());
  head.dataset.sign = text;
  const next = [head, ...rest.filter((node) => node instanceof Node)];
  if (next.some((node, i) => panel.childNodes[i] !== node) || panel.childNodes.length > next.length) exchange(panel, next);
  if (open && head !== old) head.querySelector("details")?.setAttribute("open", "");
  if (!focused || panel.contains(document.activeElement)) return;
  const same = [...panel.querySelectorAll("select,input,button,summary,[tabindex]")].find((one) => nameOf(one) === focused);
  /** @type {HTMLElement | undefined} */ (same)?.focus({ preventScroll: true });
}

/** The element of a class in a panel that holds just these nodes: the one that is there, if it does. @param {HTMLElement} panel @param {string} name @param {Node[]} nodes @returns {HTMLElement} */
export function around(panel, name, nodes) {
  const old = /** @type {HTMLElement | null} */ (panel.querySelector(`:scope > .${name}`));
  const same = old?.childNodes.length === nodes.length && nodes.every((node, i) => old.childNodes[i] === node);
  return old && same ? old : h("div", { class: name }, ...nodes);
}

/** Change the children of a panel and leave alone those that stay, so that they keep focus and scrolling. @param {HTMLElement} panel @param {Node[]} next */
function exchange(panel, next) {
  for (const node of [...panel.childNodes]) if (!next.includes(node)) node.remove();
  next.forEach((node, i) => panel.childNodes[i] !== node && panel.insertBefore(node, panel.childNodes[i] ?? null));
}

/** @param {Element | null} element @returns {string} */
const nameOf = (element) =>
  (element instanceof HTMLElement || element instanceof SVGElement ? element.dataset.key : "") ||
  `${element?.tagName} ${element?.closest("label")?.firstElementChild?.textContent || element?.closest("label")?.textContent || element?.textContent}`;
