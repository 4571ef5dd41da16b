// @ts-check
/** From a payload to the data that every view draws from. */
/** @import { Data, Payload, Run } from "./types.js" */
import { Column, unpackColumn } from "./column.js";
import { duration, moment, verdict, words } from "./format.js";
import { unpackCurve } from "./series.js";

/** Unfold a payload. Columns come in reading order: metrics, then what differs, then what is the same everywhere or
 * was left at its default.
 * @param {Payload} payload @returns {Data} */
export function unfold(payload) {
  const flags = payload.flags ?? {};
  const own = ownColumns(payload.runs, flags);
  const recorded = payload.columns.map((column) => unpackColumn(column, payload.runs.id.length));
  if (payload.sets) for (const column of recorded) column.part(payload.sets);
  promote(recorded);
  const columns = [...recorded, ...own].sort((a, b) => standing(a) - standing(b));
  const runs = unfoldRuns(payload.runs, flags, payload.errors ?? {});
  const sources = payload.sources.map((places) => places.map((place) => payload.lines[place]).join("\n"));
  const telling = recorded.filter((c) => c.space !== "about" || c.differs);
  return {
    title: payload.title,
    runs,
    columns,
    omitted: payload.omitted,
    curves: payload.curves.map(unpackCurve),
    source: (at) => sources[payload.cells[at]] ?? null,
    upstream: (at) => payload.slices?.[payload.upstream?.[at] ?? -1]?.map((place) => sources[place]) ?? null,
    patch: (at) => sources[payload.patches?.[at] ?? -1] ?? null,
    leftOut: (at, what) => payload[what]?.[at] === -2,
    words: searched(runs, telling),
  };
}

/** Where nobody chose anything that differs, the defaults that differ are all there is to see. @param {Column[]} columns */
function promote(columns) {
  if (columns.some((c) => c.leads && c.space !== "metrics")) return;
  for (const c of columns) c.leads ||= c.differs && c.space !== "about";
}

/** @param {Column} c @returns {number} */
const standing = (c) => (c.id === "run.verdict" ? -1 : c.leads ? 0 : c.usual ? 2 : 1);

/** @param {Payload["runs"]} packed @param {Record<string, [string, string]>} flags @param {Record<string, string>} errors @returns {Run[]} */
const unfoldRuns = (packed, flags, errors) =>
  packed.id.map((id, at) => ({
    at,
    id,
    short: id.slice(id.lastIndexOf("-") + 1).slice(0, 6),
    name: packed.name[at],
    experiment: packed.experiment[at],
    status: packed.status[at],
    started: packed.started[at],
    duration: packed.duration[at],
    note: packed.note[at] ?? "",
    flag: flags[at]?.[0] ?? "",
    damage: flags[at]?.[1] ?? "",
    error: errors[at] ?? "",
    ended: packed.ended?.[at] ?? null,
    verdict: packed.verdict?.[at] ?? null,
    notebook: packed.notebook?.[at] ?? null,
    session: packed.session?.[at] ?? null,
  }));

/** @param {Payload["runs"]} runs @param {Record<string, [string, string]>} flags @returns {Column[]} the columns every run has; the condition of the records where some are not whole */
const ownColumns = (runs, flags) => [
  new Column("run", "experiment", runs.experiment),
  new Column("run", "status", runs.status),
  new Column("run", "duration", runs.duration, { write: duration }),
  new Column("run", "started", runs.started, { write: moment }),
  ...(Object.keys(flags).length ? [new Column("run", "condition", runs.id.map((_, at) => flags[at]?.[0] ?? "whole"))] : []),
  ...(runs.verdict ? [Object.assign(new Column("run", "verdict", runs.verdict, { write: verdict }), { leads: true })] : []),
];

/** What the filter's plain words are looked for in, written when first asked for; with its numbers, which take longest to
 * write, only where these are asked for. @param {Run[]} runs @param {Column[]} columns @returns {Data["words"]} */
export function searched(runs, columns) {
  /** @type {string[][]} */
  const known = [[], []];
  return (at, figures = true) => (known[Number(figures)][at] ??= haystack(runs[at], columns, figures));
}

/** @param {Run} run @param {Column[]} columns @param {boolean} figures @returns {string} */
function haystack(run, columns, figures) {
  let text = `${run.name}\n${run.id}\n${run.experiment}\n${run.status}\n${run.flag}\n${run.note}`;
  for (const { key, values } of columns) {
    const value = values[run.at];
    if (value !== null) text += typeof value === "number" && !figures ? `\n${key}` : `\n${key}=${words(value)}`;
  }
  return text.toLowerCase();
}
