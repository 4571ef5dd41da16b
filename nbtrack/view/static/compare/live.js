// @ts-check
/**
 * A comparison that a kernel stands behind. The page and the kernel's model (`link.js`) find each other by the
 * comparison's id, whichever comes first: both speak in events of the document. Where nobody answers - a saved notebook,
 * a report - nothing is different.
 */
/** @import { App, Change, Data, Message } from "./types.js" */
import { h } from "./dom.js";
import { merge } from "./merge.js";
import { unfold } from "./payload.js";
import { keepPlace } from "./place.js";

/** Without a sign from the kernel for so long, growing runs are shown as of then (ms). */
const SILENCE = 9000;
/** An edit that was not confirmed after so long is said to be waiting (ms). */
const WAITING = 1200;
/** A problem stands there for so long (ms). */
const READING = 15000;
/** Drawing takes at most one part in so many of the page's time. */
const SHARE = 5;

/** So many messages are kept back at most. */
const MOST = 200;

/** @typedef {Extract<Message, {do: "news"}>} News */

/** Let a kernel reach a comparison. @param {App} app @param {string} id @param {number} state the state that `app` shows, as the kernel counts them */
export const join = (app, id, state) => new Live(app, id, state);

export class Live {
  /** @param {App} app @param {string} id @param {number} state */
  constructor(app, id, state) {
    this.app = app;
    this.id = id;
    this.state = state;
    /** What has come and was not merged yet. @type {News[]} */
    this.queue = [];
    /** What was merged and is not drawn yet. @type {Data | null} */
    this.next = null;
    this.alive = false;
    this.running = false;
    this.paused = false;
    /** Until when a person holds the pointer, or a choice open: drawing would take it away. */
    this.held = 0;
    this.heard = 0;
    this.asked = -Infinity;
    /** Edits that were not confirmed yet, by number. @type {Map<number, number>} */
    this.edits = new Map();
    this.number = 0;
    this.told = Infinity;
    this.drawing = 0;
    this.rested = 0;
    /** What to do when the output is about to be replaced by a newer one. @type {(() => void) | undefined} */
    this.moving = undefined;
    this.badge = h("button", { type: "button", class: "nbt-live", hidden: true, onclick: () => this.pause(!this.paused) });
    this.notice = h("div", { class: "nbt-notice", role: "alert", hidden: true });
    app.count.after(this.badge);
    app.panel.before(this.notice);
    const { signal } = app.leaving;
    document.addEventListener(`nbtrack:down:${id}`, (event) => this.hear(/** @type {CustomEvent} */ (event).detail), { signal });
    document.addEventListener("visibilitychange", () => document.hidden || this.hello(), { signal });
    app.root.addEventListener("pointerdown", (event) => this.hold(/** @type {Element} */ (event.target)), { signal });
    addEventListener("pointerup", () => (this.held = Math.min(this.held, performance.now() + 60)), { signal });
    const clock = setInterval(() => this.look(), 1000);
    signal.addEventListener("abort", () => clearInterval(clock));
    app.selectionChanged = (ids) => this.say({ do: "select", ids });
    app.link = { alive: false, edit: (change) => this.edit(change) };
    this.hello();
  }

  /** @param {Message} message to the kernel */
  say(message) {
    document.dispatchEvent(new CustomEvent(`nbtrack:up:${this.id}`, { detail: message }));
  }

  /** Ask for what has changed since the state that is shown. */
  hello() {
    this.asked = performance.now();
    this.say({ do: "hello", state: this.state });
  }

  /** @param {Message} message from the kernel's model, or from the kernel */
  hear(message) {
    if (message.do === "link") return this.hello();
    if (message.do === "lost") return this.sign(false);
    this.heard = performance.now();
    if (message.do === "news") this.take(message);
    else if (message.do === "select") this.select(message.ids);
    else if (message.do === "done") this.done(message.number, message.problem);
    else if (message.do === "saving") this.moving?.();
    this.running = message.running ?? this.running;
    this.sign(true);
  }

  /** @param {News} message */
  take(message) {
    const missed = !message.whole && message.state !== this.state + 1;
    this.state = message.state;
    this.queue.push(message);
    if (this.queue.length > MOST) this.fold();
    if (missed && performance.now() - this.asked > 2000) this.again();
    this.draw();
  }

  /** Merge what has come since. */
  fold() {
    for (const { whole, payload, ...more } of this.queue.splice(0)) {
      const data = this.next ?? this.app.data;
      const news = payload && unfold(payload);
      const there = new Set(news?.runs.map((run) => run.id));
      const gone = whole ? data.runs.map((run) => run.id).filter((id) => !there.has(id)) : more.gone;
      this.next = merge(data, news, { ...more, gone });
    }
  }

  /** Ask for everything. */
  again() {
    this.state = -1;
    this.hello();
  }

  /** Take a whole newer payload. @param {import("./types.js").Payload} payload */
  renew(payload) {
    this.take({ do: "news", state: payload.state ?? this.state, whole: true, payload });
  }

  /** Draw what is new with the next frame, unless drawing takes much of the page's time or a person is at work. */
  draw() {
    if (this.drawing || this.paused || !(this.next || this.queue.length)) return;
    this.drawing = requestAnimationFrame((now) => {
      this.drawing = 0;
      if (now < Math.max(this.rested, this.held)) return void setTimeout(() => this.draw(), 50);
      if (this.paused) return;
      const before = performance.now();
      this.fold();
      const { next } = this;
      this.next = null;
      if (next) this.app.take(next);
      const after = performance.now();
      this.rested = after + (after - before) * SHARE;
    });
  }

  /** @param {string[]} ids that Python selects */
  select(ids) {
    const numbers = new Map(this.app.data.runs.map((run) => [run.id, run.at]));
    const selected = ids.flatMap((id) => numbers.get(id) ?? []);
    if (selected.join() === this.app.state.selected.join()) return;
    keepPlace(this.app.panel, () => this.app.set({ selected }, true));
  }

  /** @param {Change} change of a run's tags or note, to be recorded */
  edit(change) {
    const number = ++this.number;
    if (!this.alive) return this.done(number, "Not saved: the kernel does not answer.");
    this.edits.set(number, performance.now());
    this.say({ do: "edit", number, change });
  }

  /** @param {number} number @param {string} [problem] */
  done(number, problem) {
    this.edits.delete(number);
    this.tell(problem ?? "");
    // What was shown as done before it was is taken back.
    if (problem) this.again();
  }

  /** @param {string} text a problem, or nothing */
  tell(text) {
    this.told = text ? performance.now() : Infinity;
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  /** @param {Element} target */
  hold(target) {
    this.held = performance.now() + (target.closest("select") ? 4000 : 2000);
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    this.show();
    this.draw();
  }

  /** Look at the time once a second. */
  look() {
    const silent = performance.now() - this.heard;
    if (this.alive && this.running && silent > SILENCE) this.sign(false);
    const waits = [...this.edits.values()].some((since) => performance.now() - since > WAITING);
    if (performance.now() - this.told > READING) this.tell("");
    if (waits) this.tell("Waiting for the kernel, which is busy: the change is saved when it answers.");
  }

  /** @param {boolean} alive */
  sign(alive) {
    if (alive) this.when = new Date();
    const turned = alive !== this.alive;
    this.alive = alive;
    this.show();
    if (!turned) return;
    this.app.link = { ...this.app.link, alive, edit: (change) => this.edit(change) };
    if (!this.next) this.next = merge(this.app.data, null);
    this.draw();
  }

  show() {
    const { badge, alive, paused, running } = this;
    const time = (this.when ?? new Date()).toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
    const text = !alive ? `as of ${time}` : paused ? "paused" : "live";
    badge.hidden = !this.when;
    badge.disabled = !alive;
    badge.dataset.is = !alive ? "past" : paused ? "paused" : running ? "running" : "live";
    if (badge.textContent !== text) badge.textContent = text;
    badge.title = !alive
      ? "The kernel does not answer. Everything else goes on working."
      : paused
        ? "What is new is kept back. Press to show it."
        : "What is new appears by itself. Press to pause.";
  }
}
