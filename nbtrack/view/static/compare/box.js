// @ts-check
/** The filter box: a combobox that completes names, values and words, and says what cannot be read and where. */
/** @import { Phrases, Told } from "./phrases.js" */
/** @import { App, Problem } from "./types.js" */
/** @import { Suggestion } from "./suggest.js" */
import { h, present } from "./dom.js";
import { figure } from "./format.js";
import { ENGLISH, say, told } from "./phrases.js";
import { suggestions } from "./suggest.js";

export class FilterBox {
  /** @param {App} app @param {string} id @param {Phrases} [phrases] what it says */
  constructor(app, id, phrases = ENGLISH) {
    this.app = app;
    this.id = id;
    this.phrases = phrases;
    /** @type {Suggestion[]} */
    this.offered = [];
    this.active = -1;
    /** @type {Problem | null} */
    this.problem = null;
    this.unfinished = false;
    this.list = h("ul", { role: "listbox", id: `${id}-list`, "aria-label": phrases.completions, class: "nbt-options" });
    this.told = h("div", { class: "nbt-told" });
    this.drop = h("div", { class: "nbt-below", hidden: true }, this.told, this.list);
    this.line = h("span", { class: "nbt-problem", role: "status" });
    this.input = h("input", {
      class: "nbt-filter",
      type: "search",
      role: "combobox",
      placeholder: this.words(told("filter", exampleOf(app) || phrases.example)),
      title: phrases.help,
      "aria-label": phrases.label,
      "aria-description": phrases.help,
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": `${id}-list`,
      spellcheck: "false",
      autocomplete: "off",
      autocapitalize: "off",
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
      onclick: () => this.offer(false),
      onblur: () => this.close(),
    });
    this.whole = h("div", { class: "nbt-box" }, this.input, this.drop);
  }

  /** @param {Told} text @returns {string} */
  words(text) {
    return say(text, this.phrases);
  }

  typed() {
    this.app.set({ filter: this.input.value });
    this.offer(true);
  }

  /** Say what is wrong, or nothing. @param {Problem | null} problem */
  tell(problem) {
    this.problem = problem;
    this.line.textContent = problem && this.words(helpFirst(problem.told));
    this.line.title = problem ? this.words(problem.told) : "";
    // An unfinished filter is no mistake yet: what is expected at its end is not held against who is typing.
    this.unfinished = problem !== null && problem.at >= this.input.value.trimEnd().length;
    this.line.classList.toggle("nbt-hint", this.unfinished);
    this.input.setAttribute("aria-invalid", String(problem !== null && !this.unfinished));
  }

  /** Open what may be written here, if anything may. @param {boolean} typing @param {boolean} [asked] by a key for it */
  offer(typing, asked = false) {
    const { value, selectionStart } = this.input;
    const caret = selectionStart ?? value.length;
    const fix = this.problem && fixOf(this.problem, value, this.phrases.meant);
    const known = typing || asked ? suggestions(value, caret, this.app.data, this.phrases) : [];
    this.offered = fix ? [fix, ...known] : known;
    this.active = -1;
    const wrong = this.problem && (asked || !this.unfinished) ? this.problem : null;
    this.told.replaceChildren(...(wrong ? pointed(this.words(wrong.told), wrong.at, value) : []));
    this.list.replaceChildren(...this.offered.map((each, at) => this.option(each, at)));
    this.show(this.offered.length > 0 || (wrong !== null && value !== ""));
  }

  /** @param {Suggestion} each @param {number} at */
  option({ text, note }, at) {
    return h(
      "li",
      { role: "option", id: `${this.id}-option-${at}`, "aria-selected": "false", onmousedown: (event) => this.pick(event, at) },
      h("span", { text: text.trim() }),
      note && h("small", { text: note }),
    );
  }

  /** @param {boolean} open */
  show(open) {
    this.drop.hidden = !open;
    this.list.hidden = !this.offered.length;
    this.input.setAttribute("aria-expanded", String(open && this.offered.length > 0));
    this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.offered = [];
    this.active = -1;
    this.show(false);
  }

  /** @param {Event} event @param {number} at */
  pick(event, at) {
    event.preventDefault();
    this.take(at);
  }

  /** Write a completion in place of what it completes. @param {number} at */
  take(at) {
    const { text, from, to } = this.offered[at];
    const rest = this.input.value.slice(to);
    const whole = this.input.value.slice(0, from) + (rest.startsWith(" ") ? text.trimEnd() : text);
    this.input.value = whole + rest;
    this.input.setSelectionRange(whole.length, whole.length);
    this.app.set({ filter: this.input.value });
    this.app.say(this.words(told("taken", text.trim())));
    this.close();
  }

  /** @param {number} at */
  move(at) {
    const options = /** @type {HTMLElement[]} */ ([...this.list.children]);
    this.active = (at + options.length) % options.length;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === this.active)));
    this.input.setAttribute("aria-activedescendant", options[this.active].id);
    options[this.active].scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const open = !this.drop.hidden;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      if (!open) this.offer(true, true);
      if (this.offered.length) this.move(key === "ArrowDown" ? this.active + 1 : this.active < 0 ? -1 : this.active - 1);
    } else if ((key === "Enter" || key === "Tab") && open && this.active >= 0) this.take(this.active);
    else if (key === "Enter") this.offer(false, true);
    else if (key === "Escape" && open) this.close();
    else if (key === " " && event.ctrlKey) this.offer(true, true);
    else return;
    event.preventDefault();
    if (key === "Escape") event.stopPropagation();
  }
}

/** @param {Told} text @returns {Told} with what was probably meant at its beginning, which is never cut off */
const helpFirst = (text) => (typeof text === "object" && text.phrase === "didYouMean" ? told("meantFirst", ...text.values) : text);

/** @param {string} message @param {number} at @param {string} text @returns {(Node | string)[]} the message, and the place in the filter */
function pointed(message, at, text) {
  const word = /^(?:[\p{L}\p{N}_.]+|\S)?/u.exec(text.slice(at))?.[0] ?? "";
  const [from, to] = [Math.max(0, at - 40), at + word.length];
  return present([
    h("p", { text: message }),
    h(
      "code",
      null,
      (from ? "…" : "") + text.slice(from, at),
      h("mark", { text: word || " " }),
      text.slice(to, to + 30) + (to + 30 < text.length ? "…" : ""),
    ),
  ]);
}

/** What was probably meant, as a completion. @param {Problem} problem @param {string} text @param {string} note @returns {Suggestion | null} */
function fixOf({ meant, at }, text, note) {
  if (!meant) return null;
  const path = /[\p{L}\p{N}_]+\.$/u.exec(text.slice(0, at))?.[0] ?? "";
  const from = /^(params|metrics|tags)\./.test(meant) ? at - path.length : at;
  const word = /^(?:'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[\p{L}\p{N}_./@:+[\]-]+|&&|\|\||\S)/u.exec(text.slice(at))?.[0] ?? "";
  return { text: meant, note, from, to: at + word.length };
}

/** @param {App} app @returns {string} a filter as a person may write it, in words of these runs; none where they have no short ones */
function exampleOf({ data, metric, group }) {
  const word = group?.levels.find((level) => /^[a-z]\w{1,11}$/i.test(level) && !/^(?:none|true|false|nan)$/i.test(level)) ?? "";
  const fits = metric && /^[a-z]\w{0,19}$/i.test(metric.key) && metric.low < metric.high;
  const test = fits ? `${metric.key}${metric.dir === "min" ? "<" : ">"}${figure((metric.low + metric.high) / 2, 2)}` : "";
  const failed = data.runs.some((run) => run.status === "failed") && "-failed";
  return [word, test, failed].filter(Boolean).join("  ");
}
