// @ts-check
/** The difference of runs as Markdown, to be put into a message or a note. User strings stay text there, too. */
/** @import { Data } from "./types.js" */
/** @import { Fact } from "./causes.js" */
import { dimensions, measured, namesOf, sentence } from "./causes.js";
import { diffLines, folded } from "./edits.js";
import { cut } from "./format.js";
import { cellChanges } from "./upstream.js";

const SIGNS = { same: " ", gone: "-", new: "+" };

/** @param {Data} data @param {number[]} runs two to four @returns {string} */
export function markdown(data, runs) {
  const names = namesOf(data, runs);
  const found = dimensions(data, runs);
  const sides = names.map((name, n) => `**${"ABCD"[n]}** ${safe(name)} \`${data.runs[runs[n]].short}\``);
  const parts = [sides.join(" · "), safe(sentence(data, runs)), table("Metrics", measured(data, runs), names)];
  for (const { id, title, moved } of found.filter((each) => each.state === "changed")) {
    if (id === "source") parts.push(listings(title, runs.map((at) => data.source(at) ?? "")));
    else parts.push(table(title, moved, names));
    if (id === "slice") parts.push(...cells(data, runs));
  }
  const said = (/** @type {string} */ state) => found.filter((each) => each.state === state).map((each) => each.short).join(", ");
  parts.push(said("same") && `The same: ${said("same")}.`, said("absent") && `Not recorded: ${said("absent")}.`);
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** @param {string} text @returns {string} on one line, no sign of it a sign of Markdown */
export const safe = (text) => text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>|#~&!]/g, "\\$&").replace(/:(?=\/\/)/g, "\\:");

/** @param {string} title @param {Fact[]} facts @param {string[]} names @returns {string} */
function table(title, facts, names) {
  if (!facts.length) return "";
  const row = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  return [
    row([title, ...names.map((name, n) => `${"ABCD"[n]}: ${safe(cut(name, 24))}`)]),
    row(["---", ...names.map(() => "---:")]),
    ...facts.map((fact) => row([safe(fact.name), ...fact.texts.map((text, n) => (n && fact.texts[n] !== fact.texts[0] ? `**${safe(cut(text, 120))}**` : safe(cut(text, 120))))])),
  ].join("\n");
}

/** @param {Data} data @param {number[]} runs @returns {string[]} the cells behind each run that differ from those behind the first */
function cells(data, runs) {
  const [first, ...others] = runs.map((at) => data.upstream(at));
  return others.flatMap((other, n) => {
    const { changed, same } = cellChanges(first ?? [], (first && other) ?? first ?? []);
    const side = others.length > 1 ? `, ${"ABCD"[n + 1]} against A` : "";
    return changed.map(({ before, after, number }) => listings(`Cell ${number} of ${same + changed.length}${side}`, [before ?? "", after ?? ""]));
  });
}

/** @param {string} title @param {string[]} sources the first is the one that the others are compared with @returns {string} */
function listings(title, [first, ...others]) {
  return others
    .map((other, n) => {
      const lines = folded(diffLines(first, other)).map((part) => (Array.isArray(part) ? "@@" : SIGNS[part.kind] + part.text));
      const longest = lines.flatMap((line) => line.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
      const fence = "`".repeat(longest + 1);
      return `${title}${others.length > 1 ? `, ${"ABCD"[n + 1]} against A` : ""}:\n\n${fence}diff\n${lines.join("\n")}\n${fence}`;
    })
    .join("\n\n");
}
