// @ts-check
/** What the charts share: pointer and keys, colours to choose, and the frame of a chart with an axis on each side. */
/** @import { App, Box, Column, Mark, Scale, Value } from "./types.js" */
import { choice, fill, h, s } from "./dom.js";
import { cut, words } from "./format.js";

/** Give a chart its pointer, its keys and its words: hover or arrow keys highlight a run, click or Space selects it.
 * @param {App} app @param {SVGElement} svg @param {Mark[]} marks @param {(x: number, y: number) => {at: number, x: number, y: number} | null} nearest @returns {HTMLElement} */
export function interactive(app, svg, marks, nearest) {
  const tip = h("div", { class: "nbt-tip", hidden: true });
  const holder = h("div", { class: "nbt-chart" }, svg, tip);
  let now = -1;
  const show = (
    /** @type {number} */ at,
    /** @type {number | null} */ x = null,
    /** @type {number | null} */ y = null,
  ) => {
    if (now >= 0) marks[now]?.element.classList.remove("nbt-hot");
    now = at;
    svg.classList.toggle("nbt-hovering", at >= 0);
    tip.hidden = at < 0 || x === null;
    if (at < 0) return;
    marks[at].element.classList.add("nbt-hot");
    const label = marks[at].label();
    tip.textContent = label;
    if (x === null || y === null) return void app.say(label);
    const right = x > holder.clientWidth / 2;
    tip.style.cssText = `top:${y + 12}px;${right ? `right:${holder.clientWidth - x + 10}px` : `left:${x + 12}px`}`;
  };
  const locate = (/** @type {PointerEvent} */ event) => {
    const bounds = svg.getBoundingClientRect();
    return nearest(event.clientX - bounds.left, event.clientY - bounds.top);
  };
  fill(
    svg,
    {
      onpointermove: (event) => {
        const hit = locate(event);
        hit ? show(hit.at, hit.x, hit.y) : show(-1);
      },
      onpointerleave: () => show(-1),
      onblur: () => show(-1),
      onclick: (event) => {
        const hit = locate(event);
        if (hit) app.toggle(marks[hit.at].run);
      },
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[/** @type {string} */ (event.key)];
        if (step && marks.length) show((now + step + marks.length + (now < 0 && step < 0 ? 1 : 0)) % marks.length);
        else if (event.key === "Escape") show(-1);
        else if ((event.key === " " || event.key === "Enter") && now >= 0)
          refocus(app, () => app.toggle(marks[now].run));
        else return;
        event.preventDefault();
      },
    },
    [],
  );
  return holder;
}

/** Redraw, and give the focus back to the chart. @param {App} app @param {() => void} work */
function refocus(app, work) {
  work();
  /** @type {HTMLElement | null | undefined} */ (app.panel?.querySelector("svg.nbt-plot"))?.focus();
}

/** @param {number} width @param {number} height @param {string} label @param {...(Node | null | false)} children @returns {SVGElement} */
export const plot = (width, height, label, ...children) =>
  s(
    "svg",
    {
      class: "nbt-plot",
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      tabindex: "0",
      "aria-label": `${label} Arrow keys walk the runs, Space selects one.`,
    },
    ...children,
  );

/** @param {App} app @param {boolean} strong */
export const lineClass = (app, strong) => `nbt-line${strong ? (app.looks.size ? " nbt-front" : "") : " nbt-back"}`;

/** @param {App} app @param {(c: Column) => boolean} [fits] @returns {[string, string][]} */
export const columnOptions = (app, fits = () => true) =>
  app.data.columns
    .filter((c) => c.differs && fits(c))
    .map((c) => [c.id, c.space === "metrics" ? c.key : `${c.key} (${c.space.replace(/s$/, "")})`]);

/** @param {App} app @param {Column | undefined} by @returns {HTMLElement} */
export const colourChoice = (app, by) =>
  choice("Colour", [["run", "each run"], ...columnOptions(app)], by?.id ?? "run", (id) => app.set({ colour: id }));

/** @param {App} app @returns {Column | undefined} */
export const colourColumn = (app) =>
  app.state.colour === "run" ? undefined : (app.column(app.state.colour) ?? app.group ?? app.metric);

/** @param {App} app @param {number} at @param {(Column | undefined)[]} columns @returns {string} what a tooltip says of a run */
export function describe(app, at, columns) {
  const run = app.data.runs[at];
  const lines = [...new Set(columns)].flatMap((c) =>
    c && c.values[at] !== null ? [`${cut(c.key, 40)}  ${cut(c.texts[at], 60)}`] : [],
  );
  return [`${cut(run.name, 60)}  ${run.short}`, ...lines].join("\n");
}

/** @param {HTMLElement} panel @returns {number} */
export const chartWidth = (panel) => Math.max(260, Math.floor(panel.clientWidth || 640));

/** @param {App} app @returns {[string, string] | null} why a chart cannot be drawn */
export function unready(app) {
  if (app.data.runs.length < 2) return ["One run so far", "A chart needs a second run to compare it with."];
  if (!app.metric)
    return [
      "No metrics yet",
      "None of these runs has a number to draw. The table and the diff still compare their params and cells.",
    ];
  return app.rows.length ? null : ["No run matches this filter", "Shorten the filter, or press Escape in it."];
}

/** How much of a column there is to draw among some runs.
 * @param {Column} column @param {number[]} rows @returns {{share: number, steps: number}} the share of runs that have a value, and how many different ones */
export function spread(column, rows) {
  const present = rows.map((at) => column.values[at]).filter((value) => value !== null);
  return { share: present.length / Math.max(1, rows.length), steps: new Set(present.map(words)).size };
}

/** @param {number[]} distances @param {number} limit @param {number} x @param {number} y */
export function closest(distances, limit, x, y) {
  let at = -1;
  for (let i = 0; i < distances.length; i++)
    if (distances[i] <= limit && (at < 0 || distances[i] <= distances[at])) at = i;
  return at < 0 ? null : { at, x, y };
}

/** @param {{dir: import("./types.js").Direction}} c */
export const betterHint = (c) => (c.dir === "max" ? " ▲ better" : c.dir === "min" ? " ▼ better" : "");

/** @param {Box} box @param {Scale} scale @param {Value} value @returns {number} */
export const across = (box, scale, value) => box.left + 12 + (scale.place(value) ?? 0) * (box.right - box.left - 24);

/** @param {Box} box @param {Scale} scale @param {Value} value @returns {number} */
export const upward = (box, scale, value) => box.bottom - 8 - (scale.place(value) ?? 0) * (box.bottom - box.top - 16);

/** @param {Box} box @param {Scale} sx @param {Scale} sy @param {string} xName @param {string} yName @returns {SVGElement} */
export function frameOf(box, sx, sy, xName, yName) {
  const x = (/** @type {number} */ at) => box.left + 12 + at * (box.right - box.left - 24);
  const y = (/** @type {number} */ at) => box.bottom - 8 - at * (box.bottom - box.top - 16);
  const room = Math.floor((box.right - box.left) / (sx.kind === "words" ? 80 : 56));
  const every = Math.max(1, Math.ceil(sx.ticks.length / Math.max(1, room)));
  return s(
    "g",
    null,
    ...sy.ticks.flatMap((tick) => [
      s("line", { class: "nbt-rule", x1: box.left, x2: box.right, y1: y(tick.at), y2: y(tick.at) }),
      s("text", {
        class: "nbt-tick",
        x: box.left - 7,
        y: y(tick.at) + 3.5,
        "text-anchor": "end",
        text: cut(tick.text, 9),
      }),
    ]),
    s("line", { class: "nbt-axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }),
    ...sx.ticks
      .filter((_, i) => i % every === 0)
      .flatMap((tick) => [
        s("line", { class: "nbt-axis", x1: x(tick.at), x2: x(tick.at), y1: box.bottom, y2: box.bottom + 4 }),
        s("text", {
          class: "nbt-tick",
          x: x(tick.at),
          y: box.bottom + 17,
          "text-anchor": "middle",
          text: cut(tick.text, 14),
        }),
      ]),
    s("text", {
      class: "nbt-axis-name",
      x: (box.left + box.right) / 2,
      y: box.bottom + 35,
      "text-anchor": "middle",
      text: cut(xName, 50) + (sx.kind === "log" ? " (log)" : ""),
    }),
    s("text", {
      class: "nbt-axis-name",
      transform: `translate(14 ${(box.top + box.bottom) / 2}) rotate(-90)`,
      "text-anchor": "middle",
      text: cut(yName, 40) + (sy.kind === "log" ? " (log)" : ""),
    }),
  );
}
