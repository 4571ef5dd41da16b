// @ts-check
/** Which of the cells behind one run became which behind another. */
import { edits } from "./edits.js";

/** @typedef {{before: string | null, after: string | null, number: number}} CellChange  `number` in the order they ran, from 1 */

/** Pair the cells that differ: between cells that are the same in both, one by one in the order they ran.
 * @param {string[]} before @param {string[]} after @returns {{changed: CellChange[], same: number}} */
export function cellChanges(before, after) {
  const changed = /** @type {CellChange[]} */ ([]);
  let gone = /** @type {string[]} */ ([]),
    added = /** @type {string[]} */ ([]),
    same = 0,
    at = 0;
  const flush = () => {
    for (let n = 0; n < Math.max(gone.length, added.length); n++)
      changed.push({ before: gone[n] ?? null, after: added[n] ?? null, number: at + n + 1 });
    at += Math.max(gone.length, added.length);
    [gone, added] = [[], []];
  };
  for (const step of edits(before, after)) {
    if (step.kind === "gone") gone.push(before[step.a]);
    else if (step.kind === "new") added.push(after[step.b]);
    else (flush(), same++, at++);
  }
  flush();
  return { changed, same };
}
