// @ts-check
/** What a panel shows as one picture in a file: charts, legend and names, with colours and letters of their own. */
/** @import { App } from "./types.js" */
import { button } from "./charted.js";
import { s } from "./dom.js";

const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "fill-opacity", "font-family", "font-size", "font-weight", "paint-order"];
const USUAL = { opacity: "1", "fill-opacity": "1", "stroke-dasharray": "none", "stroke-linecap": "butt", "stroke-linejoin": "miter", "paint-order": "normal", stroke: "none" };

/** @param {App} app @param {HTMLElement} panel @param {string} name @returns {HTMLElement} */
export const saveButton = (app, panel, name) =>
  button("Save as SVG", () => download(pictureOf(app, panel), `${[titled(app), name].filter(Boolean).join(" ")}.svg`), { class: "nbt-button nbt-save" });

/** @param {App} app @returns {string} */
const titled = (app) => app.data.title || document.title;

/** @param {App} app @param {HTMLElement} panel @returns {string} an SVG file that needs nothing else */
export function pictureOf(app, panel) {
  const parts = /** @type {Element[]} */ ([...panel.querySelectorAll("svg.nbt-plot, .nbt-legend, .nbt-note")]);
  const own = panel.getBoundingClientRect();
  const top = Math.min(...parts.map((part) => part.getBoundingClientRect().top)) - own.top - 30;
  const bottom = Math.max(...parts.map((part) => part.getBoundingClientRect().bottom)) - own.top + 10;
  const width = Math.ceil(Math.max(...parts.map((part) => part.getBoundingClientRect().right)) - own.left + 10);
  const paper = s("rect", { width: width + 10, height: bottom - top, x: -10, y: top, style: `fill:${getComputedStyle(app.panel).getPropertyValue("--bg")}` });
  const whole = s("svg", { xmlns: "http://www.w3.org/2000/svg", width: width + 10, height: Math.ceil(bottom - top), viewBox: `-10 ${top} ${width + 10} ${Math.ceil(bottom - top)}` }, s("title", { text: titled(app) || "Comparison of runs" }), paper);
  whole.append(s("text", { x: 0, y: top + 20, style: `font:600 14px system-ui,sans-serif;fill:${getComputedStyle(app.root).color}`, text: titled(app) }));
  for (const part of parts) {
    const at = part.getBoundingClientRect();
    if (part instanceof SVGElement) whole.append(placed(plain(part), at.left - own.left, at.top - own.top, at.width, at.height));
    else whole.append(...wordsOf(part, own));
  }
  return new XMLSerializer().serializeToString(whole);
}

/** @param {SVGElement} svg @param {number} x @param {number} y @param {number} width @param {number} height @returns {SVGElement} */
function placed(svg, x, y, width, height) {
  for (const [name, value] of Object.entries({ x, y, width, height })) svg.setAttribute(name, String(value));
  for (const name of ["tabindex", "role", "class", "aria-roledescription", "data-key"]) svg.removeAttribute(name);
  return svg;
}

/** A copy of a drawing that carries its computed style. @param {SVGElement} svg @returns {SVGElement} */
function plain(svg) {
  const copy = /** @type {SVGElement} */ (svg.cloneNode(true));
  const [from, to] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    const own = KEPT.filter((name) => style.getPropertyValue(name) !== (USUAL[/** @type {keyof typeof USUAL} */ (name)] ?? ""));
    to[i].setAttribute("style", own.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    to[i].removeAttribute("class");
    if (!(element instanceof SVGTextElement)) for (const name of ["font-family", "font-size", "font-weight"]) /** @type {SVGElement} */ (to[i]).style.removeProperty(name);
  });
  return copy;
}

/** A legend or a note as drawn words, where they stand. @param {Element} part @param {DOMRect} own @returns {SVGElement[]} */
function wordsOf(part, own) {
  const at = (/** @type {Element} */ element) => {
    const box = element.getBoundingClientRect();
    return { x: box.left - own.left, y: box.top - own.top, width: box.width, height: box.height };
  };
  const texts = [...part.querySelectorAll("*"), part].filter((element) => [...element.childNodes].some((node) => node.nodeType === 3) && !(element instanceof SVGElement));
  return [
    ...[...part.querySelectorAll("svg")].map((mark) => {
      const { x, y, width, height } = at(mark);
      return placed(plain(mark), x, y, width, height);
    }),
    ...texts.flatMap((element) => [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => {
      const range = document.createRange();
      range.selectNode(node);
      const box = range.getBoundingClientRect();
      const { color, fontSize, fontWeight, fontFamily } = getComputedStyle(element);
      return s("text", { x: box.left - own.left, y: box.bottom - own.top - box.height * 0.27, style: `fill:${color};font-size:${fontSize};font-weight:${fontWeight};font-family:${fontFamily}`, text: node.textContent ?? "" });
    })),
    ...[...part.querySelectorAll(".nbt-ramp i")].map((element) => s("rect", { ...at(element), style: `fill:${getComputedStyle(element).backgroundColor}` })),
  ];
}

/** @param {string} text @param {string} name */
function download(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name.replace(/[^\p{L}\p{N}. _-]+/gu, "_").slice(0, 120) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
