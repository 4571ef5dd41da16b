// @ts-check
/** What changed between two sources, line by line and word by word. */

/** @typedef {{kind: "same" | "gone" | "new", a: number, b: number}} Edit  places in the two lists, -1 for none */
/** @typedef {{kind: "same" | "gone" | "new", text: string, a: number, b: number, parts: {text: string, moved: boolean}[]}} DiffLine */

/** The shortest edit between two lists (longest common subsequence), removals before additions.
 * @template T @param {T[]} a @param {T[]} b @returns {Edit[]} */
export function edits(a, b) {
  let start = 0,
    endA = a.length,
    endB = b.length;
  while (start < endA && start < endB && a[start] === b[start]) start++;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) (endA--, endB--);
  const out = /** @type {Edit[]} */ ([]);
  for (let i = 0; i < start; i++) out.push({ kind: "same", a: i, b: i });
  out.push(...middle(a, b, start, endA, endB));
  for (let i = endA, j = endB; i < a.length; i++, j++) out.push({ kind: "same", a: i, b: j });
  return out;
}

/** @template T @param {T[]} a @param {T[]} b @param {number} start @param {number} endA @param {number} endB @returns {Edit[]} */
function middle(a, b, start, endA, endB) {
  const n = endA - start,
    m = endB - start,
    width = m + 1;
  const far = n * m > 4e6;
  const common = new Uint16Array(far ? 0 : (n + 1) * width);
  if (!far)
    for (let i = n - 1; i >= 0; i--)
      for (let j = m - 1; j >= 0; j--)
        common[i * width + j] =
          a[start + i] === b[start + j]
            ? common[(i + 1) * width + j + 1] + 1
            : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
  const out = /** @type {Edit[]} */ ([]);
  let i = 0,
    j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && !far && a[start + i] === b[start + j])
      out.push({ kind: "same", a: start + i++, b: start + j++ });
    else if (i < n && (j >= m || far || common[(i + 1) * width + j] >= common[i * width + j + 1]))
      out.push({ kind: "gone", a: start + i++, b: -1 });
    else out.push({ kind: "new", a: -1, b: start + j++ });
  }
  return out;
}

/** Compare two sources line by line, with the moved words of each changed line.
 * @param {string} a @param {string} b @returns {DiffLine[]} */
export function diffLines(a, b) {
  const left = a.split("\n"),
    right = b.split("\n");
  const lines = edits(left, right).map((edit) => ({
    ...edit,
    text: edit.a >= 0 ? left[edit.a] : right[edit.b],
    parts: /** @type {DiffLine["parts"]} */ ([]),
  }));
  for (let from = 0; from < lines.length;) {
    let gone = from,
      to = from;
    while (to < lines.length && lines[to].kind !== "same") to++;
    const block = lines.slice(from, to);
    const removed = block.filter((line) => line.kind === "gone"),
      added = block.filter((line) => line.kind === "new");
    for (gone = 0; gone < Math.min(removed.length, added.length); gone++) markWords(removed[gone], added[gone]);
    from = to + 1;
  }
  return lines;
}

/** @param {DiffLine} gone @param {DiffLine} added */
function markWords(gone, added) {
  const split = (/** @type {string} */ text) => text.match(/[\p{L}\p{N}_.]+|\s+|./gu) ?? [];
  const a = split(gone.text),
    b = split(added.text);
  const steps = edits(a, b);
  const kept = steps.reduce((sum, step) => sum + (step.kind === "same" ? a[step.a].trim().length : 0), 0);
  if (kept < 0.3 * Math.max(gone.text.trim().length, added.text.trim().length)) return;
  gone.parts = steps.filter((step) => step.a >= 0).map((step) => ({ text: a[step.a], moved: step.kind === "gone" }));
  added.parts = steps.filter((step) => step.b >= 0).map((step) => ({ text: b[step.b], moved: step.kind === "new" }));
}

/** @param {DiffLine[]} lines @returns {(DiffLine | number)[]} long unchanged stretches as their length */
export function folded(lines) {
  if (lines.every((line) => line.kind === "same")) return lines;
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - 3), i + 4).some((line) => line.kind !== "same"));
  return lines.reduce((out, line, i) => {
    const last = out[out.length - 1];
    if (near[i]) out.push(line);
    else if (typeof last === "number") out[out.length - 1] = last + 1;
    else out.push(1);
    return out;
  }, /** @type {(DiffLine | number)[]} */ ([]));
}
