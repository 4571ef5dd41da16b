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
 */
/** @typedef {[number, number, number, number, number, number, string, number]} PackedSeries */
/**
 * @typedef {object} Payload
 * @property {number} format
 * @property {string} title
 * @property {{id: string[], name: string[], experiment: string[], status: string[], started: number[], duration: (number | null)[], note: (string | null)[]}} runs
 * @property {Record<string, [string, string]>} [flags]
 * @property {PackedColumn[]} columns
 * @property {string[]} lines
 * @property {number[][]} sources
 * @property {number[]} cells
 * @property {{metric: string, dir: Direction, series: PackedSeries[]}[]} curves
 * @property {{sources: number, curves: number}} omitted
 */

/** @typedef {{at: number, id: string, short: string, name: string, experiment: string, status: string, started: number, duration: number | null, note: string, flag: string, damage: string}} Run */
/** @typedef {import("./column.js").Column} Column */
/** @typedef {{run: number, steps: number[], values: number[], count: number}} Series */
/** @typedef {{metric: string, dir: Direction, series: Series[]}} Curve */
/**
 * @typedef {object} Data
 * @property {string} title
 * @property {Run[]} runs
 * @property {Column[]} columns
 * @property {Curve[]} curves
 * @property {(at: number) => string | null} source
 * @property {(at: number) => string} words
 * @property {{sources: number, curves: number}} omitted
 */

/** @typedef {{id: string, down: boolean}} SortKey */
/** @typedef {{not: boolean, text?: string, column?: Column, op?: string, value?: string}} Term */
/** @typedef {{place: (value: Value) => number | null, ticks: {at: number, text: string}[], kind: "line" | "log" | "words"}} Scale */

/** @typedef {import("./app.js").App} App */
/** @typedef {{id: string, text: string, draw: (app: App, panel: HTMLElement) => void, fits?: (data: Data) => boolean}} View */
/** @typedef {{colour: string, shape: number}} Look */
/** @typedef {{look: (run: number) => Look & {strong: boolean, rank: number}, legend: HTMLElement | null}} Colouring */
/** @typedef {{run: number, element: SVGElement, label: () => string}} Mark */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Box */

export {};
