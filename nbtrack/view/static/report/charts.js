// @ts-check
/** The comparison, and its charts in sections of their own: all draw from one set of data, and show the same runs. */
/** @import { Payload } from "../compare/types.js" */
import { App } from "../compare/app.js";
import { h } from "../compare/dom.js";
import { plural } from "../compare/format.js";

/** What is said in one of them holds for all. */
const SHARED = /** @type {const} */ (["filter", "selected", "hidden", "unhidden", "archived", "dirs"]);
const PAUSE = 120;

/** A comparison that tells of every change. */
class Told extends App {
  /** @param {HTMLElement} root @param {Payload} payload @param {Partial<App["state"]>} [start] */
  constructor(root, payload, start) {
    super(root, payload, () => {}, start);
    /** @type {(change: Partial<App["state"]>) => void} */
    this.tell = () => {};
    /** Writes what stands under the chart. @type {(() => void) | undefined} */
    this.wrote = undefined;
  }

  /** @param {Partial<App["state"]>} change @param {boolean} [quiet] */
  set(change, quiet) {
    super.set(change, quiet);
    if (!quiet) this.tell?.(change); // none while it is being made
  }
}

/** @template {object} T @param {T} from @param {readonly (keyof T)[]} names @returns {Partial<T>} those of them that are there */
export const some = (from, names) => /** @type {Partial<T>} */ (Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]])));

/** Draw each where it comes into sight. @param {() => Promise<Payload>} read */
export async function drawCharts(read) {
  const homes = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#nbt-report-comparison, .nbt-view")]);
  if (!homes.length) return;
  const payload = await read();
  if (!payload.runs.id.length) return;
  document.head.append(h("style", { text: document.getElementById("nbt-report-style")?.textContent ?? "" }));
  const whole = new Whole(payload);
  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) if (isIntersecting) whole.see(/** @type {HTMLElement} */ (target));
    },
    { rootMargin: "600px 0px" },
  );
  for (const home of homes) observer.observe(home);
  addEventListener("beforeprint", () => homes.forEach((home) => whole.see(home)));
}

/** All comparisons of the page. */
class Whole {
  /** @param {Payload} payload */
  constructor(payload) {
    this.payload = payload;
    /** @type {Map<HTMLElement, Told>} */
    this.apps = new Map();
    /** @type {Partial<App["state"]>} */
    this.state = {};
    this.timer = 0;
  }

  /** Draw what came into sight. @param {HTMLElement} home */
  see(home) {
    if (this.apps.has(home) || home.dataset.failed) return;
    const root = /** @type {HTMLElement} */ (home.querySelector(".nbt-app"));
    const plain = [...root.childNodes];
    try {
      root.id = `${home.id}-app`;
      const view = home.dataset.view;
      const app = new Told(root, this.payload, { ...this.state, ...(view ? { view } : {}) });
      app.tell = (change) => this.share(app, change);
      this.apps.set(home, app);
      if (view && app.state.view !== view) return this.spare(home, root, app);
      home.after(this.lineOf(home, app), ...(view ? [] : [paper(plain)]));
    } catch (problem) {
      this.apps.delete(home);
      home.dataset.failed = "true";
      root.replaceChildren(...plain);
      console.warn("nbtrack: this chart stays a plain one.", problem);
    }
  }

  /** Say that these runs have nothing to draw here. @param {HTMLElement} home @param {HTMLElement} root @param {Told} app */
  spare(home, root, app) {
    app.stop();
    this.apps.delete(home);
    home.dataset.failed = "true";
    root.replaceChildren(h("p", { class: "nbt-dim", text: "There is nothing to draw of these runs." }));
  }

  /** What stands under a chart: which runs it shows, and the pages of those that are selected. @param {HTMLElement} home @param {Told} app @returns {HTMLElement} */
  lineOf(home, app) {
    const line = h("p", { class: "nbt-dim nbt-linked", role: "status" });
    const write = () => {
      home.classList.toggle("nbt-tabled", !home.dataset.view && app.state.view === "table");
      const filtered = home.dataset.view && app.matching.length < app.data.runs.length;
      line.replaceChildren(
        ...(filtered ? [`The ${app.matching.length} of ${plural(app.data.runs.length, "run")} that the comparison shows. `] : []),
        ...(home.dataset.view ? [] : pagesOf(app)),
      );
    };
    app.wrote = write;
    write();
    return line;
  }

  /** @param {Told} from @param {Partial<App["state"]>} change */
  share(from, change) {
    from.wrote?.();
    const news = some(change, SHARED);
    if (!Object.keys(news).length) return;
    Object.assign(this.state, news);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      for (const app of this.apps.values())
        if (app !== from) {
          if (this.state.filter !== undefined) app.input.value = this.state.filter;
          app.set({ ...this.state }, true);
          app.wrote?.();
        }
    }, PAUSE);
  }
}

/** The table for readers without scripts, kept for paper: it breaks its lines where the other one scrolls. @param {Node[]} plain @returns {HTMLElement} */
const paper = (plain) => h("div", { class: "nbt nbt-paper" }, ...plain);

/** @param {App} app @returns {(Node | string)[]} links to the pages of the selected runs */
function pagesOf(app) {
  const links = app.state.selected.slice(0, 8).flatMap((at) => {
    const { id, name } = app.data.runs[at];
    const page = pageOfRun(id);
    return page ? [" ", h("a", { class: "nbt-chip", href: `#${page.id}`, text: name || id })] : [];
  });
  return links.length ? ["Pages of the selected:", ...links] : [];
}

/** @param {string} id @returns {HTMLElement | null} the page of a run */
const pageOfRun = (id) => /** @type {HTMLElement[]} */ ([...document.querySelectorAll("details.nbt-runpage")]).find((page) => page.dataset.run === id) ?? null;
