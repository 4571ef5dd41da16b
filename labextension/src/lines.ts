import type { Data, Run, Column, Problem, Value } from '../../nbtrack/view/static/compare/types.js';
import { COLLATE, ofTraining } from '../../nbtrack/view/static/compare/column.js';
import { MISSING } from '../../nbtrack/view/static/compare/format.js';
import { filtered } from '../../nbtrack/view/static/compare/filter.js';
import { ARCHIVED, STARRED } from './book';

/** What every run can be grouped by; beside these, any param or tag, by the id of its column. */
export const GROUPS = ['none', 'experiment', 'cell', 'notebook', 'status'] as const;

/** A row of the list: a run by its number, or the head of a group. */
export type Line = { run: number } | { group: string; label: string; count: number; open: boolean };

export interface Wish {
  filter: string;
  /** One of `GROUPS`, or a column's id. */
  by: string;
  folded: ReadonlySet<string>;
  archived: boolean;
  /** Only runs of this notebook, by the path that the page has for it; null for all. */
  notebook: string | null;
  /** What a run's cell is called where it is known: "[4] model = …". */
  cell?: (run: Run) => string | null;
  /** What the group of runs is called that belong to no cell, or no notebook, that is known. */
  others?: string;
  /** What is shown of a group's key, where that is another word. */
  named?: (key: string) => string;
}

export interface Lines {
  lines: Line[];
  /** How many runs pass. */
  count: number;
  problem: Problem | null;
}

/** The rows of the list: the runs that pass, starred ones first and then the newest, in groups. */
export function lines(data: Data, wish: Wish): Lines {
  const { rows, ordered, problem } = filtered(wish.filter, data);
  const archived = wish.archived ? undefined : tag(data, ARCHIVED);
  const mine = wish.notebook === null ? () => true : recordedAs(wish.notebook);
  const passing = rows.filter(at => !archived?.values[at] && mine(data.runs[at].notebook));
  const runs = ordered ? passing : inOrder(data, passing);
  return { lines: grouped(data, runs, wish), count: runs.length, problem };
}

/** Whether a notebook's path as a run has it - on the machine, or a name - is the one that the page has, of its server's folder. */
function recordedAs(path: string): (recorded: string | null) => boolean {
  const known = new Map<string | null, boolean>([[null, false]]);
  const local = path.split(':').pop()!;
  const same = (recorded: string) => recorded === local || recorded.endsWith(`/${local}`) || local.endsWith(`/${recorded}`);
  return recorded => {
    const before = known.get(recorded);
    if (before !== undefined) return before;
    const now = same(recorded!.replaceAll('\\', '/'));
    known.set(recorded, now);
    return now;
  };
}

/** Where each run stands: starred ones first, and then the newest. Worked out once for the same data. */
const standings = new WeakMap<Data, number[]>();

function inOrder(data: Data, passing: number[]): number[] {
  let all = standings.get(data);
  if (!all) {
    const starred = tag(data, STARRED)?.values ?? [];
    const star = (at: number) => (starred[at] ? 1 : 0);
    all = data.runs.map(run => run.at).sort((a, b) => star(b) - star(a) || data.runs[b].started - data.runs[a].started || b - a);
    standings.set(data, all);
  }
  if (passing.length === all.length) return all;
  const passes = new Uint8Array(data.runs.length);
  for (const at of passing) passes[at] = 1;
  return all.filter(at => passes[at]);
}

function grouped(data: Data, runs: number[], wish: Wish): Line[] {
  if (wish.by === 'none') return runs.map(run => ({ run }));
  const column = data.columns.find(each => each.id === wish.by);
  const groups = new Map<string, number[]>();
  for (const at of runs) {
    const key = keyOf(data.runs[at], wish, column);
    const group = groups.get(key);
    if (group) group.push(at);
    else groups.set(key, [at]);
  }
  const sorted = column ? [...groups].sort((a, b) => byValue(column.values[a[1][0]], column.values[b[1][0]])) : [...groups];
  return sorted.flatMap(([key, own]): Line[] => {
    const open = !wish.folded.has(key);
    const head = { group: key, label: column ? `${column.key} = ${key}` : (wish.named?.(key) ?? key), count: own.length, open };
    return [head, ...(open ? own.map(run => ({ run })) : [])];
  });
}

/** Numbers by size, words by alphabet, runs without a value last. */
function byValue(a: Value, b: Value): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return typeof a === 'number' && typeof b === 'number' ? a - b : COLLATE(String(a), String(b));
}

function keyOf(run: Run, wish: Wish, column: Column | undefined): string {
  if (column) return column.values[run.at] === null ? MISSING : column.text(run.at);
  switch (wish.by) {
    case 'experiment':
      return run.experiment;
    case 'status':
      return run.status;
    case 'notebook':
      return run.notebook?.split(/[\\/]/).pop() ?? wish.others ?? MISSING;
    case 'cell':
      return wish.cell?.(run) ?? wish.others ?? MISSING;
    default:
      return MISSING; // a column that no run has any more
  }
}

/** The params and tags that runs can be grouped by: those that tell runs apart, in few enough values to make groups. */
export const groupable = (data: Data): Column[] =>
  data.columns.filter(column => (column.space === 'params' || column.space === 'tags') && column.differs && !OWN.has(column.id) && levels(column) <= MOST_GROUPS);

const OWN = new Set([`tags.${ARCHIVED}`, `tags.${STARRED}`]);
const MOST_GROUPS = 200;
const counted = new WeakMap<Column, number>();

function levels(column: Column): number {
  let count = counted.get(column);
  if (count === undefined) counted.set(column, (count = new Set(column.values.map(value => (typeof value === 'object' ? JSON.stringify(value) : value))).size));
  return count;
}

/** The column of a tag, where a run has it. */
export const tag = (data: Data, key: string): Column | undefined =>
  data.columns.find(column => column.space === 'tags' && column.key === key);

/** The metrics that can stand beside a run's name. */
export const metricsOf = (data: Data): Column[] => data.columns.filter(column => column.space === 'metrics' && column.numeric);

/** How many runs have a value. */
const had = new WeakMap<Column, number>();

function spread(column: Column): number {
  let count = had.get(column);
  if (count === undefined) had.set(column, (count = column.values.reduce<number>((sum, value) => sum + Number(value !== null), 0)));
  return count;
}

/** The metric people most likely care about: of those whose better direction is known, the one that most runs have, and
 * of several one that is not of training data. Of a few runs, such as those of a cell, it is one that they have. */
export function chosenMetric(data: Data, wanted = '', runs?: readonly Run[]): Column | undefined {
  const count = (column: Column) => (runs ? runs.filter(run => column.values[run.at] !== null).length : spread(column));
  const metrics = metricsOf(data).filter(column => !runs || count(column));
  const asked = metrics.find(column => column.key === wanted);
  if (asked) return asked;
  const rank = (column: Column) => 2 * count(column) + Number(!ofTraining(column.key));
  const best = (some: Column[]) => some.reduce<Column | undefined>((a, b) => (!a || rank(b) > rank(a) ? b : a), undefined);
  return best(metrics.filter(column => column.dir)) ?? best(metrics);
}

/** For each run, the value that the run before it of the same experiment had. Worked out once for the same column and runs. */
export function before(data: Data, column: Column): Value[] {
  const known = earlier.get(column);
  if (known?.runs === data.runs) return known.values;
  const last = new Map<string, Value>();
  const values = data.runs.map(run => {
    const value = last.get(run.experiment) ?? null;
    if (column.values[run.at] !== null) last.set(run.experiment, column.values[run.at]);
    return value;
  });
  earlier.set(column, { runs: data.runs, values });
  return values;
}

const earlier = new WeakMap<Column, { runs: Run[]; values: Value[] }>();

/** The run before another one, of the same experiment. */
export function previousRun(data: Data, run: Run): Run | undefined {
  for (let at = run.at - 1; at >= 0; at--) if (data.runs[at].experiment === run.experiment) return data.runs[at];
  return undefined;
}

/** Values that came with news have ten digits. */
const NEAR = 1e-9;

/** How a value of a metric compares with the one before: which way it went, and whether that is better. */
export function change(now: unknown, was: unknown, dir: 'max' | 'min' | null): { sign: '▲' | '▼' | '='; better: boolean | null } | null {
  if (typeof now !== 'number' || typeof was !== 'number' || Number.isNaN(now) || Number.isNaN(was)) return null;
  if (now === was || Math.abs(now - was) <= NEAR * Math.max(Math.abs(now), Math.abs(was))) return { sign: '=', better: null };
  const up = now > was;
  return { sign: up ? '▲' : '▼', better: dir === null ? null : up === (dir === 'max') };
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60_000, 'second'],
  [3_600_000, 'minute'],
  [86_400_000, 'hour'],
  [2_592_000_000, 'day'],
  [31_536_000_000, 'month'],
  [Infinity, 'year']
];
const SIZES: Record<string, number> = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, month: 2_592_000_000, year: 31_536_000_000 };
const formats = new Map<string | undefined, Intl.RelativeTimeFormat>();

/** When something was, seen from now: "5m ago". Within a minute it is now, so that nothing ticks. */
export function ago(then: number, now: number, locale?: string): string {
  const past = Math.max(0, now - then);
  const unit = (STEPS.find(([limit]) => past < limit) ?? STEPS[STEPS.length - 1])[1];
  let format = formats.get(locale);
  if (!format) formats.set(locale, (format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'narrow' })));
  return format.format(unit === 'second' ? 0 : -Math.round(past / SIZES[unit]), unit);
}
