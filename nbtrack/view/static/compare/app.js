// @ts-check
/** One comparison: its state, and the frame of tabs, filter and buttons around its views. */
/** @import { Column, Data, Look, Payload, SortKey, View } from "./types.js" */
import { drawBetter } from "./better.js";
import { ofTraining, turn } from "./column.js";
import { drawCurves } from "./curves.js";
import { drawDiff } from "./diff.js";
import { h, present } from "./dom.js";
import { filtered } from "./filter.js";
import { plural, thousands } from "./format.js";
import { newFrame } from "./frame.js";
import { drawImportance } from "./importance.js";
import { merge } from "./merge.js";
import { lookOf } from "./palette.js";
import { drawParallel } from "./parallel.js";
import { unfold } from "./payload.js";
import { keepPlace } from "./place.js";
import { drawScatter } from "./scatter.js";
import { tableButtons } from "./run_actions.js";
import { inSight } from "./sight.js";
import { sorted } from "./sort.js";
import { drawTable } from "./table.js";

/** @type {View[]} */
const VIEWS = [
  { id: "table", text: "Table", draw: drawTable },
  { id: "parallel", text: "Parallel", draw: drawParallel },
  { id: "scatter", text: "Scatter", draw: drawScatter },
  { id: "curves", text: "Curves", draw: drawCurves, fits: (data) => data.curves.length > 0 },
  { id: "importance", text: "Importance", draw: drawImportance, fits: (data) => data.runs.length > 1 },
  { id: "better", text: "A vs B", draw: drawBetter, fits: (data) => data.runs.length > 1 },
  { id: "diff", text: "Diff", draw: drawDiff },
];

/** Pixels from which on buttons have room for all their words. */
const ROOMY = 900;

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
  // charts: what x is of curves, and how they are drawn; whether an axis of the scatter is logarithmic (null: as its
  // values ask for) and its front is drawn; axes of the parallel coordinates that are marked or turned over
  clock: "step",
  logX: false,
  smooth: 0,
  /** @type {boolean | null} */
  mean: null,
  /** @type {{x: [number, number] | null, y: Record<string, [number, number]>}} */
  zoom: { x: null, y: {} },
  /** @type {{x: boolean | null, y: boolean | null}} */
  logs: { x: null, y: null },
  front: true,
  /** @type {Record<string, import("./types.js").Brush>} */
  brush: {},
  /** @type {string[]} */
  flip: [],
  // the ids of the runs that are diffed, where a person chose them after they selected runs
  /** @type {string[]} */
  diff: [],
  // the table's columns, by id: asked for, left out, pinned, in an order and of widths of one's own
  /** @type {string[]} */
  on: [],
  /** @type {string[]} */
  off: [],
  /** @type {string[]} */
  pinned: [],
  /** @type {string[]} */
  order: [],
  /** @type {Record<string, number>} */
  widths: {},
  // which way a metric is better, where a person said so
  /** @type {Record<string, import("./types.js").Direction>} */
  dirs: {},
  // the column the table is grouped by, or "seeds", and the groups that are closed
  by: "",
  /** @type {string[]} */
  folded: [],
  // the id of the run that all are measured against
  baseline: "",
  // runs put out of sight, and whether these and archived ones are shown all the same
  /** @type {number[]} */
  hidden: [],
  unhidden: false,
  archived: false,
  // the metric that importance and A vs B ask about, whether weak params are listed, and the groups A and B
  goal: "",
  allParams: false,
  groupA: "",
  groupB: "",
};

/** A view draws from `data`, `rows`, `looks` and `state`; every change passes `set`. */
export class App {
  /** @param {HTMLElement} root @param {Payload} payload @param {(ids: string[]) => void} [selectionChanged] @param {Partial<typeof START>} [start] what it shows at first */
  constructor(root, payload, selectionChanged = () => {}, start = {}) {
    this.root = root;
    /** @type {Data} */
    this.data = unfold(payload);
    this.selectionChanged = selectionChanged;
    this.state = { ...START, ...start };
    this.printing = false;
    /** What a kernel offers; null where none stands behind the page. @type {import("./types.js").Link | null} */
    this.link = null;
    /** The runs that pass the filter. @type {number[]} */
    this.passing = [];
    /** Whether they are in an order that the filter says. */
    this.ordered = false;
    /** The last filter that could be read. */
    this.understood = "";
    /** Those of them that are not hidden or archived. @type {number[]} */
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
    this.frame = frame;
    this.actions = frame.actions;
    this.live = frame.live;
    // A style sheet stays: put in again, it would be read again, and every style of the page worked out twice.
    for (const node of [...root.childNodes]) if (node.nodeName !== "STYLE") node.remove();
    root.append(...frame.whole);
    // Asked for only now, or the browser would first lay out the static table that was here.
    this.width = root.clientWidth;
    this.leaving = new AbortController();
    this.set({ filter: this.state.filter });
    // Nothing calls an app that could not be drawn.
    root.addEventListener("keydown", (event) => this.key(event));
    // In a page that holds nothing else, `/` is ours before anything in it has the focus.
    if (root.closest(".nbt-alone"))
      addEventListener("keydown", (event) => void (event.target === document.body && this.key(event)), { signal: this.leaving.signal });
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
    for (const [name, printing] of /** @type {[string, boolean][]} */ ([["beforeprint", true], ["afterprint", false]]))
      addEventListener(name, () => this.print(printing), { signal: this.leaving.signal });
  }

  /** Take a newer payload and keep what the person had chosen. @param {Payload} payload */
  renew(payload) {
    const news = unfold(payload);
    const there = new Set(news.runs.map((run) => run.id));
    this.take(merge(this.data, news, { gone: this.data.runs.map((run) => run.id).filter((id) => !there.has(id)) }));
  }

  /** Show newer data and keep what the person had chosen, and where they are. @param {Data} data */
  take(data) {
    const old = this.data.runs;
    const number = new Map(data.runs.map((run) => [run.id, run.at]));
    const now = (/** @type {number} */ at) => number.get(old[at]?.id) ?? -1;
    const there = (/** @type {number[]} */ list) => list.map(now).filter((at) => at >= 0);
    const { filter, selected, hidden } = this.state;
    this.data = data;
    const change = { filter, selected: there(selected), hidden: there(hidden), diff: this.state.diff };
    keepPlace(this.panel, () => this.set(change, change.selected.length === selected.length));
  }

  /** Let go of the page. */
  stop() {
    this.observer.disconnect();
    this.leaving.abort();
  }

  /** @param {Partial<typeof START>} change @param {boolean} [quiet] whether nobody is told of the selection */
  set(change, quiet = false) {
    Object.assign(this.state, change.selected && !change.diff ? { ...change, diff: [] } : change);
    const { filter, sort, only, selected } = this.state;
    turn(this.data, this.state.dirs);
    if (change.filter !== undefined) {
      const found = filtered(filter, this.data);
      // What cannot be read (yet) leaves the runs as they were: typing on should not make them flicker.
      if (!found.problem) this.understood = filter;
      const { rows, ordered } = found.problem ? filtered(this.understood, this.data) : found;
      this.passing = rows;
      this.ordered = ordered;
      this.frame.tell(found.problem);
    }
    this.matching = inSight(this.passing, this.data, this.state);
    this.looks = new Map(selected.map((at, n) => [at, lookOf(n)]));
    const rows = only && selected.length ? this.matching.filter((at) => this.looks.has(at)) : this.matching;
    this.rows = this.ordered && !sort.length ? rows : sorted(rows, sort, this.data);
    this.drawFrame();
    this.draw();
    if (change.selected && !quiet) this.selectionChanged(selected.map((at) => this.data.runs[at].id));
  }

  /** @param {number} at a run, selected or not any more */
  toggle(at) {
    const { selected } = this.state;
    const next = selected.includes(at) ? selected.filter((other) => other !== at) : [...selected, at];
    this.select(next);
  }

  /** @param {number[]} selected the runs that are selected now */
  select(selected) {
    this.set({ selected, diff: [], only: this.state.only && selected.length > 0 });
  }

  /** @param {string} id @returns {Column | undefined} */
  column(id) {
    return this.data.columns.find((c) => c.id === id);
  }

  /** The metric people most likely care about: of those whose better direction is known, the one that most runs have, and of several one that is not of training data. @returns {Column | undefined} */
  get metric() {
    const metrics = this.data.columns.filter((c) => c.space === "metrics" && c.numeric);
    const moving = metrics.filter((c) => c.low < c.high);
    return most(moving.filter((c) => c.dir)) ?? most(moving) ?? metrics[0];
  }

  /** The words that group runs best: the first column of two to eight levels, one that every run has if there is one. @returns {Column | undefined} */
  get group() {
    const able = this.data.columns.filter(
      (c) => c.leads && c.space !== "run" && !c.seed && !c.numeric && c.levels.length > 1 && c.levels.length <= 8,
    );
    return able.find((c) => c.values.every((value) => value !== null)) ?? able[0];
  }

  /** @returns {View[]} those that have something to show */
  get views() {
    return VIEWS.filter((view) => view.fits?.(this.data) ?? true);
  }

  drawFrame() {
    const { selected, filter } = this.state;
    this.root.classList.toggle("nbt-bare", !this.data.runs.length);
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
    const matching = filter ? `${thousands(this.matching.length)} of ${total}` : total;
    this.count.textContent = selected.length ? `${matching} · ${selected.length} selected` : matching;
    this.keepFocus(() => this.actions.replaceChildren(...this.buttons()));
  }

  /** @returns {(Node | string)[]} what can be done now */
  buttons() {
    const { view, selected, only, all } = this.state;
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, more = {}) =>
      h("button", { type: "button", class: "nbt-button", text, onclick, ...more });
    const primary = { class: "nbt-button nbt-primary" };
    const hidden = view === "table" && this.data.runs.length > 1 ? hiddenColumns(this.data.columns, this.width < ROOMY) : "";
    return present([
      selected.length > 1 && selected.length < 5 && view !== "diff" && button(`Diff these ${["two", "three", "four"][selected.length - 2]}`, () => this.set({ view: "diff" }), primary),
      selected.length > 0 &&
        button("Only selected", () => this.set({ only: !only }), { "aria-pressed": String(only) }),
      selected.length > 0 && button("Clear", () => this.set({ selected: [], only: false, diff: [] })),
      hidden && button(`+ ${hidden}`, () => this.set({ all: !all }), { "aria-pressed": String(all), title: "Show columns in which all runs are the same, too" }),
      ...(view === "table" ? tableButtons(this) : []),
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
    this.drawFrame();
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
    if (!typing && /** @type {Element} */ (event.target).matches?.("textarea,select,input:not([type=checkbox])")) return;
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

  /** Show all runs again. */
  unfilter() {
    this.input.value = "";
    this.input.focus();
    this.set({ filter: "" });
  }

  /** @param {string} text for screen readers */
  say(text) {
    this.live.textContent = text;
  }
}

/** @param {Column[]} metrics @returns {Column | undefined} the first of those that most runs have */
function most(metrics) {
  const had = metrics.map((c) => c.values.reduce((/** @type {number} */ sum, value) => sum + Number(value !== null), 0));
  const often = metrics.filter((_, at) => had[at] === Math.max(...had));
  return often.find((c) => !ofTraining(c.key)) ?? often[0];
}

/** @param {Column[]} columns @param {boolean} brief @returns {string} how many the table leaves out, and why where there is room to say it */
function hiddenColumns(columns, brief) {
  const hidden = columns.filter((c) => !c.leads && c.space !== "run");
  const usual = hidden.filter((c) => c.usual).length;
  const why = usual === hidden.length ? "default" : usual ? "identical or default" : "identical";
  return hidden.length ? plural(hidden.length, brief ? "column" : `${why} column`) : "";
}
