// @ts-check
/**
 * The comparison of runs: one module for three homes - an anywidget (`export default { render }`), a saved notebook
 * or report (`boot`, called by the inline script), and any page (`mount`). It asks nothing of the network, and text
 * reaches the page through `textContent` and attributes only, so a run's name is always a name.
 *
 * In order: numbers and words, data, filter, sort, scales, diff (all pure, tested without a browser); elements;
 * the views; the application.
 */

/** @typedef {number | string | boolean | {f: string} | null} Value */
/** @typedef {{space: string, key: string, dir: "max" | "min" | null, values?: Value[], words?: string[], at?: number[]}} PackedColumn */
/** @typedef {[number, number, number, number, number, number, string, number]} PackedSeries */
/**
 * @typedef {object} Payload
 * @property {number} format
 * @property {string} title
 * @property {{id: string[], name: string[], experiment: string[], status: string[], started: number[], duration: (number | null)[], note: (string | null)[]}} runs
 * @property {PackedColumn[]} columns
 * @property {string[]} lines
 * @property {number[][]} sources
 * @property {number[]} cells
 * @property {{metric: string, dir: "max" | "min" | null, series: PackedSeries[]}[]} curves
 * @property {{sources: number, curves: number}} omitted
 */
/** @typedef {{at: number, id: string, short: string, name: string, experiment: string, status: string, started: number, duration: number | null, note: string, words: string}} Run */
/**
 * @typedef {object} Column
 * @property {string} id
 * @property {string} space
 * @property {string} key
 * @property {"max" | "min" | null} dir
 * @property {Value[]} values
 * @property {string[]} texts
 * @property {boolean} numeric
 * @property {boolean} differs
 * @property {Set<number>} best
 * @property {number} low
 * @property {number} high
 */
/** @typedef {{run: number, steps: number[], values: number[], count: number}} Series */
/** @typedef {{metric: string, dir: "max" | "min" | null, series: Series[]}} Curve */
/** @typedef {{title: string, runs: Run[], columns: Column[], curves: Curve[], source: (at: number) => string | null, omitted: {sources: number, curves: number}}} Data */
/** @typedef {{id: string, down: boolean}} SortKey */
/** @typedef {{place: (value: Value) => number | null, ticks: {at: number, text: string}[], kind: "line" | "log" | "words"}} Scale */

// ---------------------------------------------------------------------------------------------- numbers and words

const MISSING = "–";
const MARKS = { running: "◌", finished: "✓", failed: "✕", interrupted: "■", lost: "?" };

/** Write a number with `digits` significant digits, whole numbers whole.
 * @param {number} value @param {number} [digits] @returns {string} */
export function figure(value, digits = 4) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value);
  if (size >= 1e-4 && size < 10 ** digits) return String(Number(value.toPrecision(digits)));
  if (size >= 1 && size < 1e9) return value.toFixed(0);
  return padded(Number(value.toPrecision(digits - 1)).toExponential());
}

/** @param {string} text @returns {string} the exponent with two digits, as Python writes it */
const padded = (text) => text.replace(/e([+-])(\d)$/, "e$10$2");

/** How many decimals a column needs so that its values line up and differ; null for mixed magnitudes.
 * @param {number[]} values @returns {number | null} */
export function decimals(values) {
  const sizes = values.filter(Number.isFinite).map(Math.abs);
  if (!sizes.length) return null;
  const most = sizes.reduce((a, b) => Math.max(a, b));
  if (sizes.every(Number.isInteger)) return most < 1e15 ? 0 : null;
  const least = sizes.reduce((a, b) => (b ? Math.min(a, b) : a), Infinity);
  if (most >= 1e9 || least < 1e-4) return null;
  const spread = most - sizes.reduce((a, b) => Math.min(a, b)) || most / 10;
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(spread))));
}

/** @param {Value} value @returns {string} any value in words, exactly */
export function words(value) {
  if (value === null) return MISSING;
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return padded(value && Math.abs(value) < 1e-4 ? value.toExponential() : String(value));
  return typeof value === "string" ? value : value.f;
}

/** @param {Value} value @returns {number | null} the number a value is, if it is one (infinities and NaN are not) */
const number = (value) => (typeof value === "number" ? value : typeof value === "boolean" ? Number(value) : null);

/** @param {number | null} seconds @returns {string} */
export function duration(seconds) {
  if (seconds === null) return MISSING;
  if (seconds < 1) return `${seconds >= 0.01 ? (seconds * 1000).toFixed(0) : (seconds * 1000).toFixed(1)} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {number} ms @returns {string} the local time, month to minute */
function moment(ms) {
  const t = new Date(ms);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${two(t.getMonth() + 1)}-${two(t.getDate())} ${two(t.getHours())}:${two(t.getMinutes())}`;
}

/** @param {number} count @param {string} noun @returns {string} */
const plural = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// ------------------------------------------------------------------------------------------------------------ data

/** Unfold a payload. Columns come in reading order: metrics, then what differs, then what is the same everywhere.
 * @param {Payload} payload @returns {Data} */
export function unfold(payload) {
  const { runs: packed } = payload;
  const columns = payload.columns.map(unfoldColumn).concat(ownColumns(packed));
  const ordered = [...columns].sort((a, b) => Number(!leads(a)) - Number(!leads(b)));
  const runs = packed.id.map((id, at) => ({
    at,
    id,
    short: id.slice(id.lastIndexOf("-") + 1).slice(0, 6),
    name: packed.name[at],
    experiment: packed.experiment[at],
    status: packed.status[at],
    started: packed.started[at],
    duration: packed.duration[at],
    note: packed.note[at] ?? "",
    words: "",
  }));
  for (const run of runs) run.words = haystack(run, columns);
  const text = payload.sources.map((places) => places.map((place) => payload.lines[place]).join("\n"));
  return {
    title: payload.title,
    runs,
    columns: ordered,
    omitted: payload.omitted,
    curves: payload.curves.map((curve) => ({ metric: curve.metric, dir: curve.dir, series: curve.series.map(unpack) })),
    source: (at) => text[payload.cells[at]] ?? null,
  };
}

/** @param {Column} column */
const leads = (column) => column.differs || column.space === "metrics";

/** @param {PackedColumn} packed @returns {Column} */
function unfoldColumn(packed) {
  const { words: texts, at } = packed;
  return column(
    packed.space,
    packed.key,
    packed.dir,
    texts && at ? at.map((place) => texts[place] ?? null) : (packed.values ?? []),
  );
}

/** @param {Payload["runs"]} runs @returns {Column[]} the columns every run has */
function ownColumns(runs) {
  const own = [column("run", "experiment", null, runs.experiment), column("run", "status", null, runs.status)];
  const time = column("run", "started", null, runs.started);
  const took = column("run", "duration", null, runs.duration);
  time.texts = runs.started.map(moment);
  took.texts = runs.duration.map(duration);
  return [...own, took, time];
}

/** @param {string} space @param {string} key @param {"max" | "min" | null} dir @param {Value[]} values @returns {Column} */
function column(space, key, dir, values) {
  const present = values.filter((value) => value !== null);
  const numbers = /** @type {number[]} */ (values.filter((value) => typeof value === "number"));
  const numeric =
    numbers.length > 0 &&
    present.every((value) => typeof value === "number" || (typeof value === "object" && value !== null));
  const low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  const places = space === "metrics" ? decimals(numbers) : null;
  const texts = values.map((value) =>
    space === "metrics" && typeof value === "number"
      ? places === null
        ? figure(value)
        : value.toFixed(places)
      : words(value),
  );
  const best = new Set(
    dir && low < high ? values.flatMap((value, at) => (value === (dir === "max" ? high : low) ? [at] : [])) : [],
  );
  const id = `${space}.${key}`;
  return { id, space, key, dir, values, texts, numeric, differs: new Set(values.map(words)).size > 1, best, low, high };
}

/** @param {Run} run @param {Column[]} columns @returns {string} what the filter's plain words are looked for in */
function haystack(run, columns) {
  const values = columns.flatMap((c) =>
    c.space === "run" || c.values[run.at] === null ? [] : [`${c.key}=${words(c.values[run.at])}`],
  );
  return [run.name, run.id, run.experiment, run.status, run.note, ...values].join("\n").toLowerCase();
}

const BASE64 = new Map(
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((char, at) => [char, at]),
);

/** Unpack a series: two 12-bit numbers a point, its place between the ends of each axis.
 * @param {PackedSeries} packed @returns {Series} */
export function unpack([run, first, last, low, high, log, points, count]) {
  const place = (/** @type {number} */ at) =>
    ((BASE64.get(points[at]) ?? 0) * 64 + (BASE64.get(points[at + 1]) ?? 0)) / 4095;
  const steps = [],
    values = [];
  for (let at = 0; at < points.length; at += 4) {
    const step = first + place(at) * (last - first);
    steps.push(last - first <= 4095 ? Math.round(step) : step);
    values.push(log ? low * (high / low) ** place(at + 2) : low + place(at + 2) * (high - low));
  }
  return { run, steps, values, count };
}

// ---------------------------------------------------------------------------------------------------------- filter

/** @typedef {{not: boolean, text?: string, column?: Column, op?: string, value?: string}} Term */

/** Read a filter: words that must occur anywhere, and comparisons such as `lr<0.1`; `-` before either negates it.
 * @param {string} text @param {Column[]} columns @returns {{terms: Term[], problems: string[]}} */
export function readFilter(text, columns) {
  const terms = [],
    problems = [];
  const close = text.replace(/"[^"]*"|\s*([<>=!]=|[<>=])\s*/g, (all, op) => op ?? all);
  for (const [part] of close.matchAll(/(?:"[^"]*"|[^\s"])+/g)) {
    const not = part.length > 1 && part.startsWith("-") && !/^-[\d.]/.test(part);
    const bare = not ? part.slice(1) : part;
    const found = /^("[^"]*"|[^<>=!"]+)([<>=!]=|[<>=])(.*)$/s.exec(bare);
    const name = found ? unquoted(found[1]) : "";
    const match = found ? findColumn(name, columns) : undefined;
    if (found && !match && columns.length) problems.push(`no column “${name}”`);
    if (found && match && found[3] === "") problems.push(`${name} ${found[2]} what?`);
    if (found && match && found[3] !== "") terms.push({ not, column: match, op: found[2], value: unquoted(found[3]) });
    else if (!found) terms.push({ not, text: unquoted(bare).toLowerCase() });
  }
  return { terms, problems };
}

/** @param {string} text */
const unquoted = (text) => text.replace(/"/g, "");

/** @param {string} name @param {Column[]} columns @returns {Column | undefined} by whole name, else by its unique beginning */
function findColumn(name, columns) {
  const wanted = name.toLowerCase();
  const same = columns.find((c) => c.key.toLowerCase() === wanted || c.id.toLowerCase() === wanted);
  const begun = columns.filter((c) => c.key.toLowerCase().startsWith(wanted));
  return same ?? (begun.length === 1 ? begun[0] : undefined);
}

/** @param {Term} term @param {Run} run @returns {boolean} */
function holds(term, run) {
  if (!term.column) return run.words.includes(term.text ?? "") !== term.not;
  const value = term.column.values[run.at];
  return value !== null && compared(value, term.op ?? "=", term.value ?? "", term.column.texts[run.at]) !== term.not;
}

/** @param {Value} value @param {string} op @param {string} wanted @param {string} text @returns {boolean} */
function compared(value, op, wanted, text) {
  const asked = Number(wanted);
  const numbers = typeof value === "number" && wanted.trim() !== "" && !Number.isNaN(asked);
  const same = numbers
    ? value === asked
    : [words(value), text].some((own) => own.toLowerCase() === wanted.toLowerCase());
  const less = numbers ? value < asked : typeof value === "string" && COLLATE(value, wanted) < 0;
  const more = numbers ? value > asked : typeof value === "string" && COLLATE(value, wanted) > 0;
  return op === "!="
    ? !same
    : op === "<"
      ? less
      : op === ">"
        ? more
        : op === "<="
          ? less || same
          : op === ">="
            ? more || same
            : same;
}

/** @param {string} text @param {Data} data @returns {{rows: number[], problems: string[]}} the runs that pass */
export function filtered(text, data) {
  const { terms, problems } = readFilter(text, data.columns);
  return { rows: data.runs.filter((run) => terms.every((term) => holds(term, run))).map((run) => run.at), problems };
}

// ------------------------------------------------------------------------------------------------------------ sort

const COLLATE = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;

/** @param {number[]} rows @param {SortKey[]} keys @param {Data} data @returns {number[]} sorted; missing values last, equal ones in the order the runs were given in */
export function sorted(rows, keys, data) {
  const orders = keys.map(({ id, down }) => ({ values: sortValues(id, data), sign: down ? -1 : 1 }));
  return [...rows].sort((a, b) => {
    for (const { values, sign } of orders) {
      const order = ordered(values[a], values[b], sign);
      if (order) return order;
    }
    return a - b;
  });
}

/** @param {string} id @param {Data} data @returns {Value[]} */
const sortValues = (id, data) =>
  id === "run.name" ? data.runs.map((run) => run.name) : (data.columns.find((c) => c.id === id)?.values ?? []);

/** @param {Value} a @param {Value} b @param {number} sign @returns {number} */
function ordered(a, b, sign) {
  const [left, right] = [rank(a), rank(b)];
  if (left !== right) return left - right;
  if (left === 2) return 0;
  if (left === 1) return sign * COLLATE(words(a), words(b));
  return sign * (Number(number(a)) - Number(number(b)));
}

/** Numbers, then words, then what is missing or not a number. @param {Value} value @returns {number} */
const rank = (value) =>
  value === undefined || value === null || (typeof value === "object" && value.f === "nan")
    ? 2
    : number(value) === null
      ? 1
      : 0;

/** What a click on a column's header asks for: best first, then the reverse, then no sort.
 * @param {SortKey[]} keys @param {Column | {id: string, dir: null}} column @param {boolean} add @returns {SortKey[]} */
export function nextSort(keys, column, add) {
  const first = column.dir === "max";
  const now = keys.find((key) => key.id === column.id);
  const others = add ? keys.filter((key) => key.id !== column.id) : [];
  if (now && now.down !== first) return others;
  const next = { id: column.id, down: now ? !first : first };
  return add && now ? keys.map((key) => (key === now ? next : key)) : [...others, next];
}

// ---------------------------------------------------------------------------------------------------------- scales

/** @param {number} low @param {number} high @param {number} [wanted] @returns {number[]} round numbers between */
export function ticks(low, high, wanted = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) ?? 10);
  const out = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** @param {number} low @param {number} high @returns {number[]} powers of ten, thinned to six or so; 1-2-5 in a short range */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low) + 1e-9),
    last = Math.ceil(Math.log10(high) - 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 6));
  const out = [];
  for (let power = first; power <= last; power += every)
    for (const n of last - first <= 2 ? [1, 2, 5] : [1]) out.push(Number(`${n}e${power}`));
  return out.filter((value) => value >= low * 0.999 && value <= high * 1.001);
}

/** @param {Column} column @param {number[]} rows @returns {Scale} from values to 0..1; words stand in even steps */
export function scaleOf(column, rows) {
  if (!column.numeric) return wordScale(column, rows);
  const values = /** @type {number[]} */ (
    rows.map((at) => column.values[at]).filter((value) => typeof value === "number")
  );
  return numberScale(
    values.reduce((a, b) => Math.min(a, b), Infinity),
    values.reduce((a, b) => Math.max(a, b), -Infinity),
  );
}

/** @param {number} low @param {number} high @param {boolean} [log] @returns {Scale} */
export function numberScale(low, high, log = low > 0 && high / low > 100) {
  const pad = high > low ? 0 : Math.abs(low) * 0.1 || 1;
  const [from, to] = [low - pad, high + pad];
  const own = log ? Math.log10 : (/** @type {number} */ x) => x;
  const place = (/** @type {Value} */ value) =>
    typeof value === "number" ? (own(value) - own(from)) / (own(to) - own(from)) : null;
  const marks = log ? logTicks(from, to) : ticks(from, to);
  const texts = log ? marks.map((value) => figure(value)) : evenly(marks);
  return {
    kind: log ? "log" : "line",
    place,
    ticks: marks.map((value, i) => ({ at: /** @type {number} */ (place(value)), text: texts[i] })),
  };
}

/** @param {number[]} values @returns {string[]} their figures, with the same number of decimals */
function evenly(values) {
  const texts = values.map((value) => figure(value));
  const places = Math.max(...texts.map((text) => (text.split(".")[1] ?? "").length));
  return texts.some((text) => text.includes("e")) ? texts : values.map((value) => value.toFixed(places));
}

/** @param {Column} column @param {number[]} rows @returns {Scale} */
function wordScale(column, rows) {
  const levels = [
    ...new Set(rows.filter((at) => column.values[at] !== null).map((at) => words(column.values[at]))),
  ].sort(COLLATE);
  const at = new Map(levels.map((level, i) => [level, levels.length > 1 ? i / (levels.length - 1) : 0.5]));
  return {
    kind: "words",
    place: (value) => (value === null ? null : (at.get(words(value)) ?? null)),
    ticks: levels.map((text) => ({ at: at.get(text) ?? 0, text })),
  };
}

// ------------------------------------------------------------------------------------------------------------ diff

/** @typedef {{kind: "same" | "gone" | "new", a: number, b: number}} Edit  places in the two lists, -1 for none */

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

/** @typedef {{kind: "same" | "gone" | "new", text: string, a: number, b: number, parts: {text: string, moved: boolean}[]}} DiffLine */

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

/** @param {Column} column @param {number} a @param {number} b @returns {{text: string, verdict: "better" | "worse" | ""}} */
export function delta(column, a, b) {
  const [from, to] = [column.values[a], column.values[b]];
  if (typeof from !== "number" || typeof to !== "number" || from === to)
    return { text: from === to ? "=" : "", verdict: "" };
  const by = Number((to - from).toPrecision(12));
  const verdict = column.dir ? (by > 0 === (column.dir === "max") ? "better" : "worse") : "";
  return { text: `${by > 0 ? "▲ +" : "▼ −"}${figure(Math.abs(by), 3)}`, verdict };
}

// -------------------------------------------------------------------------------------------------------- elements

/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Props */

/** Make an element: `text` becomes its text, `on…` functions its listeners, everything else an attribute.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Props | null} [props] @param {...(Node | string | null | undefined | false)} children @returns {HTMLElementTagNameMap[K]} */
function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** @param {string} tag @param {Props | null} [props] @param {...(Node | string | null | undefined | false)} children @returns {SVGElement} */
function s(tag, props, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

/** @template {Element} E @param {E} element @param {Props | null | undefined} props @param {(Node | string | null | undefined | false)[]} children @returns {E} */
function fill(element, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = String(value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(
    ...children.flatMap((child) => (child === null || child === undefined || child === false ? [] : [child])),
  );
  return element;
}

/** @param {string} text @param {number} limit */
const cut = (text, limit) => (text.length > limit ? `${text.slice(0, limit - 1)}…` : text);

/** @param {string} label @param {[string, string][]} options @param {string} value @param {(value: string) => void} change @returns {HTMLElement} */
function choice(label, options, value, change) {
  const select = h("select", { onchange: (/** @type {any} */ event) => change(event.target.value) });
  for (const [id, text] of options)
    select.append(h("option", { value: id, selected: id === value, text: cut(text, 48) }));
  return h("label", { class: "nbt-choice" }, h("span", { text: label }), select);
}

/** @param {string} title @param {string} text @returns {HTMLElement} */
const emptiness = (title, text) => h("div", { class: "nbt-empty" }, h("strong", { text: title }), h("p", { text }));

const SHAPES = [
  "M0-4.6a4.6 4.6 0 1 0 .01 0z",
  "M-4-4h8v8h-8z",
  "M0-5.2L5 4H-5z",
  "M0-5.6L5.6 0 0 5.6-5.6 0z",
  "M0 5.2L5-4H-5z",
  "M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3z",
  "M-4.6-3l1.6-1.6L0-1.6l3-3L4.6-3l-3 3 3 3L3 4.6l-3-3-3 3L-4.6 3l3-3z",
  "M0-5.4l5.2 3.8-2 6.1h-6.4l-2-6.1z",
];
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "5 2", "1 2", "10 4", "4 2 1 2 1 2"];

/** @typedef {{colour: string, shape: number}} Look */

/** @param {Look} look @param {string} [extra] @returns {SVGElement} a small mark that stands for a run or a level */
function swatch(look, extra = "") {
  return s(
    "svg",
    { class: `nbt-swatch ${extra}`, viewBox: "-7 -7 14 14", width: 12, height: 12, "aria-hidden": "true" },
    s("path", { d: SHAPES[look.shape % SHAPES.length], style: `fill:${look.colour}` }),
  );
}

/** @param {number} n @returns {Look} the n-th of the eight Okabe-Ito colours, with a shape of its own */
const lookOf = (n) => ({ colour: `var(--c${n % 8})`, shape: n % 8 });

// ----------------------------------------------------------------------------------------------------- application

/** @typedef {{id: string, text: string, draw: (app: App, panel: HTMLElement) => void}} View */

/** The state of one comparison, and the frame around its views. A view draws from it; every change passes `set`. */
class App {
  /** @param {HTMLElement} root @param {Payload} payload @param {(ids: string[]) => void} [selectionChanged] */
  constructor(root, payload, selectionChanged = () => {}) {
    this.root = root;
    this.data = unfold(payload);
    this.selectionChanged = selectionChanged;
    this.state = {
      view: "table",
      filter: "",
      sort: /** @type {SortKey[]} */ ([]),
      all: false,
      only: false,
      /** @type {number[]} */ selected: [],
      x: "",
      y: "",
      colour: "",
      curve: "",
      log: /** @type {boolean | null} */ (null),
      axes: /** @type {string[] | null} */ (null),
      a: -1,
      b: -1,
      whole: false,
    };
    this.width = 0;
    this.frame();
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.root);
    this.set({});
  }

  /** Take a newer payload and keep what the person had chosen. @param {Payload} payload */
  renew(payload) {
    const ids = new Set(this.state.selected.map((at) => this.data.runs[at].id));
    this.data = unfold(payload);
    this.set({ selected: this.data.runs.filter((run) => ids.has(run.id)).map((run) => run.at), a: -1, b: -1 });
  }

  /** @param {Partial<App["state"]>} change */
  set(change) {
    Object.assign(this.state, change);
    const { rows, problems } = filtered(this.state.filter, this.data);
    const chosen = new Set(this.state.selected);
    this.matching = rows.length;
    this.rows = sorted(
      this.state.only && chosen.size ? rows.filter((at) => chosen.has(at)) : rows,
      this.state.sort,
      this.data,
    );
    this.looks = new Map(this.state.selected.map((at, n) => [at, lookOf(n)]));
    this.problems = problems;
    this.drawFrame();
    this.draw();
    if (change.selected) this.selectionChanged(this.state.selected.map((at) => this.data.runs[at].id));
  }

  /** @param {number} at a run, selected or not any more */
  toggle(at) {
    const { selected } = this.state;
    const next = selected.includes(at) ? selected.filter((other) => other !== at) : [...selected, at];
    this.set({ selected: next, a: -1, b: -1, only: this.state.only && next.length > 0 });
  }

  /** @param {string} id @returns {Column | undefined} */
  column(id) {
    return this.data.columns.find((c) => c.id === id);
  }

  /** The metric people most likely care about: the first whose better direction is known. @returns {Column | undefined} */
  get metric() {
    const metrics = this.data.columns.filter((c) => c.space === "metrics" && c.numeric);
    return metrics.find((c) => c.dir && c.differs) ?? metrics.find((c) => c.differs) ?? metrics[0];
  }

  /** The words that group runs best: the first differing column with two to eight levels. @returns {Column | undefined} */
  get group() {
    const fits = (/** @type {Column} */ c) =>
      c.space !== "run" && !c.numeric && c.differs && new Set(c.values.map(words)).size <= 8;
    return (
      this.data.columns.find((c) => fits(c) && c.values.every((value) => value !== null)) ??
      this.data.columns.find(fits)
    );
  }

  frame() {
    const id = this.root.id || `nbt-${Math.random().toString(36).slice(2)}`;
    this.panel = h("div", {
      class: "nbt-panel",
      role: "tabpanel",
      id: `${id}-panel`,
      "aria-labelledby": `${id}-table`,
    });
    this.tabs = h(
      "div",
      { class: "nbt-tabs", role: "tablist", "aria-label": "Views", onkeydown: (event) => this.tabKey(event) },
      ...VIEWS.map((view) =>
        h("button", {
          role: "tab",
          type: "button",
          id: `${id}-${view.id}`,
          "data-view": view.id,
          "aria-controls": `${id}-panel`,
          text: view.text,
          onclick: () => this.set({ view: view.id }),
        }),
      ),
    );
    this.input = h("input", {
      class: "nbt-filter",
      type: "search",
      placeholder: "Filter: rbf  accuracy>0.95  -failed",
      "aria-label": "Filter runs by words and comparisons",
      spellcheck: "false",
      autocomplete: "off",
      oninput: () => this.set({ filter: this.input?.value ?? "" }),
    });
    this.count = h("span", { class: "nbt-count", role: "status" });
    this.problem = h("span", { class: "nbt-problem", role: "status" });
    this.actions = h("span", { class: "nbt-actions" });
    this.live = h("div", { class: "nbt-sr", role: "status" });
    const title = this.data.title && h("div", { class: "nbt-title", text: this.data.title, title: this.data.title });
    this.root.replaceChildren(
      h("div", { class: "nbt-top" }, title || null, this.tabs),
      h("div", { class: "nbt-bar" }, this.input, this.count, this.problem, this.actions),
      this.panel,
      this.live,
    );
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  drawFrame() {
    const { view, selected, only, filter } = this.state;
    for (const tab of /** @type {HTMLElement[]} */ ([...(this.tabs?.children ?? [])])) {
      const chosen = tab.dataset.view === view;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) this.panel?.setAttribute("aria-labelledby", tab.id);
    }
    const total = this.data.runs.length;
    const matching = filter
      ? `${this.matching?.toLocaleString("en")} of ${plural(total, "run")}`
      : plural(total, "run");
    if (this.count) this.count.textContent = selected.length ? `${matching} · ${selected.length} selected` : matching;
    if (this.problem) this.problem.textContent = this.problems?.join(" · ") ?? "";
    const same = this.data.columns.filter((c) => !leads(c) && c.space !== "run").length;
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick, /** @type {Props} */ more = {}) =>
      h("button", { type: "button", class: "nbt-button", text, onclick, ...more });
    this.keepFocus(() =>
      this.actions?.replaceChildren(
        ...[
          selected.length === 2 &&
            view !== "diff" &&
            button("Diff these two", () => this.set({ view: "diff" }), { class: "nbt-button nbt-primary" }),
          selected.length > 0 &&
            button("Only selected", () => this.set({ only: !only }), { "aria-pressed": String(only) }),
          selected.length > 0 && button("Clear", () => this.set({ selected: [], only: false, a: -1, b: -1 })),
          view === "table" &&
            total > 1 &&
            same > 0 &&
            button(`${plural(same, "identical column")}`, () => this.set({ all: !this.state.all }), {
              "aria-pressed": String(this.state.all),
            }),
        ].flatMap((element) => element || []),
      ),
    );
  }

  /** Redraw, and give the focus back to the button of the same words. @param {() => void} work */
  keepFocus(work) {
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    const text = before && this.actions?.contains(before) ? before.textContent : null;
    work();
    if (text === null) return;
    const again = [...(this.actions?.children ?? [])].find((element) => element.textContent === text);
    /** @type {HTMLElement | undefined} */ (again ?? this.input)?.focus();
  }

  draw() {
    const view = VIEWS.find((v) => v.id === this.state.view) ?? VIEWS[0];
    if (this.panel) view.draw(this, this.panel);
  }

  resized() {
    const width = this.root.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const typing = event.target === this.input;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.input?.focus();
    } else if (event.key === "Escape" && typing && this.input) {
      this.input.value = "";
      this.set({ filter: "" });
    }
  }

  /** @param {KeyboardEvent} event */
  tabKey(event) {
    const at = VIEWS.findIndex((view) => view.id === this.state.view);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: VIEWS.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.set({ view: VIEWS[(to + VIEWS.length) % VIEWS.length].id });
    /** @type {HTMLElement | null | undefined} */ (this.tabs?.querySelector('[aria-selected="true"]'))?.focus();
  }

  /** @param {string} text for screen readers */
  say(text) {
    if (this.live) this.live.textContent = text;
  }
}

// ----------------------------------------------------------------------------------------------------------- table

const ROW = 28;
const HEAD = 52;
const TALL = 460;
const FULL = 200;

/** @param {App} app @param {HTMLElement} panel */
function drawTable(app, panel) {
  const { data, state } = app;
  if (!data.runs.length)
    return panel.replaceChildren(
      emptiness("No runs to compare", "Run a cell that starts with %%track, or widen the filter of %compare."),
    );
  const shown = data.columns.filter((c) => state.all || leads(c) || data.runs.length === 1);
  const key = `${shown.map((c) => c.id).join("\n")}|${app.root.clientWidth < 520}`;
  const grid = grids.get(app);
  const table =
    grid && grid.key === key && grid.data === data && panel.contains(grid.box) ? grid : newGrid(app, panel, shown, key);
  table.refresh();
}

/** @typedef {{key: string, data: Data, box: HTMLElement, refresh: () => void}} Grid */

/** @type {WeakMap<App, Grid>} */
const grids = new WeakMap();

/** @param {App} app @param {HTMLElement} panel @param {Column[]} columns @param {string} key @returns {Grid} */
function newGrid(app, panel, columns, key) {
  const narrow = app.root.clientWidth < 520;
  const first = narrow ? 150 : 250;
  const widths = columns.map(columnWidth);
  const cols = h("colgroup", null, ...[first, ...widths].map((width) => h("col", { style: `width:${width}px` })));
  const head = h(
    "tr",
    null,
    headCell(app, { id: "run.name", dir: null }, "run"),
    ...columns.map((c) => headCell(app, c, c.key)),
  );
  const body = h("tbody");
  const total = first + widths.reduce((a, b) => a + b, 0);
  const table = h(
    "table",
    { class: "nbt-grid", style: `width:${total}px`, "aria-rowcount": app.data.runs.length + 2 },
    cols,
    h("thead", null, groupRow(columns), head),
    body,
  );
  /** @type {HTMLElement} */
  const box = h(
    "div",
    {
      class: "nbt-scroll",
      tabindex: "0",
      role: "region",
      "aria-label": "Table of runs",
      onscroll: () => paint(),
      onkeydown: (event) => rowKey(app, box, event),
    },
    table,
  );
  /** @type {Map<number, HTMLTableRowElement>} */
  const made = new Map();
  let from = -1,
    to = -1;
  /** @type {number[]} */
  let painted = [];

  function paint() {
    const rows = app.rows ?? [];
    const every = rows.length <= FULL;
    const top = every ? 0 : Math.max(0, Math.floor(box.scrollTop / ROW) - 12);
    const end = every ? rows.length : Math.min(rows.length, top + Math.ceil(TALL / ROW) + 24);
    if (rows === painted && top === from && end === to) return;
    [painted, from, to] = [rows, top, end];
    const focused = box.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    const seen = rows.slice(top, end).map((at, i) => rowOf(at, top + i + 3));
    body.replaceChildren(
      ...spacer(top, columns.length),
      ...(seen.length ? seen : [nothing(columns.length)]),
      ...spacer(rows.length - end, columns.length),
    );
    if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  }

  /** @param {number} at @param {number} index */
  function rowOf(at, index) {
    const row = made.get(at) ?? newRow(app, at, columns, narrow);
    made.set(at, row);
    row.setAttribute("aria-rowindex", String(index));
    const look = app.looks?.get(at);
    const chosen = look !== undefined;
    const box = /** @type {HTMLInputElement} */ (row.querySelector("input"));
    box.checked = chosen;
    row.classList.toggle("nbt-chosen", chosen);
    const old = row.querySelector(".nbt-swatch");
    if (look) old?.replaceWith(swatch(look));
    else if (old?.children.length) old.replaceWith(blankSwatch());
    return row;
  }

  function refresh() {
    painted = [];
    markSort(head, app.state.sort);
    paint();
  }
  panel.replaceChildren(box);
  const grid = { key, data: app.data, box, refresh };
  grids.set(app, grid);
  return grid;
}

/** @param {Column} column @returns {number} wide enough for its longest text, within bounds */
function columnWidth(column) {
  const longest = column.texts.reduce((most, text) => Math.max(most, text.length), 0);
  return Math.round(
    Math.min(26, Math.max(5, longest + (column.best.size ? 2 : 0), Math.min(18, column.key.length + 1.5))) * 7.3 + 18,
  );
}

const GROUPS = { metrics: "metrics", params: "params", tags: "tags", run: "run" };

/** @param {Column[]} columns @returns {HTMLTableRowElement} the names of the groups above their columns */
function groupRow(columns) {
  const row = h("tr", { class: "nbt-groups" }, h("td", { class: "nbt-first" }));
  for (let from = 0; from < columns.length;) {
    let to = from;
    while (
      to < columns.length &&
      columns[to].space === columns[from].space &&
      leads(columns[to]) === leads(columns[from])
    )
      to++;
    const name = GROUPS[/** @type {keyof typeof GROUPS} */ (columns[from].space)];
    row.append(
      h(
        "th",
        { scope: "colgroup", colspan: to - from },
        h("span", { text: leads(columns[from]) || name === "run" ? name : `${name}, identical` }),
      ),
    );
    from = to;
  }
  return row;
}

/** @param {App} app @param {Column | {id: string, dir: null}} column @param {string} text @returns {HTMLElement} */
function headCell(app, column, text) {
  const better = column.dir === "max" ? "higher is better" : column.dir === "min" ? "lower is better" : "";
  const button = h(
    "button",
    {
      type: "button",
      class: "nbt-sort",
      title: better ? `${text} (${better})` : text,
      onclick: (event) => app.set({ sort: nextSort(app.state.sort, column, event.shiftKey) }),
      onkeydown: (event) => {
        if (event.key === "Enter" && event.shiftKey) {
          event.preventDefault();
          app.set({ sort: nextSort(app.state.sort, column, true) });
        }
      },
    },
    h("span", { class: "nbt-label", text: cut(text, 60) }),
    h("span", { class: "nbt-order", "aria-hidden": "true" }),
  );
  const kind = "space" in column ? (column.numeric ? "nbt-number" : "") : "nbt-first";
  const begins = "space" in column ? "" : " nbt-corner";
  return h("th", { scope: "col", class: kind + begins, "data-column": column.id }, button);
}

/** @param {HTMLElement} head @param {SortKey[]} keys */
function markSort(head, keys) {
  for (const cell of /** @type {HTMLElement[]} */ ([...head.children])) {
    const at = keys.findIndex((key) => key.id === cell.dataset.column);
    const arrow = at < 0 ? "" : keys[at].down ? "▼" : "▲";
    const mark = cell.querySelector(".nbt-order");
    if (mark) mark.textContent = at >= 0 && keys.length > 1 ? `${arrow}${at + 1}` : arrow;
    if (at === 0) cell.setAttribute("aria-sort", keys[0].down ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  }
}

/** @param {App} app @param {number} at @param {Column[]} columns @param {boolean} narrow @returns {HTMLTableRowElement} */
function newRow(app, at, columns, narrow) {
  const run = app.data.runs[at];
  const box = h("input", {
    type: "checkbox",
    "aria-label": `Select ${cut(run.name, 60)} ${run.short}`,
    "data-run": at,
    onchange: () => app.toggle(at),
    onclick: (event) => event.stopPropagation(),
  });
  const status = h("span", {
    class: `nbt-mark nbt-${run.status in MARKS ? run.status : "lost"}`,
    title: run.status,
    role: "img",
    "aria-label": run.status,
    text: MARKS[/** @type {keyof typeof MARKS} */ (run.status)] ?? "?",
  });
  const name = h(
    "th",
    { scope: "row", class: "nbt-first" },
    h(
      "span",
      { class: "nbt-run" },
      box,
      blankSwatch(),
      status,
      h("span", {
        class: "nbt-name",
        title: `${run.name}\n${run.id}${run.note ? `\n${run.note}` : ""}`,
        text: cut(run.name, 80),
      }),
      !narrow && h("code", { text: run.short }),
    ),
  );
  return h(
    "tr",
    {
      onclick: () => {
        if (String(getSelection() ?? "") === "") app.toggle(at);
      },
    },
    name,
    ...columns.map((c) => dataCell(c, at)),
  );
}

const blankSwatch = () =>
  s("svg", { class: "nbt-swatch", viewBox: "-7 -7 14 14", width: 12, height: 12, "aria-hidden": "true" });

/** @param {Column} column @param {number} at @returns {HTMLTableCellElement} */
function dataCell(column, at) {
  const value = column.values[at];
  const best = column.best.has(at);
  const kind = [
    column.numeric && "nbt-number",
    value === null && "nbt-none",
    best && "nbt-best",
    !leads(column) && "nbt-same",
  ]
    .filter(Boolean)
    .join(" ");
  const cell = h(
    "td",
    { class: kind || null, title: column.space === "run" ? null : words(value) },
    best && h("span", { class: "nbt-star", title: "best", role: "img", "aria-label": "best", text: "★" }),
    cut(column.texts[at], 80),
  );
  if (column.space === "metrics" && column.differs && typeof value === "number" && column.high > column.low) {
    const share = (value - column.low) / (column.high - column.low);
    cell.style.setProperty("--p", `${Math.round(100 * (column.dir === "min" ? 1 - share : share))}%`);
  }
  return cell;
}

/** @param {number} count @param {number} columns @returns {HTMLElement[]} the room of rows that are not drawn */
const spacer = (count, columns) =>
  count > 0
    ? [
        h(
          "tr",
          { "aria-hidden": "true", class: "nbt-spacer" },
          h("td", { colspan: columns + 1, style: `height:${count * ROW}px` }),
        ),
      ]
    : [];

/** @param {number} columns @returns {HTMLElement} */
const nothing = (columns) =>
  h(
    "tr",
    { class: "nbt-nothing" },
    h("td", { colspan: columns + 1 }, h("span", { text: "No run matches this filter." })),
  );

/** Arrow keys walk the rows' checkboxes. @param {App} app @param {HTMLElement} box @param {KeyboardEvent} event */
function rowKey(app, box, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const rows = app.rows ?? [];
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -1e9, End: 1e9 }[event.key];
  const here = target.dataset.run === undefined ? -1 : rows.indexOf(Number(target.dataset.run));
  if (step === undefined || here < 0 || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = Math.min(rows.length - 1, Math.max(0, here + step));
  const top = next * ROW;
  if (top < box.scrollTop) box.scrollTop = top;
  if (top + ROW > box.scrollTop + box.clientHeight - HEAD - 12)
    box.scrollTop = top + ROW - box.clientHeight + HEAD + 12;
  box.dispatchEvent(new Event("scroll"));
  /** @type {HTMLElement | null} */ (box.querySelector(`input[data-run="${rows[next]}"]`))?.focus({
    preventScroll: true,
  });
}

// ---------------------------------------------------------------------------------------------------------- charts

/** @typedef {{run: number, element: SVGElement, label: string}} Mark */

/** Give a chart its pointer, its keys and its words: hover or arrow keys highlight a run, click or Space selects it.
 * @param {App} app @param {SVGElement} svg @param {Mark[]} marks @param {(x: number, y: number) => {at: number, x: number, y: number} | null} nearest @returns {HTMLElement} */
function interactive(app, svg, marks, nearest) {
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
    tip.textContent = marks[at].label;
    if (x === null || y === null) return void app.say(marks[at].label);
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
const plot = (width, height, label, ...children) =>
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

/** @typedef {{look: (run: number) => Look & {strong: boolean, rank: number}, legend: HTMLElement | null}} Colouring */

/** How runs are coloured: by selection if there is one, else by the chosen column - levels by colour and shape, numbers by depth.
 * @param {App} app @param {Column | undefined} by @param {number[]} rows @returns {Colouring} */
function colouring(app, by, rows) {
  if (app.looks?.size) return bySelection(app, rows);
  if (!by) return { look: (run) => ({ ...lookOf(rows.indexOf(run)), strong: true, rank: 0 }), legend: null };
  return by.numeric && new Set(rows.map((at) => by.values[at]).filter((value) => value !== null)).size > 2
    ? byNumber(by, rows)
    : byLevel(by, rows);
}

/** @param {App} app @param {number[]} rows @returns {Colouring} */
function bySelection(app, rows) {
  const dim = { colour: "var(--faint)", shape: 0, strong: false, rank: 0 };
  const entries = [...(app.looks ?? [])]
    .filter(([at]) => rows.includes(at))
    .map(([at, look]) => legendEntry(look, `${app.data.runs[at].name} ${app.data.runs[at].short}`));
  return {
    look: (run) => {
      const look = app.looks?.get(run);
      return look ? { ...look, strong: true, rank: 1 } : dim;
    },
    legend: legend("Selected", entries),
  };
}

/** @param {Column} by @param {number[]} rows @returns {Colouring} */
function byNumber(by, rows) {
  const scale = scaleOf(by, rows);
  const depth = (/** @type {Value} */ value) => {
    const at = scale.place(value);
    return at === null ? null : by.dir === "min" ? 1 - at : at;
  };
  const values = /** @type {number[]} */ (rows.map((at) => by.values[at]).filter((value) => typeof value === "number"));
  const extremes = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const ends = by.dir === "min" ? extremes.reverse() : extremes;
  const bar = h("span", { class: "nbt-ramp", "aria-hidden": "true" });
  return {
    look: (run) => {
      const at = depth(by.values[run]);
      return { colour: at === null ? "var(--faint)" : ramp(at), shape: 0, strong: at !== null, rank: at ?? -1 };
    },
    legend: legend(by.key, [h("span", { class: "nbt-entry" }, figure(ends[0]), bar, figure(ends[1]))]),
  };
}

/** @param {number} at @returns {string} */
const ramp = (at) => `color-mix(in oklab, var(--deep) ${Math.round(100 * at)}%, var(--pale))`;

/** @param {Column} by @param {number[]} rows @returns {Colouring} */
function byLevel(by, rows) {
  const levels = [...new Set(rows.map((at) => words(by.values[at])))].sort(COLLATE);
  const at = new Map(levels.map((level, n) => [level, lookOf(n)]));
  const entries = levels.slice(0, 8).map((level) => legendEntry(/** @type {Look} */ (at.get(level)), level));
  if (levels.length > 8) entries.push(h("span", { class: "nbt-entry", text: `+${levels.length - 8} more` }));
  return {
    look: (run) => ({ .../** @type {Look} */ (at.get(words(by.values[run])) ?? lookOf(7)), strong: true, rank: 0 }),
    legend: legend(by.key, entries),
  };
}

/** @param {string} title @param {HTMLElement[]} entries @returns {HTMLElement} */
const legend = (title, entries) =>
  h("div", { class: "nbt-legend" }, h("span", { class: "nbt-dim", text: cut(title, 40) }), ...entries);

/** @param {Look} look @param {string} text @returns {HTMLElement} */
const legendEntry = (look, text) =>
  h("span", { class: "nbt-entry" }, swatch(look), h("span", { text: cut(text, 40), title: text }));

/** @param {App} app @param {(c: Column) => boolean} [fits] @returns {[string, string][]} */
const columnOptions = (app, fits = () => true) =>
  app.data.columns
    .filter((c) => c.differs && fits(c))
    .map((c) => [c.id, c.space === "metrics" ? c.key : `${c.key} (${c.space.replace(/s$/, "")})`]);

/** @param {App} app @param {Column | undefined} by @returns {HTMLElement} */
const colourChoice = (app, by) =>
  choice("Colour", [["run", "each run"], ...columnOptions(app)], by?.id ?? "run", (id) => app.set({ colour: id }));

/** @param {App} app @returns {Column | undefined} */
const colourColumn = (app) =>
  app.state.colour === "run" ? undefined : (app.column(app.state.colour) ?? app.group ?? app.metric);

/** @param {App} app @param {boolean} strong */
const lineClass = (app, strong) => `nbt-line${strong ? (app.looks?.size ? " nbt-front" : "") : " nbt-back"}`;

/** @param {App} app @param {number} at @param {(Column | undefined)[]} columns @returns {string} what a tooltip says of a run */
function describe(app, at, columns) {
  const run = app.data.runs[at];
  const lines = [...new Set(columns)].flatMap((c) =>
    c && c.values[at] !== null ? [`${cut(c.key, 40)}  ${cut(c.texts[at], 60)}`] : [],
  );
  return [`${cut(run.name, 60)}  ${run.short}`, ...lines].join("\n");
}

/** @param {HTMLElement} panel @returns {number} */
const chartWidth = (panel) => Math.max(260, Math.floor(panel.clientWidth || 640));

/** @param {App} app @returns {[string, string] | null} why a chart cannot be drawn */
function unready(app) {
  if (app.data.runs.length < 2) return ["One run so far", "A chart needs a second run to compare it with."];
  if (!app.metric)
    return [
      "No metrics yet",
      "None of these runs has a number to draw. The table and the diff still compare their params and cells.",
    ];
  return app.rows?.length ? null : ["No run matches this filter", "Shorten the filter, or press Escape in it."];
}

// -------------------------------------------------------------------------------------------------------- parallel

/** @param {App} app @param {HTMLElement} panel */
function drawParallel(app, panel) {
  const reason = unready(app);
  if (reason) return panel.replaceChildren(emptiness(...reason));
  const rows = app.rows ?? [];
  const by = app.column(app.state.colour) ?? app.metric;
  const axes = parallelAxes(app);
  const colours = colouring(app, by, rows);
  const scales = axes.map((axis) => bettersUp(axis, scaleOf(axis, rows)));
  const width = Math.max(chartWidth(panel), axes.length * 104),
    height = 330;
  const room = Math.max(0, ...(scales[0]?.ticks ?? []).map((tick) => Math.min(tick.text.length, TICK) * 6.6));
  const half = (/** @type {Column | undefined} */ axis) => Math.min(axis?.key.length ?? 0, NAME) * 3.7;
  const box = {
    left: Math.max(40, room + 12, half(axes[0])),
    right: width - Math.max(40, half(axes[axes.length - 1])),
    top: 46,
    bottom: height - 34,
  };
  const xs = axes.map((_, i) =>
    axes.length > 1 ? box.left + (i * (box.right - box.left)) / (axes.length - 1) : width / 2,
  );
  const none = box.bottom + 18;
  const ys = rows.map((at) =>
    axes.map((axis, i) => {
      const place = scales[i].place(axis.values[at]);
      return place === null ? none : box.bottom - place * (box.bottom - box.top);
    }),
  );
  const marks = rows
    .map((at, n) => ({ run: at, look: colours.look(at), ys: ys[n], label: describe(app, at, [by, ...axes]) }))
    .sort((a, b) => a.look.rank - b.look.rank || Number(a.look.strong) - Number(b.look.strong));
  const lines = marks.map((mark) => ({
    ...mark,
    element: s("path", {
      d: flowing(xs, mark.ys, none),
      class: lineClass(app, mark.look.strong),
      style: `stroke:${mark.look.colour}`,
      "stroke-dasharray": app.looks?.size ? DASHES[mark.look.shape] : null,
    }),
  }));
  const label = `Parallel coordinates of ${plural(rows.length, "run")} over ${axes.map((axis) => axis.key).join(", ")}.`;
  const dense = lines.length > 300 ? " nbt-dense" : "";
  const svg = plot(
    width,
    height,
    label,
    s("g", { class: `nbt-lines${dense}` }, ...lines.map((line) => line.element)),
    ...axes.map((axis, i) =>
      parallelAxis(
        axis,
        scales[i],
        xs[i],
        box,
        ys.some((line) => line[i] === none),
      ),
    ),
  );
  const nearest = (/** @type {number} */ x, /** @type {number} */ y) => {
    const gap = Math.min(xs.length - 2, Math.max(0, xs.findIndex((right) => right > x) - 1));
    const t = xs.length > 1 ? Math.min(1, Math.max(0, (x - xs[gap]) / (xs[gap + 1] - xs[gap]))) : 0;
    return closest(
      lines.map((line) => Math.abs(eased(line.ys[gap], line.ys[gap + 1] ?? line.ys[gap], t) - y)),
      14,
      x,
      y,
    );
  };
  const controls = h(
    "div",
    { class: "nbt-controls" },
    choice("Colour", columnOptions(app), by?.id ?? "", (id) => app.set({ colour: id })),
    axesChoice(app, axes),
  );
  const open = panel.querySelector("details.nbt-axes")?.hasAttribute("open");
  panel.replaceChildren(
    controls,
    h("div", { class: "nbt-wide" }, interactive(app, svg, lines, nearest)),
    ...(colours.legend ? [colours.legend] : []),
  );
  if (open) panel.querySelector("details.nbt-axes")?.setAttribute("open", "");
}

const TICK = 12,
  NAME = 18;

/** @param {Column} axis @param {Scale} scale @returns {Scale} turned over where lower is better, so that up is better on every axis */
const bettersUp = (axis, scale) =>
  axis.dir !== "min"
    ? scale
    : {
        ...scale,
        place: (value) => {
          const at = scale.place(value);
          return at === null ? null : 1 - at;
        },
        ticks: scale.ticks.map((tick) => ({ ...tick, at: 1 - tick.at })),
      };

/** Params first, metrics last, so that lines flow from cause to effect. @param {App} app @returns {Column[]} */
function parallelAxes(app) {
  const order = { params: 0, tags: 1, run: 2, metrics: 3 };
  const able = app.data.columns.filter((c) => c.space !== "run" && c.differs && levels(c) <= 24);
  const chosen = app.state.axes;
  const rows = app.rows ?? [];
  const moves = able.filter((c) => new Set(rows.map((at) => words(c.values[at]))).size > 1);
  const few = [
    ...moves.filter((c) => c.space === "params" && coverage(c, rows) > 0.3).slice(0, 6),
    ...moves.filter((c) => c.space === "metrics").slice(0, 4),
  ];
  const axes = chosen ? able.filter((c) => chosen.includes(c.id)) : few.length > 1 ? few : able.slice(0, 8);
  return axes.sort(
    (a, b) => order[/** @type {keyof typeof order} */ (a.space)] - order[/** @type {keyof typeof order} */ (b.space)],
  );
}

/** @param {Column} column @returns {number} how many steps its axis would have; numbers need none */
const levels = (column) => (column.numeric ? 0 : new Set(column.values.map(words)).size);

/** @param {Column} column @param {number[]} rows @returns {number} the share of them that have a value */
const coverage = (column, rows) => rows.filter((at) => column.values[at] !== null).length / Math.max(1, rows.length);

/** @param {App} app @param {Column[]} axes @returns {HTMLElement} */
function axesChoice(app, axes) {
  const now = axes.map((axis) => axis.id);
  const able = app.data.columns.filter((c) => c.space !== "run" && c.differs && levels(c) <= 24);
  const box = (/** @type {Column} */ c) =>
    h(
      "label",
      null,
      h("input", {
        type: "checkbox",
        checked: now.includes(c.id),
        onchange: (event) => app.set({ axes: event.target.checked ? [...now, c.id] : now.filter((id) => id !== c.id) }),
      }),
      h("span", { text: cut(c.key, 40) }),
    );
  return h(
    "details",
    { class: "nbt-axes" },
    h("summary", { text: `Axes ${axes.length} of ${able.length}` }),
    h("div", null, ...able.map(box)),
  );
}

/** A path that leaves every axis level, so lines that cross can be told apart; nothing is drawn from missing to missing.
 * @param {number[]} xs @param {number[]} ys @param {number} none @returns {string} */
function flowing(xs, ys, none) {
  const parts = [`M${xs[0].toFixed(1)} ${ys[0].toFixed(1)}`];
  for (let i = 1; i < xs.length; i++) {
    const bend = (xs[i] - xs[i - 1]) * 0.4;
    if (ys[i] === none && ys[i - 1] === none) parts.push(`M${xs[i].toFixed(1)} ${none.toFixed(1)}`);
    else
      parts.push(
        `C${(xs[i - 1] + bend).toFixed(1)} ${ys[i - 1].toFixed(1)} ${(xs[i] - bend).toFixed(1)} ${ys[i].toFixed(1)} ${xs[i].toFixed(1)} ${ys[i].toFixed(1)}`,
      );
  }
  return parts.join("");
}

/** @param {number} a @param {number} b @param {number} t @returns {number} about the height of that path between two axes */
const eased = (a, b, t) => a + (b - a) * t * t * (3 - 2 * t);

/** @param {number[]} distances @param {number} limit @param {number} x @param {number} y */
function closest(distances, limit, x, y) {
  let at = -1;
  for (let i = 0; i < distances.length; i++)
    if (distances[i] <= limit && (at < 0 || distances[i] <= distances[at])) at = i;
  return at < 0 ? null : { at, x, y };
}

/** @param {Column} axis @param {Scale} scale @param {number} x @param {{top: number, bottom: number}} box @param {boolean} missing @returns {SVGElement} */
function parallelAxis(axis, scale, x, box, missing) {
  const better = axis.dir ? "▲ better" : scale.kind === "log" ? "log" : "";
  const shown =
    scale.ticks.length > 12 ? scale.ticks.filter((_, i) => i % Math.ceil(scale.ticks.length / 12) === 0) : scale.ticks;
  return s(
    "g",
    { transform: `translate(${x.toFixed(1)} 0)` },
    s("line", { class: "nbt-axis", y1: box.top, y2: box.bottom }),
    s(
      "text",
      { class: "nbt-axis-name", y: box.top - 24, "text-anchor": "middle" },
      s("title", { text: axis.key }),
      cut(axis.key, NAME),
    ),
    s("text", { class: "nbt-axis-note", y: box.top - 11, "text-anchor": "middle", text: better }),
    ...shown.flatMap((tick) => {
      const y = box.bottom - tick.at * (box.bottom - box.top);
      return [
        s("line", { class: "nbt-axis", x1: -3, x2: 3, y1: y, y2: y }),
        s("text", { class: "nbt-tick nbt-halo", x: -6, y: y + 3.5, "text-anchor": "end", text: cut(tick.text, TICK) }),
      ];
    }),
    missing &&
      s("text", { class: "nbt-tick nbt-halo", x: -6, y: box.bottom + 21.5, "text-anchor": "end", text: MISSING }),
  );
}

// --------------------------------------------------------------------------------------------------------- scatter

/** @param {App} app @param {HTMLElement} panel */
function drawScatter(app, panel) {
  const reason = unready(app);
  if (reason) return panel.replaceChildren(emptiness(...reason));
  const [xc, yc] = scatterAxes(app);
  const rows = (app.rows ?? []).filter((at) => xc.values[at] !== null && typeof yc.values[at] === "number");
  const by = colourColumn(app);
  const controls = h(
    "div",
    { class: "nbt-controls" },
    choice("x", columnOptions(app), xc.id, (x) => app.set({ x })),
    choice(
      "y",
      columnOptions(app, (c) => c.numeric),
      yc.id,
      (y) => app.set({ y }),
    ),
    colourChoice(app, by),
  );
  if (!rows.length)
    return panel.replaceChildren(controls, emptiness("Nothing to draw", "No run that matches has both values."));
  const width = chartWidth(panel),
    height = Math.min(400, Math.max(280, width * 0.5));
  const [sx, sy] = [scaleOf(xc, rows), scaleOf(yc, rows)];
  const box = { left: 62, right: width - 18, top: 14, bottom: height - 44 };
  const colours = colouring(app, by, rows);
  const marks = rows
    .map((at) => {
      const look = colours.look(at);
      const x = across(box, sx, xc.values[at]) + (sx.kind === "words" ? (((at * 0.618) % 1) - 0.5) * 26 : 0),
        y = upward(box, sy, yc.values[at]);
      return {
        run: at,
        x,
        y,
        look,
        label: describe(app, at, [xc, yc, by]),
        element: s("path", {
          d: SHAPES[look.shape],
          transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
          class: look.strong ? "nbt-dot" : "nbt-dot nbt-back",
          style: `fill:${look.colour}`,
        }),
      };
    })
    .sort((a, b) => a.look.rank - b.look.rank);
  const svg = plot(
    width,
    height,
    `Scatter of ${yc.key} over ${xc.key}, ${plural(rows.length, "run")}.`,
    frameOf(box, sx, sy, xc.key, yc.key + direction(yc)),
    s("g", null, ...marks.map((mark) => mark.element)),
  );
  const nearest = (/** @type {number} */ x, /** @type {number} */ y) =>
    closest(
      marks.map((mark) => Math.hypot(mark.x - x, mark.y - y)),
      18,
      x,
      y,
    );
  const hidden = (app.rows?.length ?? 0) - rows.length;
  const note = hidden
    ? h("div", { class: "nbt-note", text: `${plural(hidden, "run")} without both values not drawn` })
    : "";
  panel.replaceChildren(
    controls,
    interactive(app, svg, marks, nearest),
    ...(colours.legend ? [colours.legend] : []),
    note,
  );
}

/** @param {Column} c */
const direction = (c) => (c.dir === "max" ? " ▲ better" : c.dir === "min" ? " ▼ better" : "");

/** @param {App} app @returns {[Column, Column]} */
function scatterAxes(app) {
  const metric = /** @type {Column} */ (app.metric);
  const y = app.column(app.state.y) ?? metric;
  const able = app.data.columns.filter((c) => c.differs && c !== y && c.space !== "run");
  const full = able.filter((c) => coverage(c, app.rows ?? []) > 0.6);
  const x =
    app.column(app.state.x) ??
    full.find((c) => c.space === "params" && c.numeric) ??
    full.find((c) => c.numeric && c.space === "metrics" && !c.dir) ??
    full.find((c) => c.numeric) ??
    able[0] ??
    app.column("run.started") ??
    metric;
  return [x, y];
}

/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */

/** @param {Box} box @param {Scale} scale @param {Value} value @returns {number} */
const across = (box, scale, value) => box.left + 12 + (scale.place(value) ?? 0) * (box.right - box.left - 24);

/** @param {Box} box @param {Scale} scale @param {Value} value @returns {number} */
const upward = (box, scale, value) => box.bottom - 8 - (scale.place(value) ?? 0) * (box.bottom - box.top - 16);

/** @param {Box} box @param {Scale} sx @param {Scale} sy @param {string} xName @param {string} yName @returns {SVGElement} */
function frameOf(box, sx, sy, xName, yName) {
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

// ---------------------------------------------------------------------------------------------------------- curves

/** @param {App} app @param {HTMLElement} panel */
function drawCurves(app, panel) {
  const { curves } = app.data;
  if (!curves.length)
    return panel.replaceChildren(
      emptiness(
        "No metric was logged in steps",
        "Log one in a loop to see its curve here: nbtrack.log(loss=loss, step=epoch)",
      ),
    );
  const curve = curves.find((c) => c.metric === app.state.curve) ?? curves[0];
  const rows = new Set(app.rows ?? []);
  const series = curve.series.filter((one) => rows.has(one.run));
  const flat = series.flatMap((one) => one.values);
  const [low, high] = [
    flat.reduce((a, b) => Math.min(a, b), Infinity),
    flat.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  const log = low > 0 && (app.state.log ?? high / low > 100);
  const toggle = h(
    "label",
    { class: "nbt-choice" },
    h("input", {
      type: "checkbox",
      checked: log,
      disabled: low <= 0,
      onchange: (event) => app.set({ log: event.target.checked }),
    }),
    h("span", { text: "log scale" }),
  );
  const runs = series.map((one) => one.run);
  const by = app.state.colour ? colourColumn(app) : runs.length <= 8 ? undefined : varying(app, runs);
  const controls = h(
    "div",
    { class: "nbt-controls" },
    choice(
      "Metric",
      curves.map((c) => [c.metric, c.metric]),
      curve.metric,
      (metric) => app.set({ curve: metric, log: null }),
    ),
    colourChoice(app, by),
    toggle,
  );
  if (!series.length)
    return panel.replaceChildren(
      controls,
      emptiness("Nothing to draw", "No run that matches logged this metric in steps."),
    );
  const { holder, key } = curveChart(app, panel, curve, series, numberScale(low, high, log), by);
  const omitted = app.data.omitted.curves;
  panel.replaceChildren(
    controls,
    holder,
    ...(key ? [key] : []),
    omitted
      ? h("div", { class: "nbt-note", text: `${plural(omitted, "more curve")} left out to keep this output small` })
      : "",
  );
}

/** @param {App} app @param {HTMLElement} panel @param {Curve} curve @param {Series[]} series @param {Scale} sy @param {Column | undefined} by */
function curveChart(app, panel, curve, series, sy, by) {
  const width = chartWidth(panel),
    height = Math.min(400, Math.max(280, width * 0.45));
  const few = series.length <= 8;
  const named = width > 560 && (few || (app.looks?.size ?? 0) > 0);
  const box = { left: 62, right: width - (named ? 132 : 18), top: 14, bottom: height - 44 };
  const sx = numberScale(
    series.reduce((a, one) => Math.min(a, one.steps[0]), Infinity),
    series.reduce((a, one) => Math.max(a, one.steps[one.steps.length - 1]), -Infinity),
    false,
  );
  const colours = colouring(
    app,
    by,
    series.map((one) => one.run),
  );
  const marks = series
    .map((one) => {
      const look = colours.look(one.run);
      const points = one.steps.map((step, i) => [across(box, sx, step), upward(box, sy, one.values[i])]);
      const d = points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
      const dash = app.looks?.size || !by ? DASHES[look.shape] : "";
      return {
        run: one.run,
        look,
        points,
        series: one,
        label: describe(app, one.run, [by, app.column(`metrics.${curve.metric}`)]),
        element: s("path", {
          d,
          class: `${lineClass(app, look.strong)} nbt-curve`,
          style: `stroke:${look.colour}`,
          "stroke-dasharray": dash,
        }),
      };
    })
    .sort((a, b) => a.look.rank - b.look.rank);
  const ends = named ? endLabels(app, marks.filter((mark) => mark.look.strong).slice(-8), box) : [];
  const svg = plot(
    width,
    height,
    `Curves of ${curve.metric} over steps, ${plural(series.length, "run")}.`,
    frameOf(
      box,
      sx,
      sy,
      "step",
      curve.metric + (curve.dir === "max" ? " ▲ better" : curve.dir === "min" ? " ▼ better" : ""),
    ),
    s("g", { class: series.length > 60 ? "nbt-lines nbt-dense" : "nbt-lines" }, ...marks.map((mark) => mark.element)),
    ...ends,
  );
  const nearest = (/** @type {number} */ x, /** @type {number} */ y) =>
    closest(marks.map(({ points }) => heightAt(points, x) - y).map(Math.abs), 16, x, y);
  return { holder: interactive(app, svg, marks, nearest), key: few && !by && named ? null : colours.legend };
}

/** @param {App} app @param {number[]} runs @returns {Column | undefined} the column that tells these runs apart */
function varying(app, runs) {
  const differs = (/** @type {Column} */ c) =>
    c.space === "params" && new Set(runs.map((at) => words(c.values[at]))).size > 1;
  const group = app.group;
  return group && differs(group) ? group : (app.data.columns.find(differs) ?? app.metric);
}

/** @param {number[][]} points @param {number} x @returns {number} */
function heightAt(points, x) {
  if (x < points[0][0] - 8 || x > points[points.length - 1][0] + 8) return Infinity;
  const after = Math.max(
    1,
    points.findIndex((point) => point[0] >= x),
  );
  const [[x0, y0], [x1, y1]] = [points[after - 1], points[after] ?? points[after - 1]];
  return x1 > x0 ? y0 + ((y1 - y0) * (x - x0)) / (x1 - x0) : y1;
}

/** @param {App} app @param {{run: number, look: Look, points: number[][]}[]} marks @param {Box} box @returns {SVGElement[]} names at the lines' ends, moved apart where they would meet */
function endLabels(app, marks, box) {
  const labels = marks.map((mark) => ({ mark, y: mark.points[mark.points.length - 1][1] })).sort((a, b) => a.y - b.y);
  labels.forEach((label, i) => {
    if (i) label.y = Math.max(label.y, labels[i - 1].y + 14);
  });
  const over = Math.max(0, (labels[labels.length - 1]?.y ?? 0) - box.bottom);
  return labels.map(({ mark, y }) =>
    s(
      "g",
      { transform: `translate(${box.right + 4} ${(y - over).toFixed(1)})` },
      s("path", {
        d: SHAPES[mark.look.shape],
        style: `fill:${mark.look.colour}`,
        transform: "translate(4 0) scale(.8)",
      }),
      s("text", { class: "nbt-tick nbt-end", x: 13, y: 4, text: cut(app.data.runs[mark.run].name, 16) }),
    ),
  );
}

// ------------------------------------------------------------------------------------------------------- diff view

/** @param {App} app @param {HTMLElement} panel */
function drawDiff(app, panel) {
  const { data } = app;
  if (data.runs.length < 2)
    return panel.replaceChildren(emptiness("One run so far", "Track another run, then compare the two line by line."));
  const [a, b] = diffPair(app);
  const options = /** @type {[string, string][]} */ (
    data.runs.map((run) => [String(run.at), `${cut(run.name, 40)} · ${run.short}`])
  );
  const pick = (/** @type {string} */ label, /** @type {number} */ now, /** @type {"a" | "b"} */ side) =>
    choice(label, options, String(now), (at) => app.set({ [side]: Number(at), ...(side === "a" ? { b } : { a }) }));
  const swap = h("button", {
    type: "button",
    class: "nbt-button",
    text: "⇄ swap",
    onclick: () => app.set({ a: b, b: a }),
  });
  panel.replaceChildren(
    h("div", { class: "nbt-controls" }, pick("A", a, "a"), pick("B", b, "b"), swap),
    h(
      "div",
      { class: "nbt-diff" },
      diffSection(app, "Metrics", "metrics", a, b),
      diffSection(app, "Params", "params", a, b),
      diffSection(app, "Tags", "tags", a, b),
    ),
    sourceDiff(app, a, b),
  );
}

/** @param {App} app @returns {[number, number]} what was chosen here, else the two selected, else the best two */
function diffPair(app) {
  const { a, b, selected } = app.state;
  if (a >= 0 && b >= 0) return [a, b];
  if (selected.length >= 2) return [Math.min(selected[0], selected[1]), Math.max(selected[0], selected[1])];
  const metric = app.metric;
  const order = metric
    ? sorted(
        app.data.runs.map((run) => run.at),
        [{ id: metric.id, down: metric.dir !== "min" }],
        app.data,
      )
    : app.data.runs.map((run) => run.at);
  const first = selected[0] ?? order[0];
  return [order.find((at) => at !== first) ?? first, first];
}

/** @param {App} app @param {string} title @param {string} space @param {number} a @param {number} b @returns {HTMLElement | null} */
function diffSection(app, title, space, a, b) {
  const all = app.data.columns.filter((c) => c.space === space && (c.values[a] !== null || c.values[b] !== null));
  if (!all.length) return null;
  const moved = all.filter((c) => words(c.values[a]) !== words(c.values[b]));
  const same = all.filter((c) => !moved.includes(c));
  const rows = (/** @type {Column[]} */ columns) => h("tbody", null, ...columns.map((c) => diffRow(c, a, b)));
  const head = h(
    "thead",
    null,
    h(
      "tr",
      null,
      h("th", { scope: "col", text: title }),
      h("th", { scope: "col", class: "nbt-number" }, sideName(app, "A", a)),
      h("th", { scope: "col", class: "nbt-number" }, sideName(app, "B", b)),
      space === "metrics" && h("th", { scope: "col", class: "nbt-number", text: "B − A" }),
    ),
  );
  const table = moved.length
    ? h("table", { class: "nbt-pairs" }, head, rows(moved))
    : h("p", { class: "nbt-dim", text: `${title}: no difference` });
  const more = same.length
    ? h(
        "details",
        null,
        h("summary", { text: `${same.length} the same` }),
        h("table", { class: "nbt-pairs nbt-same" }, rows(same)),
      )
    : null;
  return h("section", { "aria-label": title }, table, more);
}

/** @param {App} app @param {string} side @param {number} at */
const sideName = (app, side, at) =>
  h("span", { title: app.data.runs[at].name }, h("b", { text: `${side} ` }), cut(app.data.runs[at].name, 22));

/** @param {Column} c @param {number} a @param {number} b @returns {HTMLElement} */
function diffRow(c, a, b) {
  const { text, verdict } = c.space === "metrics" ? delta(c, a, b) : { text: "", verdict: "" };
  const cell = (/** @type {number} */ at) =>
    h("td", {
      class: c.values[at] === null ? "nbt-number nbt-none" : "nbt-number",
      title: words(c.values[at]),
      text: cut(c.texts[at], 60),
    });
  return h(
    "tr",
    null,
    h("th", { scope: "row", title: c.key, text: cut(c.key, 40) }),
    cell(a),
    cell(b),
    c.space === "metrics" &&
      h(
        "td",
        { class: `nbt-number nbt-${verdict || "none"}` },
        text,
        verdict && h("span", { class: "nbt-word", text: ` ${verdict}` }),
      ),
  );
}

/** @param {App} app @param {number} a @param {number} b @returns {HTMLElement} */
function sourceDiff(app, a, b) {
  const [left, right] = [app.data.source(a), app.data.source(b)];
  if (left === null || right === null)
    return h(
      "section",
      { class: "nbt-source", "aria-label": "Cell" },
      h("p", {
        class: "nbt-dim",
        text: app.data.omitted.sources
          ? "Cell: the source is not in this output, which is kept small; %diff shows it."
          : "Cell: no source was recorded for both runs.",
      }),
    );
  const lines = diffLines(left, right);
  const changed = lines.filter((line) => line.kind !== "same").length;
  const title = changed
    ? `Cell: ${plural(lines.filter((line) => line.kind === "gone").length, "line")} removed, ${lines.filter((line) => line.kind === "new").length} added`
    : "Cell: the same source";
  const code = h(
    "div",
    { class: "nbt-code", role: "region", tabindex: "0", "aria-label": "Source of the two cells" },
    h("table", null, h("tbody", null, ...folded(lines).map(codeRow))),
  );
  return h(
    "section",
    { class: "nbt-source", "aria-label": "Cell" },
    changed ? h("p", { class: "nbt-heading", text: title }) : null,
    changed ? code : h("details", null, h("summary", { text: title }), code),
  );
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

/** @param {DiffLine | number} line @returns {HTMLElement} */
function codeRow(line) {
  if (typeof line === "number")
    return h(
      "tr",
      { class: "nbt-fold" },
      h("td", { colspan: 3 }),
      h("td", { text: `⋯ ${plural(line, "unchanged line")}` }),
    );
  const sign = { same: " ", gone: "−", new: "+" }[line.kind];
  const parts = line.parts.length
    ? line.parts.map((part) => (part.moved ? h("mark", { text: part.text }) : part.text))
    : [line.text];
  return h(
    "tr",
    { class: `nbt-${line.kind}` },
    h("td", { class: "nbt-line-number", text: line.a >= 0 ? line.a + 1 : "" }),
    h("td", { class: "nbt-line-number", text: line.b >= 0 ? line.b + 1 : "" }),
    h("td", { class: "nbt-sign", text: sign }),
    h("td", null, h("code", null, ...parts)),
  );
}

/** @type {View[]} */
const VIEWS = [
  { id: "table", text: "Table", draw: drawTable },
  { id: "parallel", text: "Parallel", draw: drawParallel },
  { id: "scatter", text: "Scatter", draw: drawScatter },
  { id: "curves", text: "Curves", draw: drawCurves },
  { id: "diff", text: "Diff", draw: drawDiff },
];

// ----------------------------------------------------------------------------------------------------------- homes

/** Show a comparison in an element, in place of what is there.
 * @param {HTMLElement} element @param {Payload} payload @param {(ids: string[]) => void} [selectionChanged] @returns {App} */
export function mount(element, payload, selectionChanged) {
  return new App(element, payload, selectionChanged);
}

/** Enhance the static table of a saved notebook or report. The element may join the page after its script has run.
 * @param {string} id @param {number} [tries] */
export function boot(id, tries = 60) {
  const home = document.getElementById(id);
  const app = /** @type {HTMLElement | null | undefined} */ (home?.querySelector(".nbt-app"));
  const data = home?.querySelector(".nbt-data");
  if (!home || !app || !data) return void (tries && requestAnimationFrame(() => boot(id, tries - 1)));
  if (home.dataset.mounted) return;
  home.dataset.mounted = "true";
  app.id = `${id}-app`;
  mount(app, JSON.parse(data.textContent ?? ""));
}

/** The anywidget: `payload` flows in, `selected` (run ids) flows out.
 * @param {{model: {get: (name: string) => any, set: (name: string, value: any) => void, on: (name: string, call: () => void) => void, off: (name: string, call: () => void) => void, save_changes: () => void}, el: HTMLElement}} context */
function render({ model, el }) {
  const home = h("div", { class: "nbt-app" });
  el.classList.add("nbt", "nbt-compare");
  el.dataset.lmSuppressShortcuts = "true";
  el.append(home);
  const app = mount(home, model.get("payload"), (ids) => {
    model.set("selected", ids);
    model.save_changes();
  });
  const renew = () => app.renew(model.get("payload"));
  model.on("change:payload", renew);
  return () => {
    model.off("change:payload", renew);
    app.observer.disconnect();
  };
}

export default { render };
