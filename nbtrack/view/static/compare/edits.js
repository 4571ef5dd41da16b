// @ts-check
/** What changed between two sources, line by line and word by word, in bounded time whatever they are. */

/** @typedef {{kind: "same" | "gone" | "new", a: number, b: number}} Edit  places in the two lists, -1 for none */
/** @typedef {{kind: "same" | "gone" | "new", text: string, a: number, b: number, parts: {text: string, moved: boolean}[]}} DiffLine */
/** @typedef {[number, number, number, number]} Region  start and end in the one list, start and end in the other */

// Beyond so many differences in one stretch nobody looks for the shortest script: the stretch is replaced as a whole.
const MOST = 800;
const LONGEST_LINE = 1500;
// Blocks of different lengths are paired by likeness up to so many pairs.
const PAIRS = 900;

/** A short edit between two lists, removals before additions: what is unique in both divides them (patience), and
 * between these the shortest script is looked for (Myers, O(ND)).
 * @template T @param {T[]} a @param {T[]} b @returns {Edit[]} */
export function edits(a, b) {
  const same = /** @type {[number, number][]} */ ([]);
  match(a, b, [0, a.length, 0, b.length], same, true);
  const out = /** @type {Edit[]} */ ([]);
  let i = 0,
    j = 0;
  for (const [x, y] of [...same, /** @type {[number, number]} */ ([a.length, b.length])]) {
    while (i < x) out.push({ kind: "gone", a: i++, b: -1 });
    while (j < y) out.push({ kind: "new", a: -1, b: j++ });
    if (x < a.length) out.push({ kind: "same", a: i++, b: j++ });
  }
  return out;
}

/** Collect the pairs of places that stay, in order.
 * @template T @param {T[]} a @param {T[]} b @param {Region} region @param {[number, number][]} same @param {boolean} dividing */
function match(a, b, [fromA, toA, fromB, toB], same, dividing) {
  while (fromA < toA && fromB < toB && a[fromA] === b[fromB]) same.push([fromA++, fromB++]);
  let tail = 0;
  while (fromA < toA - tail && fromB < toB - tail && a[toA - tail - 1] === b[toB - tail - 1]) tail++;
  toA -= tail;
  toB -= tail;
  if (fromA < toA && fromB < toB) {
    const anchors = dividing ? uniqueInBoth(a, b, [fromA, toA, fromB, toB]) : [];
    if (anchors.length) {
      let [x, y] = [fromA, fromB];
      for (const [i, j] of anchors) {
        match(a, b, [x, i, y, j], same, true);
        same.push([i, j]);
        [x, y] = [i + 1, j + 1];
      }
      match(a, b, [x, toA, y, toB], same, true);
    } else same.push(...shortest(a, b, [fromA, toA, fromB, toB]));
  }
  for (let n = 0; n < tail; n++) same.push([toA + n, toB + n]);
}

/** @template T @param {T[]} a @param {T[]} b @param {Region} region @returns {[number, number][]} what is there once in each, as far as it keeps its order */
function uniqueInBoth(a, b, [fromA, toA, fromB, toB]) {
  const inB = once(b, fromB, toB);
  const pairs = /** @type {[number, number][]} */ ([]);
  for (const [item, i] of once(a, fromA, toA)) {
    const j = inB.get(item);
    if (i >= 0 && j !== undefined && j >= 0) pairs.push([i, j]);
  }
  return rising(pairs);
}

/** @template T @param {T[]} list @param {number} from @param {number} to @returns {Map<T, number>} where each item is; -1 for one that is there more than once */
function once(list, from, to) {
  const places = new Map();
  for (let at = from; at < to; at++) places.set(list[at], places.has(list[at]) ? -1 : at);
  return places;
}

/** @param {[number, number][]} pairs by their first @returns {[number, number][]} the longest rising sequence of the second (patience) */
function rising(pairs) {
  const tops = /** @type {number[]} */ ([]);
  const before = pairs.map((pair, at) => {
    let low = 0,
      high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tops[middle]][1] < pair[1]) low = middle + 1;
      else high = middle;
    }
    tops[low] = at;
    return low ? tops[low - 1] : -1;
  });
  const out = /** @type {[number, number][]} */ ([]);
  for (let at = tops[tops.length - 1] ?? -1; at >= 0; at = before[at]) out.push(pairs[at]);
  return out.reverse();
}

/** Myers' greedy algorithm (An O(ND) Difference Algorithm and Its Variations, 1986).
 * @template T @param {T[]} a @param {T[]} b @param {Region} region @returns {[number, number][]} pairs of a shortest script; none where it is too long to be of use */
function shortest(a, b, [fromA, toA, fromB, toB]) {
  const n = toA - fromA,
    m = toB - fromB,
    most = Math.min(n + m, MOST);
  const far = new Int32Array(2 * most + 3);
  const zero = most + 1;
  const trace = /** @type {Int32Array[]} */ ([]);
  for (let d = 0; d <= most; d++) {
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && far[zero + k - 1] < far[zero + k + 1]);
      let x = down ? far[zero + k + 1] : far[zero + k - 1] + 1;
      while (x < n && x - k < m && a[fromA + x] === b[fromB + x - k]) x++;
      far[zero + k] = x;
      if (x >= n && x - k >= m) return walkBack(trace, d, n, m).map(([i, j]) => [fromA + i, fromB + j]);
    }
    trace.push(far.slice(zero - d - 1, zero + d + 2));
  }
  return [];
}

/** @param {Int32Array[]} trace how far each diagonal was after every step @param {number} steps @param {number} x @param {number} y @returns {[number, number][]} */
function walkBack(trace, steps, x, y) {
  const out = /** @type {[number, number][]} */ ([]);
  for (let d = steps; d > 0; d--) {
    const far = trace[d - 1];
    const at = (/** @type {number} */ k) => far[k + d] ?? 0;
    const k = x - y;
    const before = k === -d || (k !== d && at(k - 1) < at(k + 1)) ? k + 1 : k - 1;
    const [fromX, fromY] = [at(before), at(before) - before];
    while (x > fromX && y > fromY) out.push([--x, --y]);
    [x, y] = [fromX, fromY];
  }
  while (x > 0 && y > 0) out.push([--x, --y]);
  return out.reverse();
}

/** Compare two sources line by line, with the moved words of each changed line.
 * @param {string} a @param {string} b @returns {DiffLine[]} */
export function diffLines(a, b) {
  const left = a ? a.split("\n") : [],
    right = b ? b.split("\n") : [];
  const lines = edits(left, right).map((edit) => ({
    ...edit,
    text: edit.a >= 0 ? left[edit.a] : right[edit.b],
    parts: /** @type {DiffLine["parts"]} */ ([]),
  }));
  for (let from = 0; from < lines.length; ) {
    let to = from;
    while (to < lines.length && lines[to].kind !== "same") to++;
    const block = lines.slice(from, to);
    const gone = block.filter((line) => line.kind === "gone");
    for (const [old, now] of partners(gone, block.slice(gone.length))) markWords(old, now);
    from = to + 1;
  }
  return lines;
}

/** Which removed line became which added one: in order where they are as many, else so that they are most alike.
 * @param {DiffLine[]} gone @param {DiffLine[]} added @returns {[DiffLine, DiffLine][]} */
function partners(gone, added) {
  if (gone.length === added.length || gone.length * added.length > PAIRS)
    return gone.slice(0, added.length).map((line, at) => [line, added[at]]);
  const bags = added.map((line) => new Set(wordsOf(line.text)));
  const likeness = gone.map((line) => {
    const own = [...new Set(wordsOf(line.text))].filter((word) => word.trim());
    return bags.map((bag) => own.reduce((sum, word) => sum + (bag.has(word) ? word.length : 0), 0));
  });
  return aligned(likeness).map(([i, j]) => [gone[i], added[j]]);
}

/** @param {number[][]} worth of each pair @returns {[number, number][]} pairs in order that are worth most together */
function aligned(worth) {
  const width = worth[0]?.length ?? 0;
  const best = Array.from({ length: worth.length + 1 }, () => new Float64Array(width + 1));
  for (let i = worth.length - 1; i >= 0; i--)
    for (let j = width - 1; j >= 0; j--)
      best[i][j] = Math.max(best[i + 1][j], best[i][j + 1], worth[i][j] ? best[i + 1][j + 1] + worth[i][j] : 0);
  const out = /** @type {[number, number][]} */ ([]);
  for (let i = 0, j = 0; i < worth.length && j < width; ) {
    if (worth[i][j] && best[i][j] === best[i + 1][j + 1] + worth[i][j]) out.push([i++, j++]);
    else if (best[i][j] === best[i + 1][j]) i++;
    else j++;
  }
  return out;
}

/** @param {string} text @returns {string[]} words, spaces and signs, nothing left out */
const wordsOf = (text) => text.match(/[\p{L}\p{N}_.]+|\s+|[^]/gu) ?? [];

/** @param {DiffLine} gone @param {DiffLine} added */
function markWords(gone, added) {
  if (Math.max(gone.text.length, added.text.length) > LONGEST_LINE) return;
  const a = wordsOf(gone.text),
    b = wordsOf(added.text);
  const steps = edits(a, b);
  const kept = steps.reduce((sum, step) => sum + (step.kind === "same" ? a[step.a].trim().length : 0), 0);
  if (kept < 0.3 * Math.max(gone.text.trim().length, added.text.trim().length)) return;
  gone.parts = steps.filter((step) => step.a >= 0).map((step) => ({ text: a[step.a], moved: step.kind === "gone" }));
  added.parts = steps.filter((step) => step.b >= 0).map((step) => ({ text: b[step.b], moved: step.kind === "new" }));
}

/** Changed lines with three equal ones around them; a longer equal stretch between as one piece to be unfolded.
 * @param {DiffLine[]} lines @returns {(DiffLine | DiffLine[])[]} */
export function folded(lines) {
  const near = new Set(lines.flatMap((line, i) => (line.kind === "same" ? [] : [-3, -2, -1, 0, 1, 2, 3].map((d) => i + d))));
  return lines.reduce((out, line, i) => {
    const last = out[out.length - 1];
    if (near.has(i)) out.push(line);
    else if (Array.isArray(last)) last.push(line);
    else out.push([line]);
    return out;
  }, /** @type {(DiffLine | DiffLine[])[]} */ ([])).flatMap((part) => (Array.isArray(part) && part.length < 3 ? part : [part]));
}
