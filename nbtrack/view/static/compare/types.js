// @ts-check
/**
 * The shapes that the modules share: what a payload holds (as `view/payload.py` writes it), and what becomes of it.
 * Nothing here runs.
 */

/** @typedef {number | string | boolean | {f: string} | null} Value  a number, words, or `{f}`: nan, inf, -inf */
/** @typedef {"max" | "min" | null} Direction  which way a metric is better, where its name tells */
/**
 * @typedef {object} PackedColumn
 * @property {string} space
 * @property {string} key
 * @property {Direction} dir
 * @property {true} [usual]
 * @property {Value} [all]
 * @property {Value[]} [values]
 * @property {string[]} [words]
 * @property {number[]} [at]
 * @property {string[]} [odd]  what its words stand for beside text: none, date, map, number; float: whole floats
 */
/** @typedef {[run: number, count: number, first: number, distances: number | string, start: number | null, end: number | null, offsets: string, low: number, high: number, form: number, values: string]} PackedSeries */
/**
 * @typedef {object} Payload
 * @property {number} format
 * @property {number} [state]  of the comparison, as a live kernel counts
 * @property {string} title
 * @property {string} [style]  of the app, where the page has only that of the static table
 * @property {{id: string[], name: string[], experiment: string[], status: string[], started: number[], duration: (number | null)[], note: (string | null)[], ended?: (number | null)[], notebook?: (string | null)[], session?: (string | null)[], verdict?: (string | null)[]}} runs
 * @property {Record<string, [string, string]>} [flags]
 * @property {Record<string, string>} [errors]
 * @property {(number | null)[]} [sets]  on which of several sets of data each run was measured: the best is that of each
 * @property {PackedColumn[]} columns
 * @property {string[]} lines
 * @property {number[][]} sources
 * @property {number[]} cells
 * @property {number[][]} [slices]
 * @property {number[]} [upstream]
 * @property {number[]} [patches]
 * @property {{metric: string, dir: Direction, series: PackedSeries[]}[]} curves
 * @property {{sources: number, curves: number, slices?: number, patches?: number, about?: number}} omitted
 */

/** @typedef {{at: number, id: string, short: string, name: string, experiment: string, status: string, started: number, duration: number | null, note: string, flag: string, damage: string, error: string, ended: number | null, notebook: string | null, session: string | null, verdict: string | null}} Run */
/** @typedef {import("./column.js").Column} Column */
/** @typedef {{run: number, count: number, steps: number[], values: number[], times: number[] | null}} Series  values may be nan or infinite; times are seconds since the run began */
/** @typedef {{metric: string, dir: Direction, series: Series[]}} Curve */
/**
 * @typedef {object} Data
 * @property {string} title
 * @property {Run[]} runs
 * @property {Column[]} columns
 * @property {Curve[]} curves
 * @property {(at: number) => string | null} source
 * @property {(at: number) => string[] | null} upstream  the sources of the cells behind a run, oldest first
 * @property {(at: number) => string | null} patch  what differed from the commit
 * @property {(at: number, what: "cells" | "upstream" | "patches") => boolean} leftOut  whether it was recorded, and there was no room for it
 * @property {(at: number, figures?: boolean) => string} words  what is searched of a run; without its numbers where those cannot hold what is looked for
 * @property {{sources: number, curves: number, slices?: number, patches?: number, about?: number}} omitted
 */

/** @typedef {import("./annotate.js").Change} Change */
/** @typedef {{alive: boolean, fixed?: boolean, edit: (change: Change) => void}} Link  the way to the store, while a kernel listens; `fixed` where nothing can be written there */
/** @typedef {{id: string, down: boolean}} SortKey */
/** @typedef {{not: boolean, text?: string, column?: Column, op?: string, value?: string}} Term */
/** @typedef {{space: string, key: string, at: number}} Name  what a filter's test looks at */
/** @typedef {{value: string | number | bigint | boolean, at: number}} Question  a value written in a filter */
/**
 * @typedef {{do: "compare", name: Name, sign: string, value: Question} | {do: "among", name: Name, values: Question[], not: boolean}
 *  | {do: "like", name: Name, how: string, pattern: string, not: boolean} | {do: "missing", name: Name, not: boolean}
 *  | {do: "and", parts: Test[], depth: number} | {do: "or", parts: Test[], depth: number} | {do: "not", part: Test, depth: number}} Test
 */
/** @typedef {{where: Test | null, order: {name: Name, down: boolean}[], limit: number | null}} Asked  a whole filter */
/** @typedef {{message: string, told: import("./phrases.js").Told, at: number, meant: string}} Problem  what is wrong with a filter, in English and to be said otherwise, where, and what was probably meant there */
/** @typedef {{place: (value: Value) => number | null, back: (at: number) => number, ticks: {at: number, text: string}[], kind: "line" | "log" | "words" | "clock"}} Scale */
/** @typedef {[number, number] | string[]} Brush  the ends of a stretch of numbers, or the words that are marked */

/** @typedef {[run: string, metric: string, step: number, value: Value, time: number | null, count: number]} LastPoint  the last point of a series that grows */
/**
 * What a page and its kernel say to each other; `running` is whether some run shown may still grow.
 * @typedef {({do: "hello", state: number} | {do: "edit", number: number, change: Change} | {do: "select", ids: string[]}
 *   | {do: "link"} | {do: "lost"} | {do: "here"} | {do: "saving"} | {do: "done", number: number, problem?: string}
 *   | {do: "news", state: number, whole?: boolean, partial?: boolean, payload: Payload | null, gone?: string[], points?: LastPoint[]}) & {running?: boolean}} Message
 */
/** @typedef {import("./app.js").App} App */
/** @typedef {{id: string, text: string, draw: (app: App, panel: HTMLElement) => void, fits?: (data: Data) => boolean}} View */
/** @typedef {{colour: string, shape: number}} Look */
/** @typedef {{look: (run: number) => Look & {strong: boolean, rank: number}, legend: HTMLElement | null}} Colouring */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */
/** @typedef {{at: number, id: string, x: number, y: number}} Hit  a mark of a chart by its place and its name, and the pixel that is pointed at */
/** @typedef {{x: number, y: number, start?: Brush | null}} Point  and what was marked when a drag began there */
/**
 * @typedef {object} Model  what a chart draws, and what it does
 * @property {number} width
 * @property {number} height
 * @property {string} label
 * @property {Node[]} nodes
 * @property {(hit: Hit) => number[]} runOf  which runs a mark stands for
 * @property {(x: number, y: number) => Hit | null} nearest
 * @property {(hit: Hit | null, key: string) => Hit | null} walk  where a key leads from a mark; with no key, where the mark is now
 * @property {(hit: Hit) => {nodes: Node[], tip: Node[], say: string}} heat  a mark highlighted, and in words
 * @property {(hit: Hit | null) => void} [echo]  told of every highlight
 * @property {(from: Point, to: Point) => Record<string, number>} [marking]  the rectangle of a drag
 * @property {(from: Point, to: Point, event: PointerEvent) => void} [marked]  what a drag does
 * @property {(at: Point) => boolean} [grabs]  whether a finger that presses here drags, and does not scroll
 * @property {(at: Point) => boolean} [clicked]  whether a click did something else than to select a run
 * @property {() => void} [reset]
 * @property {(key: string) => boolean} [press]  whether a key did something
 */

/**
 * @typedef {object} Line  a run's curve, or the mean of several runs' curves
 * @property {string} id
 * @property {number[]} runs
 * @property {string} name
 * @property {Look & {strong: boolean, rank: number}} look
 * @property {number[]} xs
 * @property {number[]} ys
 * @property {number[] | null} raw  what `ys` was smoothed from
 * @property {number[]} [low]  of the mean's interval
 * @property {number[]} [high]
 * @property {number[]} [n]
 * @property {boolean} running
 */

export {};
