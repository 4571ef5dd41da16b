// @ts-check
/** One comparison: its state, and the frame of tabs, filter and buttons around its views. */
/** @import { Column, Data, Look, Payload, SortKey, View } from "./types.js" */
import { drawCurves } from "./curves.js";
import { drawDiff } from "./diff.js";
import { h, present } from "./dom.js";
import { filtered } from "./filter.js";
import { plural } from "./format.js";
import { newFrame } from "./frame.js";
import { lookOf } from "./palette.js";
import { drawParallel } from "./parallel.js";
import { unfold } from "./payload.js";
import { drawScatter } from "./scatter.js";
import { sorted } from "./sort.js";
import { drawTable } from "./table.js";

/** @type {View[]} */
const VIEWS = [
  { id: "table", text: "Table", draw: drawTable },
  { id: "parallel", text: "Parallel", draw: drawParallel },
  { id: "scatter", text: "Scatter", draw: drawScatter },
  { id: "curves", text: "Curves", draw: drawCurves, fits: (data) => data.curves.length > 0 },
  { id: "diff", text: "Diff", draw: drawDiff },
];

const START = {
  view: "table",
  filter: "",
  /** @type {SortKey[]} */
  sort: [],
  // whether columns without news are shown
  all: false,
  // whether only selected runs are shown
  only: false,
  /** @type {number[]} */
  selected: [],
  x: "",
  y: "",
  colour: "",
  curve: "",
  /** @type {boolean | null} */
  log: null,
  /** @type {string[] | null} */
  axes: null,
  a: -1,
  b: -1,
};

/** A view draws from `data`, `rows`, `looks` and `state`; every change passes `set`. */
export class App {
  /** @param {HTMLElement} root @param {Payload} payload @param {(ids: string[]) => void} [selectionChanged] */
  constructor(root, payload, selectionChanged = () => {}) {
    this.root = root;
    /** @type {Data} */
    this.data = unfold(payload);
    this.selectionChanged = selectionChanged;
    this.state = { ...START };
    this.printing = false;
    /** The runs that pass the filter. @type {number[]} */
    this.matching = [];
    /** The runs that are shown, in order. @type {number[]} */
    this.rows = [];
    /** The mark of each selected run. @type {Map<number, Look>} */
    this.looks = new Map();
    const frame = newFrame(this, VIEWS);
    this.panel = frame.panel;
    this.tabs = frame.tabs;
    this.input = frame.input;
    this.count = frame.count;
    this.problem = frame.problem;
    this.actions = frame.actions;
    this.live = frame.live;
    root.replaceChildren(...frame.whole);
    // Asked for only now, or the browser would first lay out the static table that was here.
    this.width = root.clientWidth;
    root.addEventListener("keydown", (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
    this.leaving = new AbortController();
    for (const [name, printing] of /** @type {[string, boolean][]} */ ([["beforeprint", true], ["afterprint", false]]))
      addEventListener(name, () => this.print(printing), { signal: this.leaving.signal });
    this.set({ filter: "" });
  }

  /** Take a newer payload and keep what the person had chosen. @param {Payload} payload */
  renew(payload) {
    const ids = new Set(this.state.selected.map((at) => this.data.runs[at].id));
    this.data = unfold(payload);
    const selected = this.data.runs.filter((run) => ids.has(run.id)).map((run) => run.at);
    this.set({ filter: this.state.filter, selected, a: -1, b: -1 });
  }

  /** Let go of the page. */
  stop() {
    this.observer.disconnect();
    this.leaving.abort();
  }

  /** @param {Partial<typeof START>} change */
  set(change) {
    Object.assign(this.state, change);
    const { filter, sort, only, selected } = this.state;
    if (change.filter !== undefined) {
      const { rows, problems } = filtered(filter, this.data);
      this.matching = rows;
      this.problem.textContent = problems.join(" · ");
    }
    this.looks = new Map(selected.map((at, n) => [at, lookOf(n)]));
    const rows = only && selected.length ? this.matching.filter((at) => this.looks.has(at)) : this.matching;
    this.rows = sorted(rows, sort, this.data);
    this.drawFrame();
    this.draw();
    if (change.selected) this.selectionChanged(selected.map((at) => this.data.runs[at].id));
  }

  /** @param {number} at a run, selected or not any more */
  toggle(at) {
    const { selected } = this.state;
    const next = selected.includes(at) ? selected.filter((other) => other !== at) : [...selected, at];
    this.set({ selected: next, a: -1, b: -1, only: this.state.only && next.length > 0 });
  }

  /** @param {string} id @returns {Column | undefined} */
  column(id) {
    return this.data.columns.find((c) => c.id === id);
  }

  /** The metric people most likely care about: the first whose better direction is known. @returns {Column | undefined} */
  get metric() {
    const metrics = this.data.columns.filter((c) => c.space === "metrics" && c.numeric);
    return metrics.find((c) => c.dir && c.differs) ?? metrics.find((c) => c.differs) ?? metrics[0];
  }

  /** The words that group runs best: the first column of two to eight levels, one that every run has if there is one. @returns {Column | undefined} */
  get group() {
    const able = this.data.columns.filter(
      (c) => c.leads && c.space !== "run" && !c.numeric && c.levels.length > 1 && c.levels.length <= 8,
    );
    return able.find((c) => c.values.every((value) => value !== null)) ?? able[0];
  }

  /** @returns {View[]} those that have something to show */
  get views() {
    return VIEWS.filter((view) => view.fits?.(this.data) ?? true);
  }

  drawFrame() {
    const { selected, filter } = this.state;
    if (!this.views.some((view) => view.id === this.state.view)) this.state.view = "table";
    const able = new Set(this.views.map((view) => view.id));
    for (const tab of /** @type {HTMLElement[]} */ ([...this.tabs.children])) {
      const chosen = tab.dataset.view === this.state.view;
      tab.hidden = !able.has(tab.dataset.view ?? "");
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) this.panel.setAttribute("aria-labelledby", tab.id);
    }
    const total = plural(this.data.runs.length, "run");
    const matching = filter ? `${this.matching.length.toLocaleString("en")} of ${total}` : total;
    this.count.textContent = selected.length ? `${matching} · ${selected.length} selected` : matching;
    this.keepFocus(() => this.actions.replaceChildren(...this.buttons()));
  }

  /** @returns {(Node | string)[]} what can be done now */
  buttons() {
    const { view, selected, only, all } = this.state;
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, more = {}) =>
      h("button", { type: "button", class: "nbt-button", text, onclick, ...more });
    const primary = { class: "nbt-button nbt-primary" };
    const hidden = view === "table" && this.data.runs.length > 1 ? hiddenColumns(this.data.columns) : "";
    return present([
      selected.length === 2 && view !== "diff" && button("Diff these two", () => this.set({ view: "diff" }), primary),
      selected.length > 0 &&
        button("Only selected", () => this.set({ only: !only }), { "aria-pressed": String(only) }),
      selected.length > 0 && button("Clear", () => this.set({ selected: [], only: false, a: -1, b: -1 })),
      hidden && button(hidden, () => this.set({ all: !all }), { "aria-pressed": String(all) }),
    ]);
  }

  /** Redraw, and give the focus back to the button of the same words. @param {() => void} work */
  keepFocus(work) {
    const before = document.activeElement;
    const text = before && this.actions.contains(before) ? before.textContent : null;
    work();
    if (text === null) return;
    const again = [...this.actions.children].find((element) => element.textContent === text);
    /** @type {HTMLElement} */ (again ?? this.input).focus();
  }

  draw() {
    VIEWS.find((view) => view.id === this.state.view)?.draw(this, this.panel);
  }

  resized() {
    const width = this.root.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    this.draw();
  }

  /** Paper does not scroll: all rows are put on it. @param {boolean} printing */
  print(printing) {
    this.printing = printing;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const typing = event.target === this.input;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.input.focus();
    } else if (event.key === "Escape" && typing) {
      this.input.value = "";
      this.set({ filter: "" });
    }
  }

  /** @param {KeyboardEvent} event */
  tabKey(event) {
    const able = this.views;
    const at = able.findIndex((view) => view.id === this.state.view);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: able.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.set({ view: able[(to + able.length) % able.length].id });
    /** @type {HTMLElement | null} */ (this.tabs.querySelector('[aria-selected="true"]'))?.focus();
  }

  /** @param {string} text for screen readers */
  say(text) {
    this.live.textContent = text;
  }
}

/** @param {Column[]} columns @returns {string} how many the table leaves out, and why */
function hiddenColumns(columns) {
  const hidden = columns.filter((c) => !c.leads && c.space !== "run");
  const usual = hidden.filter((c) => c.usual).length;
  const why = usual === hidden.length ? "default" : usual ? "identical or default" : "identical";
  return hidden.length ? plural(hidden.length, `${why} column`) : "";
}
