// @ts-check
/** A row of the table's body: a run, or the head of a group. Rows are made once and written anew for others: that is what
 * keeps sorting and scrolling fast. */
/** @import { App, Column, Data, Look, Value } from "./types.js" */
/** @import { Group, Line } from "./group.js" */
/** @import { Measure } from "./measure.js" */
import { baselineOf, distance } from "./baseline.js";
import { tailOf } from "./column.js";
import { h, s } from "./dom.js";
import { MARKS, cut, duration, figure, plural, shortLabel, words } from "./format.js";
import { sharedText, summaryOf } from "./group.js";
import { swatch } from "./palette.js";
import { archivedIn } from "./sight.js";
import { SPARK, seriesOf, sparkPath } from "./spark.js";

/** @param {Scene} scene @param {number} at @returns {string} the error of a run without any metric */
const whyBlank = ({ data, metrics }, at) => (data.runs[at].error && metrics.every((c) => c.values[at] === null) ? cut(data.runs[at].error, 80) : "");

/** Distances from the baseline that their column is fitted to. */
const MEASURED = 300;

/** What all rows of a table share. */
export class Scene {
  /** @param {App} app @param {Column[]} columns @param {number[]} lefts where pinned columns stick @param {number} from the first of the others that is in the page @param {number} count how many of them are @param {boolean} narrow @param {Measure} measure @param {(column: Column) => boolean} canEdit */
  constructor(app, columns, lefts, from, count, narrow, measure, canEdit) {
    this.from = from;
    this.count = count;
    this.drawn = [...columns.slice(0, lefts.length), ...columns.slice(from, from + count)];
    /** @type {Data} */
    this.data = app.data;
    this.columns = columns;
    this.lefts = lefts;
    this.narrow = narrow;
    this.measure = measure;
    this.canEdit = canEdit;
    this.base = baselineOf(app.data, app.state.baseline);
    this.alone = app.data.runs.length === 1;
    this.archived = archivedIn(app.data);
    /** Where it is told why a run has no metrics. */
    this.blank = columns.find((c) => c.space === "metrics");
    this.metrics = app.data.columns.filter((c) => c.space === "metrics");
  }
}

export class Row {
  /** @param {Scene} scene */
  constructor(scene) {
    this.scene = scene;
    /** @type {Line} */
    this.line = -1;
    this.place = -1;
    this.inside = false;
    this.box = h("input", { type: "checkbox", tabindex: -1 });
    this.mark = h("span", { role: "img" });
    this.name = h("span", { class: "nbt-name" });
    this.flag = h("span", { class: "nbt-flag", role: "img", hidden: true });
    this.short = scene.narrow ? null : h("code");
    this.swatch = swatch();
    this.fold = h("button", { type: "button", class: "nbt-fold-mark", tabindex: -1, hidden: true });
    /** @type {Look | undefined} */
    this.look = undefined;
    this.kind = "";
    this.reachable = false;
    const label = h("span", { class: "nbt-run" }, this.box, this.fold, this.swatch, this.mark, this.name, this.flag, this.short);
    this.cells = scene.drawn.map((column, n) => new Cell(column, scene, scene.lefts[n]));
    /** The room of columns that are not in the page. */
    this.sides = [h("td", { class: "nbt-side" }), h("td", { class: "nbt-side" })];
    this.element = h("tr", { "aria-selected": "false" }, h("th", { scope: "row", class: "nbt-first" }, label), ...this.cells.map((cell) => cell.element));
    this.takeSides();
  }

  /** @returns {number} the run it shows, -1 for a group */
  get at() {
    return typeof this.line === "number" ? this.line : -1;
  }

  /** Take the newer scene of a table of as many columns. @param {Scene} scene */
  renew(scene) {
    this.scene = scene;
    this.line = -1;
    this.cells.forEach((cell, n) => cell.renew(scene, scene.drawn[n]));
    this.takeSides();
  }

  /** Take a scene of the same columns, of which others are in the page: those that are still there stay as they are. @param {Scene} scene */
  slide(scene) {
    const pinned = scene.lefts.length;
    const by = scene.from - this.scene.from;
    const old = this.cells.slice(pinned);
    const some = by > 0 ? old.splice(0, by) : old.splice(by);
    const cells = by > 0 ? [...old, ...some] : [...some, ...old];
    const end = this.sides[1].parentNode && this.sides[1];
    const before = by > 0 || !old.length ? end : old[0].element;
    this.scene = scene;
    this.cells.splice(pinned, cells.length, ...cells);
    this.cells.forEach((cell) => (cell.scene = scene));
    for (const cell of some) {
      cell.renew(scene, scene.drawn[this.cells.indexOf(cell)]);
      cell.take(this.line);
      this.element.insertBefore(cell.element, before);
    }
    this.takeSides();
  }

  /** Leave room for the columns that are not in the page. */
  takeSides() {
    const { columns, lefts, drawn, from } = this.scene;
    const counts = [from - lefts.length, columns.length - from - (drawn.length - lefts.length)];
    const places = [this.cells[lefts.length]?.element ?? null, null];
    this.sides.forEach((side, n) => {
      if (counts[n] > 0) side.colSpan = counts[n];
      if (counts[n] <= 0) side.remove();
      else if (!side.parentNode) this.element.insertBefore(side, places[n]);
    });
  }

  /** @param {Element | null} element @returns {Column | undefined} the column of a cell */
  columnOf(element) {
    return this.cells.find((cell) => cell.element === element)?.column;
  }

  /** Write a run or a group into this row, the `place`-th of all. @param {Line} line @param {number} place @param {boolean} inside whether it is a run under the head of a group */
  show(line, place, inside) {
    if (place !== this.place) this.element.setAttribute("aria-rowindex", String((this.place = place) + 2));
    if (line === this.line && inside === this.inside) return;
    this.line = line;
    this.inside = inside;
    if (typeof line === "number") this.showRun(line);
    else this.showGroup(line);
  }

  /** @param {number} at */
  showRun(at) {
    const { data, archived, base } = this.scene;
    const run = data.runs[at];
    const status = Object.hasOwn(MARKS, run.status) ? run.status : "lost";
    const away = archived(at);
    this.setKind(`nbt-is-${status}${away ? " nbt-archived" : ""}${this.inside ? " nbt-in" : ""}${at === base ? " nbt-base" : ""}`, false);
    this.box.setAttribute("aria-label", `Select ${cut(run.name, 60)} ${run.short}`);
    this.box.dataset.run = String(at);
    this.mark.className = `nbt-mark nbt-${status}`;
    this.mark.title = run.status + (run.error && `: ${run.error}`);
    this.mark.setAttribute("aria-label", this.mark.title);
    this.mark.textContent = MARKS[/** @type {keyof typeof MARKS} */ (status)];
    this.name.textContent = cut(run.name, 80);
    this.setFlag(run.flag, [at === base && "baseline", away && "archived"].filter(Boolean).join(", "));
    if (this.short) this.short.textContent = run.short;
    for (const cell of this.cells) cell.take(at);
  }

  /** @param {Group} group */
  showGroup(group) {
    this.setKind("nbt-group", true);
    this.box.setAttribute("aria-label", `Select the ${plural(group.runs.length, "run")} of ${cut(group.label, 60)}`);
    delete this.box.dataset.run;
    this.fold.textContent = group.open ? "▾" : "▸";
    this.fold.setAttribute("aria-expanded", String(group.open));
    this.fold.setAttribute("aria-label", cut(group.label, 80));
    this.name.textContent = shortLabel(group.label, this.scene.narrow ? 14 : 26);
    this.setFlag("", "");
    if (this.short) this.short.textContent = plural(group.runs.length, "run");
    for (const cell of this.cells) cell.take(group);
  }

  /** @param {string} kind @param {boolean} group */
  setKind(kind, group) {
    if (kind === this.kind) return;
    this.kind = kind;
    this.element.className = kind;
    this.element.classList.toggle("nbt-chosen", this.look !== undefined);
    this.fold.hidden = !group;
    this.mark.hidden = group;
  }

  /** Say that a run's records are not whole, that it is archived, or what else it is: its worst in words where there is room, all of it on the tooltip. @param {string} flag @param {string} more */
  setFlag(flag, more) {
    const all = [flag, more].filter(Boolean).join(", ");
    if (!all && this.flag.hidden) return;
    const [worst, ...others] = all.split(", ");
    this.flag.hidden = !all;
    this.flag.classList.toggle("nbt-quiet", !flag);
    const sign = flag ? "⚠ " : "";
    this.flag.textContent = this.scene.narrow ? sign.trim() || (worst === "baseline" ? "⚑" : "▪") : sign + worst + (others.length ? " …" : "");
    this.flag.setAttribute("aria-label", all);
  }

  /** Let the keyboard reach it by tabbing, or not. Asking the element which it is would have the page styled anew. @param {boolean} reachable */
  rove(reachable) {
    if (reachable !== this.reachable) this.box.tabIndex = (this.reachable = reachable) ? 0 : -1;
  }

  /** Show whether the run is selected, and by which mark it is known; of a group, whether all or some are. @param {ReadonlyMap<number, Look>} looks */
  choose(looks) {
    const runs = typeof this.line === "number" ? [this.line] : this.line.runs;
    const chosen = looks.size ? runs.filter((at) => looks.has(at)).length : 0;
    this.box.checked = chosen === runs.length;
    this.box.indeterminate = chosen > 0 && chosen < runs.length;
    const look = typeof this.line === "number" ? looks.get(this.line) : undefined;
    if (look?.colour === this.look?.colour) return;
    this.look = look;
    this.element.classList.toggle("nbt-chosen", look !== undefined);
    this.element.setAttribute("aria-selected", String(look !== undefined));
    const next = swatch(look);
    this.swatch.replaceWith(next);
    this.swatch = next;
  }
}

/** @param {Column} column @param {Measure} measure @param {number} base @returns {number} the room that distances from the baseline take */
export function deltaWidth(column, measure, base) {
  const texts = column.values.slice(0, MEASURED).map((value) => distance(column, value, base)?.text ?? "");
  const most = [...texts, "+0.00"].reduce((one, two) => (two.length > one.length ? two : one));
  return measure(`${most} better`, "11px") + 10;
}

class Cell {
  /** @param {Column} column @param {Scene} scene @param {number | undefined} left */
  constructor(column, scene, left) {
    this.column = column;
    this.scene = scene;
    this.text = document.createTextNode("");
    /** @type {HTMLElement | null} */
    this.star = null;
    /** @type {SVGElement | null} */
    this.spark = null;
    this.path = "";
    /** @type {HTMLElement | null} */
    this.delta = null;
    this.element = h("td", left === undefined ? null : { style: `left:${left}px` }, this.text);
    this.pin = left === undefined ? "" : "nbt-pin ";
    this.kind = "";
    this.shown = 0;
    this.pad = 0;
    this.room = 0;
    this.renew(scene, column);
  }

  /** @param {Scene} scene @param {Column} column */
  renew(scene, column) {
    this.scene = scene;
    this.column = column;
    if (scene.drawn.length < scene.columns.length) this.element.setAttribute("aria-colindex", String(scene.columns.indexOf(column) + 2));
    const metric = column.space === "metrics" && column.numeric;
    this.series = metric ? seriesOf(scene.data, column.key) : undefined;
    this.bar = metric && column.high > column.low;
    this.longest = column.tail ? scene.measure(column.tail) : 0;
    this.room = metric && scene.base >= 0 ? deltaWidth(column, scene.measure, scene.base) : 0;
    this.base = this.pin + [column.numeric && "nbt-number", !column.leads && !scene.alone && "nbt-same", this.bar && "nbt-share", scene.canEdit(column) && "nbt-edit"].filter(Boolean).join(" ");
  }

  /** @param {Line} line */
  take(line) {
    if (typeof line === "number") this.show(line);
    else this.sum(line);
  }

  /** Write the value of a run. @param {number} at */
  show(at) {
    const { column, scene } = this;
    const { values, best } = column;
    const value = values[at];
    const why = column === scene.blank && value === null ? whyBlank(scene, at) : "";
    this.write(why || cut(column.text(at), 80), this.base + (value === null ? " nbt-none" : best.has(at) ? " nbt-best" : ""), typeof value === "number");
    if (best.has(at) !== (this.star !== null)) this.setStar(best.has(at));
    this.setShare(this.bar ? this.share(value) : 0);
    if (this.series) this.setSpark(this.series.get(at));
    this.setDelta(at === scene.base ? null : value);
  }

  /** Write what the runs of a group have: their mean and its interval, or what they share. @param {Group} group */
  sum({ runs }) {
    const { column, scene } = this;
    const metric = column.space === "metrics" && column.numeric;
    const { n, mean, high } = metric ? summaryOf(runs, column) : { n: 0, mean: NaN, high: NaN };
    const half = n > 1 ? ` ±${column.writeSize(high - mean)}` : "";
    const text = n ? column.write(mean) + half : cut(sharedText(runs, column), 80);
    this.write(text, `${this.base} nbt-sum`, column.numeric && !half && !/value/.test(text));
    if (this.star) this.setStar(false);
    this.setShare(n && this.bar ? this.share(mean) : 0);
    if (this.series) this.setSpark(undefined);
    this.setDelta(n && scene.base >= 0 ? mean : null);
  }

  /** @param {string} text @param {string} kind @param {boolean} number whether it is one number, with its point to stand under the others' */
  write(text, kind, number) {
    const line = text.includes("\n") ? text.replace(/\s*\n\s*/g, " ⏎ ") : text;
    if (this.text.data !== line) this.text.data = line;
    if (kind !== this.kind) this.element.className = this.kind = kind;
    const pad = number && this.longest ? Math.max(0, this.longest - this.scene.measure(tailOf(text))) : 0;
    if (pad === this.pad) return;
    this.pad = pad;
    if (this.room) this.distance.style.marginLeft = `${pad}px`;
    else this.element.style.paddingRight = pad ? `${9 + pad}px` : "";
  }

  /** @param {boolean} best */
  setStar(best) {
    this.star?.remove();
    const told = this.column.sets ? "best on its set of data" : "best";
    this.star = best ? h("span", { class: "nbt-star", title: told, role: "img", "aria-label": told, text: "★" }) : null;
    if (this.star) this.element.insertBefore(this.star, this.text);
  }

  /** @param {number} share */
  setShare(share) {
    if (share !== this.shown) this.element.style.setProperty("--p", `${(this.shown = share)}%`);
  }

  /** @param {import("./types.js").Series | undefined} series */
  setSpark(series) {
    const path = series ? sparkPath(series) : "";
    if (path === this.path) return;
    this.path = path;
    if (!this.spark) {
      this.spark = s("svg", { class: "nbt-spark", ...SPARK, viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, "aria-hidden": "true" }, s("path"));
      this.element.prepend(this.spark);
    }
    this.spark.firstElementChild?.setAttribute("d", path);
  }

  /** @returns {HTMLElement} where the distance from the baseline is written */
  get distance() {
    if (!this.delta) this.element.append((this.delta = h("span", { style: `width:${this.room}px` })));
    return this.delta;
  }

  /** @param {Value} value to be measured against the baseline's */
  setDelta(value) {
    if (!this.room) return;
    const far = distance(this.column, value, this.scene.base);
    this.distance.className = `nbt-delta nbt-${far?.verdict || "same"}`;
    this.distance.textContent = far ? `${far.text} ${far.verdict}` : "";
  }

  /** @param {Value} value @returns {number} how far it is from the worst value to the best, in percent */
  share(value) {
    if (typeof value !== "number") return 0;
    const { low, high, dir } = this.column;
    const share = (value - low) / (high - low);
    return Math.round(100 * (dir === "min" ? 1 - share : share));
  }
}

/** What a row or cell is called in full, for the pointer that rests on it and for the clipboard. @param {Data} data @param {Column | undefined} column @param {Line} line @returns {string} */
export function fullText(data, column, line) {
  if (typeof line !== "number") return column ? groupText(line, column) : `${line.label}: ${plural(line.runs.length, "run")}`;
  const run = data.runs[line];
  if (column?.id === "run.started") return new Date(run.started).toLocaleString("en-GB", { timeZoneName: "short" });
  if (column?.id === "run.duration") return run.duration === null ? duration(null) : `${run.duration} s`;
  if (column) return (column.space === "metrics" && column.values[line] === null && run.error) || words(column.values[line]);
  const flag = run.flag && `\n${run.flag}: ${run.damage}`;
  return `${run.name}\n${run.id}${flag}${run.error && `\n${run.error}`}${run.note ? `\n${run.note}` : ""}`;
}

/** @param {Group} group @param {Column} column @returns {string} */
function groupText({ runs }, column) {
  if (column.space !== "metrics" || !column.numeric) return [...new Set(runs.map((at) => words(column.values[at])))].slice(0, 20).join(", ");
  const { n, mean, low, high, sd } = summaryOf(runs, column);
  if (n < 2) return n ? words(mean) : "";
  return `mean ${figure(mean, 6)}, 95 % interval ${figure(low, 6)} to ${figure(high, 6)} (t, n = ${n}), sd ${figure(sd, 4)}`;
}
