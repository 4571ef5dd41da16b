// @ts-check
/** Two sources as one listing: what went and what came, coloured, with the words that changed, equal stretches folded. */
/** @import { DiffLine } from "./edits.js" */
/** @import { Word } from "./colour.js" */
import { colour } from "./colour.js";
import { h } from "./dom.js";
import { diffLines, folded } from "./edits.js";
import { plural } from "./format.js";

const MOST_ROWS = 1200; // at once; what is more is unfolded like what is equal
const SIGNS = { same: " ", gone: "−", new: "+" };
const SAID = { same: "", gone: "removed: ", new: "added: " };

/** @param {string} before @param {string} after @returns {{gone: number, added: number}} how many lines went and came */
export function counted(before, after) {
  const lines = diffLines(before, after);
  const count = (/** @type {DiffLine["kind"]} */ kind) => lines.filter((line) => line.kind === kind).length;
  return { gone: count("gone"), added: count("new") };
}

/** @param {{gone: number, added: number}} count @returns {string} */
export const countText = ({ gone, added }) =>
  [gone && `−${plural(gone, "line")}`, added && `+${plural(added, "line")}`].filter(Boolean).join(", ") || "the same";

/** The listing of a difference; of equal sources all of it.
 * @param {string} before @param {string} after @param {string} label for screen readers @param {(text: string) => Word[][]} [words] how a source is cut into coloured words @returns {HTMLElement} */
export function codeDiff(before, after, label, words = colour) {
  const lines = diffLines(before, after);
  const colours = { a: words(before), b: words(after) };
  const row = (/** @type {DiffLine} */ line) => codeRow(line, line.b >= 0 ? colours.b[line.b] : colours.a[line.a]);
  const parts = lines.every((line) => line.kind === "same") ? lines : folded(lines);
  const body = h("tbody", null);
  const region = h("div", { class: "nbt-code", role: "region", tabindex: "0", "aria-label": label }, h("table", null, body));
  body.append(...rowsOf(parts, row, region));
  return region;
}

/** @param {(DiffLine | DiffLine[])[]} parts @param {(line: DiffLine) => HTMLElement} row @param {HTMLElement} region @returns {HTMLElement[]} */
function rowsOf(parts, row, region) {
  const rows = parts.slice(0, MOST_ROWS).map((part) => (Array.isArray(part) ? fold(part, "equal line", row, region) : row(part)));
  const rest = parts.slice(MOST_ROWS).flat();
  return rest.length ? [...rows, fold(rest, "more line", row, region)] : rows;
}

/** @param {DiffLine[]} lines @param {string} noun @param {(line: DiffLine) => HTMLElement} row @param {HTMLElement} region @returns {HTMLElement} a row that stands for many */
function fold(lines, noun, row, region) {
  const button = h("button", { type: "button", class: "nbt-unfold", text: `⋯ show ${plural(lines.length, noun)}` });
  const place = h("tr", { class: "nbt-fold" }, h("td", { colspan: 3 }), h("td", null, button));
  button.addEventListener("click", () => {
    place.replaceWith(...rowsOf(lines, row, region));
    region.focus({ preventScroll: true });
  });
  return place;
}

/** @param {DiffLine} line @param {Word[]} [words] @returns {HTMLElement} */
function codeRow(line, words = [{ kind: "", text: line.text }]) {
  return h(
    "tr",
    { class: `nbt-${line.kind}` },
    h("td", { class: "nbt-line-number", text: line.a >= 0 ? line.a + 1 : "" }),
    h("td", { class: "nbt-line-number", text: line.b >= 0 ? line.b + 1 : "" }),
    h("td", { class: "nbt-sign" }, h("span", { "aria-hidden": "true", text: SIGNS[line.kind] }), SAID[line.kind] && h("span", { class: "nbt-sr", text: SAID[line.kind] })),
    h("td", null, h("code", null, ...painted(line, words))),
  );
}

/** @param {DiffLine} line @param {Word[]} words @returns {(Node | string)[]} words in their colours, inside the parts that changed or not */
function painted(line, words) {
  const parts = line.parts.length ? line.parts : [{ text: line.text, moved: false }];
  const joined = parts.reduce((out, part) => {
    const last = out[out.length - 1];
    if (last?.moved === part.moved) last.text += part.text;
    else out.push({ ...part });
    return out;
  }, /** @type {DiffLine["parts"]} */ ([]));
  let at = 0,
    inside = 0;
  return joined.flatMap((part) => {
    const out = /** @type {(Node | string)[]} */ ([]);
    for (let left = part.text.length; left > 0 && at < words.length; ) {
      const piece = words[at].text.slice(inside, inside + left);
      out.push(words[at].kind ? h("span", { class: `nbt-w-${words[at].kind}`, text: piece }) : piece);
      left -= piece.length;
      inside += piece.length;
      if (inside >= words[at].text.length) (at++, (inside = 0));
    }
    return part.moved ? [h("mark", null, ...out)] : out;
  });
}

/** A patch in the colours of a patch: files, places, what went and came. @param {string} text @returns {Word[][]} */
export const patchWords = (text) =>
  text.split("\n").map((line) => {
    const kind = /^(diff |index |--- |\+\+\+ )/.test(line) ? "comment" : line.startsWith("@@") ? "magic" : line.startsWith("+") ? "string" : line.startsWith("-") ? "number" : "";
    return line ? [{ kind, text: line }] : [];
  });
