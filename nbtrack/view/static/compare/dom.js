// @ts-check
/** Elements. Text reaches the page through `textContent` and attributes only, so a run's name is always a name. */
import { cut } from "./format.js";

/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Props */
/** @typedef {Node | string | null | undefined | false} Child */

/** Make an element: `text` becomes its text, `on…` functions its listeners, everything else an attribute.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Props | null} [props] @param {...Child} children @returns {HTMLElementTagNameMap[K]} */
export const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);

/** Make an element of a drawing.
 * @param {string} tag @param {Props | null} [props] @param {...Child} children @returns {SVGElement} */
export const s = (tag, props, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);

/** @template {Element} E @param {E} element @param {Props | null | undefined} props @param {Child[]} children @returns {E} */
export function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = String(value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...present(children));
  return element;
}

/** @param {Child[]} children @returns {(Node | string)[]} */
export const present = (children) => children.flatMap((child) => child || []);

/** A labelled choice of one. @param {string} label @param {[string, string][]} options @param {string} value @param {(value: string) => void} change @returns {HTMLElement} */
export function choice(label, options, value, change) {
  const select = h("select", { onchange: (/** @type {any} */ event) => change(event.target.value) });
  for (const [id, text] of options)
    select.append(h("option", { value: id, selected: id === value, text: cut(text, 48) }));
  return h("label", { class: "nbt-choice" }, h("span", { text: label }), select);
}

/** What a view says when it has nothing to show. @param {string} title @param {string} text @returns {HTMLElement} */
export const emptiness = (title, text) => h("div", { class: "nbt-empty" }, h("strong", { text: title }), h("p", { text }));
