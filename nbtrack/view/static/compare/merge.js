// @ts-check
/** What is new since, merged into what is shown. Nothing that a person sees moves more than it must: runs and columns
 * keep their places, new ones come behind them. */
/** @import { Curve, Data, LastPoint, Run, Series, Value } from "./types.js" */
import { Column } from "./column.js";
import { words } from "./format.js";
import { searched } from "./payload.js";

/** So many points of a growing series are kept; then every second one of its older half goes. */
const MOST = 2000;

const ODD = new Map([["inf", Infinity], ["-inf", -Infinity]]);

/** @typedef {{data: Data, at: number}} Origin  the data that a run came with, and its number there */
/** Where what is asked for by a run's number is known. @type {WeakMap<Data, Origin[]>} */
const origins = new WeakMap();

/** @typedef {{id: string, old: number, now: number}} Place  a run's number in the old data and in the news, or -1 */

/** Merge `news` (some runs as they are now) into `old`. With `partial`, the news has only metrics and what the table
 * says of a run; everything else of runs that are known stays. Neither `old` nor `news` is changed.
 * @param {Data} old @param {Data | null} news @param {{gone?: string[], partial?: boolean, points?: LastPoint[]}} [more] @returns {Data} */
export function merge(old, news, { gone = [], partial = false, points = [] } = {}) {
  if (news && !old.runs.length) return news;
  const places = placed(old, news, gone);
  const same = places.length === old.runs.length && places.every(({ old: at }, now) => at === now);
  const runs = places.map(({ old: was, now }, at) =>
    now >= 0 && news ? { ...news.runs[now], at } : was === at ? old.runs[at] : { ...old.runs[was], at },
  );
  const columns = mergedColumns(old, news, places, runs, same, partial);
  /** @type {Data} */
  const data = { ...old, runs, columns, curves: mergedCurves(old, news, places, same, points) };
  if (!(same && (partial || !news))) answer(data, old, places.map((place) => originOf(old, news, place, partial)));
  else if (origins.has(old)) origins.set(data, /** @type {Origin[]} */ (origins.get(old)));
  else origins.set(data, places.map((place) => origin(old, place.old)));
  data.words = searched(runs, columns.filter((c) => c.space !== "run"));
  return data;
}

/** @param {Data} data @param {number} at @returns {Origin} */
const origin = (data, at) => origins.get(data)?.[at] ?? { data, at };

/** @param {Data} old @param {Data | null} news @param {Place} place @param {boolean} partial @returns {Origin} */
const originOf = (old, news, { old: was, now }, partial) =>
  news && now >= 0 && !(partial && was >= 0) ? origin(news, now) : origin(old, was);

/** What is asked for by a run's number is answered by the data that the run came with.
 * @param {any} data @param {any} old @param {{data: any, at: number}[]} own */
function answer(data, old, own) {
  origins.set(data, own);
  for (const name of Object.keys(old))
    if (typeof old[name] === "function")
      data[name] = (/** @type {number} */ at, /** @type {any[]} */ ...rest) =>
        own[at] ? own[at].data[name](own[at].at, ...rest) : null;
}

/** @param {Data} old @param {Data | null} news @param {string[]} gone @returns {Place[]} the runs there are now, in order */
function placed(old, news, gone) {
  const left = new Set(gone);
  const fresh = new Map((news?.runs ?? []).map((run) => [run.id, run.at]));
  const places = old.runs
    .filter((run) => !left.has(run.id))
    .map((run) => ({ id: run.id, old: run.at, now: fresh.get(run.id) ?? -1 }));
  const known = new Set(old.runs.map((run) => run.id));
  for (const [id, now] of fresh) if (!known.has(id)) places.push({ id, old: -1, now });
  return places;
}

/** @param {Data} old @param {Data | null} news @param {Place[]} places @param {Run[]} runs @param {boolean} same whether no run came or went @param {boolean} partial @returns {Column[]} */
function mergedColumns(old, news, places, runs, same, partial) {
  const fresh = new Map((news?.columns ?? []).map((c) => [c.id, c]));
  const changed = places.filter((place) => place.now >= 0);
  const columns = old.columns.map((c) => {
    if (c.id === "run.note") return new Column("run", "note", runs.map((run) => run.note || null));
    const now = fresh.get(c.id);
    return same && !touched(c, now, changed, partial) ? c : joined(c, now, places, partial);
  });
  const known = new Set(old.columns.map((c) => c.id));
  for (const c of fresh.values())
    if (!known.has(c.id)) {
      const last = columns.findLastIndex((other) => other.space === c.space);
      columns.splice(last < 0 ? columns.length : last + 1, 0, joined(undefined, c, places, partial));
    }
  return columns;
}

/** @param {Column} c @param {Column | undefined} now @param {Place[]} changed @param {boolean} partial @returns {boolean} whether a value changed */
const touched = (c, now, changed, partial) =>
  changed.some((place) => !alike(c.values[place.old], valueOf(c, now, place, partial)));

/** @param {Column | undefined} c @param {Column | undefined} now @param {Place} place @param {boolean} partial @returns {Value} */
function valueOf(c, now, place, partial) {
  if (place.now >= 0 && now) return now.values[place.now];
  if (place.old >= 0 && c && (place.now < 0 || partial)) return c.values[place.old];
  return (c ?? now)?.id === "run.condition" ? "whole" : null;
}

/** @param {Value | undefined} a @param {Value | undefined} b @returns {boolean} */
const alike = (a, b) =>
  a === b || (typeof a === "object" && typeof b === "object" && a !== null && b !== null && a.f === b.f);

/** @param {Column | undefined} c @param {Column | undefined} now @param {Place[]} places @param {boolean} partial @returns {Column} */
function joined(c, now, places, partial) {
  const { space, key, dir } = /** @type {Column} */ (c ?? now);
  const values = places.map((place) => valueOf(c, now, place, partial));
  const texts =
    space === "run"
      ? places.map((place, at) => (place.now >= 0 ? now?.texts[place.now] : c?.texts[place.old]) ?? words(values[at]))
      : undefined;
  const usual = (c?.usual ?? true) && (now?.usual ?? true) && !(c && !c.usual);
  const column = new Column(space, key, values, { dir, usual, texts });
  column.leads ||= c?.leads ?? false;
  column.odd = [...new Set([...(c?.odd ?? []), ...(now?.odd ?? [])])];
  return column;
}

/** @param {Data} old @param {Data | null} news @param {Place[]} places @param {boolean} same @param {LastPoint[]} points @returns {Curve[]} */
function mergedCurves(old, news, places, same, points) {
  const fresh = new Map((news?.curves ?? []).map((curve) => [curve.metric, curve]));
  /** @type {Map<string, LastPoint[]>} */
  const growing = new Map();
  for (const point of points) growing.set(point[1], [...(growing.get(point[1]) ?? []), point]);
  const number = new Map(places.map((place, at) => [place.id, at]));
  const known = new Map(old.curves.map((curve) => [curve.metric, curve]));
  const metrics = new Set([...known.keys(), ...fresh.keys(), ...growing.keys()]);
  return [...metrics].map((metric) => {
    const was = known.get(metric),
      now = fresh.get(metric),
      more = growing.get(metric) ?? [];
    if (was && same && !now && !more.length) return was;
    const series = seriesOf(was, now, places);
    for (const point of more) grow(series, number.get(point[0]) ?? -1, point);
    return { metric, dir: (was ?? now)?.dir ?? null, series: [...series.values()] };
  });
}

/** @param {Curve | undefined} was @param {Curve | undefined} now @param {Place[]} places @returns {Map<number, Series>} by the run's number */
function seriesOf(was, now, places) {
  const before = new Map((was?.series ?? []).map((each) => [each.run, each]));
  const after = new Map((now?.series ?? []).map((each) => [each.run, each]));
  /** @type {Map<number, Series>} */
  const series = new Map();
  places.forEach((place, run) => {
    const chosen = fuller(before.get(place.old), after.get(place.now));
    if (chosen) series.set(run, { ...chosen, run });
  });
  return series;
}

/** @param {Series | undefined} was @param {Series | undefined} now @returns {Series | undefined} the one that tells more: the longer record, of the same record the one with more points */
const fuller = (was, now) =>
  was && now ? (now.count > was.count || (now.count === was.count && now.steps.length >= was.steps.length) ? now : was) : (now ?? was);

/** Add the last point of a series that is still growing; those between are asked for later.
 * @param {Map<number, Series>} series @param {number} run @param {LastPoint} point */
function grow(series, run, [, , step, value, time, count]) {
  if (run < 0) return;
  const was = series.get(run) ?? { run, count: 0, steps: [], values: [], times: time === null ? null : [] };
  if (was.steps.length && step <= was.steps[was.steps.length - 1]) return;
  const number = typeof value === "number" ? value : ODD.get(words(value)) ?? NaN;
  const room = was.steps.length > MOST ? thinned(was) : was;
  series.set(run, {
    ...room,
    count,
    steps: [...room.steps, step],
    values: [...room.values, number],
    times: room.times && time !== null ? [...room.times, time] : null,
  });
}

/** @param {Series} series @returns {Series} */
function thinned(series) {
  const kept = (/** @type {unknown} */ _, /** @type {number} */ at) => at >= MOST / 2 || at % 2 === 0;
  return { ...series, steps: series.steps.filter(kept), values: series.values.filter(kept), times: series.times?.filter(kept) ?? null };
}
