// @ts-check
/** A row of the table's body. Rows are made once and written anew for other runs: that is what keeps sorting fast. */
/** @import { Column, Data, Look } from "./types.js" */
import { h } from "./dom.js";
import { MARKS, cut, words } from "./format.js";
import { swatch } from "./palette.js";

export class Row {
  /** @param {Data} data @param {Column[]} columns @param {boolean} narrow */
  constructor(data, columns, narrow) {
    this.data = data;
    this.columns = columns;
    this.at = -1;
    this.place = -1;
    this.box = h("input", { type: "checkbox" });
    this.mark = h("span", { role: "img" });
    this.name = h("span", { class: "nbt-name" });
    this.narrow = narrow;
    this.flag = h("span", { class: "nbt-flag", role: "img", hidden: true });
    this.short = narrow ? null : h("code");
    this.swatch = swatch();
    /** @type {Look | undefined} */
    this.look = undefined;
    const label = h("span", { class: "nbt-run" }, this.box, this.swatch, this.mark, this.name, this.flag, this.short);
    this.cells = columns.map((column) => new Cell(column));
    this.element = h(
      "tr",
      null,
      h("th", { scope: "row", class: "nbt-first" }, label),
      ...this.cells.map((cell) => cell.element),
    );
  }

  /** Write run `at` into this row, the `place`-th of all. @param {number} at @param {number} place */
  show(at, place) {
    if (place !== this.place) this.element.setAttribute("aria-rowindex", String((this.place = place) + 2));
    if (at === this.at) return;
    this.at = at;
    const run = this.data.runs[at];
    const status = run.status in MARKS ? run.status : "lost";
    this.box.setAttribute("aria-label", `Select ${cut(run.name, 60)} ${run.short}`);
    this.box.dataset.run = String(at);
    this.mark.className = `nbt-mark nbt-${status}`;
    this.mark.title = run.status;
    this.mark.setAttribute("aria-label", run.status);
    this.mark.textContent = MARKS[/** @type {keyof typeof MARKS} */ (status)];
    this.name.textContent = cut(run.name, 80);
    if (run.flag || !this.flag.hidden) this.setFlag(run.flag);
    if (this.short) this.short.textContent = run.short;
    for (const cell of this.cells) cell.show(at);
  }

  /** Say that a run's records are not whole: its worst in words where there is room, all of it on the tooltip. @param {string} flag */
  setFlag(flag) {
    const [worst, ...more] = flag.split(", ");
    this.flag.hidden = !flag;
    this.flag.textContent = this.narrow ? "⚠" : `⚠ ${worst}${more.length ? " …" : ""}`;
    this.flag.setAttribute("aria-label", flag);
  }

  /** Show whether the run is selected, and by which mark it is known. @param {Look | undefined} look */
  choose(look) {
    this.box.checked = look !== undefined;
    if (look?.colour === this.look?.colour) return;
    this.look = look;
    this.element.classList.toggle("nbt-chosen", look !== undefined);
    const next = swatch(look);
    this.swatch.replaceWith(next);
    this.swatch = next;
  }
}

class Cell {
  /** @param {Column} column */
  constructor(column) {
    this.column = column;
    this.bar = column.space === "metrics" && column.high > column.low;
    this.base = [column.numeric && "nbt-number", !column.leads && "nbt-same", this.bar && "nbt-share"]
      .filter(Boolean)
      .join(" ");
    this.text = document.createTextNode("");
    /** @type {HTMLElement | null} */
    this.star = null;
    this.element = h("td", { class: this.base || null }, this.text);
    this.kind = this.base;
    this.shown = 0;
  }

  /** @param {number} at */
  show(at) {
    const { values, texts, best } = this.column;
    const value = values[at];
    const text = cut(texts[at], 80);
    if (this.text.data !== text) this.text.data = text;
    const kind = this.base + (value === null ? " nbt-none" : best.has(at) ? " nbt-best" : "");
    if (kind !== this.kind) this.element.className = this.kind = kind;
    if (best.has(at) !== (this.star !== null)) this.setStar(best.has(at));
    const share = this.bar ? this.share(value) : 0;
    if (share !== this.shown) this.element.style.setProperty("--p", `${(this.shown = share)}%`);
  }

  /** @param {boolean} best */
  setStar(best) {
    this.star?.remove();
    this.star = best
      ? h("span", { class: "nbt-star", title: "best", role: "img", "aria-label": "best", text: "★" })
      : null;
    if (this.star) this.element.prepend(this.star);
  }

  /** @param {import("./types.js").Value} value @returns {number} how far it is from the worst value to the best, in percent */
  share(value) {
    if (typeof value !== "number") return 0;
    const { low, high, dir } = this.column;
    const share = (value - low) / (high - low);
    return Math.round(100 * (dir === "min" ? 1 - share : share));
  }
}

/** What a row or cell is called in full, for the pointer that rests on it. @param {Data} data @param {Column[]} columns @param {Element} cell @param {number} at @returns {string} */
export function fullText(data, columns, cell, at) {
  const run = data.runs[at];
  const column = columns[/** @type {HTMLTableCellElement} */ (cell).cellIndex - 1];
  if (column) return column.space === "run" ? "" : words(column.values[at]);
  const flag = run.flag && `\n${run.flag}: ${run.damage}`;
  return `${run.name}\n${run.id}${flag}${run.note ? `\n${run.note}` : ""}`;
}
