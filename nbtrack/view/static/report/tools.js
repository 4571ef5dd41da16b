// @ts-check
/** What helps with many runs: a box to find one by its words, and buttons to unfold and fold all. */
import { h } from "../compare/dom.js";
import { plural } from "../compare/format.js";

/** From so many runs on there is something to be found. */
const MANY = 8;
/** More are not unfolded at once: their figures and texts would keep the page busy. */
const MOST = 120;

/** @param {string} words @returns {(text: string) => boolean} whether a text has all of them, in any order */
export function finder(words) {
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (text) => parts.every((part) => text.includes(part));
}

/** Put the tools above the list of runs. */
export function offerTools() {
  const place = document.getElementById("nbt-run-tools");
  const runs = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("details.nbt-runpage")]);
  if (!place || runs.length < 2) return;
  const texts = runs.map((run) => `${run.querySelector("summary")?.textContent ?? ""} ${run.id}`.toLowerCase().replace(/\s+/g, " "));
  const said = h("span", { class: "nbt-dim", role: "status" });
  const find = (/** @type {any} */ event) => {
    const fits = finder(event.target.value);
    let count = 0;
    runs.forEach((run, at) => (count += Number(!(run.hidden = !fits(texts[at])))));
    said.textContent = count < runs.length ? `${count} of ${plural(runs.length, "run")}` : "";
  };
  const all = (/** @type {boolean} */ open) => () => runs.filter((run) => !run.hidden).slice(0, MOST).forEach((run) => (run.open = open));
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) => h("button", { type: "button", class: "nbt-tool", text, onclick });
  place.append(
    ...(runs.length >= MANY ? [h("input", { type: "search", class: "nbt-find", placeholder: "Find a run by name, id, status or metric", "aria-label": "Find a run", oninput: find }), said] : []),
    button("Unfold", all(true)),
    button("Fold", () => runs.forEach((run) => (run.open = false))),
  );
}
