import type { Data, Run, Column } from '../../nbtrack/view/static/compare/types.js';
import { filtered } from '../../nbtrack/view/static/compare/filter.js';
import { ARCHIVED, STARRED } from './book';

/** What the list can be grouped by. */
export const GROUPS = ['none', 'experiment', 'cell', 'notebook', 'status'] as const;
export type Group = (typeof GROUPS)[number];

/** A row of the list: a run by its number, or the head of a group. */
export type Line = { run: number } | { group: string; label: string; count: number; open: boolean };

export interface Wish {
  filter: string;
  by: Group;
  folded: ReadonlySet<string>;
  archived: boolean;
  /** Only runs of this notebook, by its path as runs have it; null for all. */
  notebook: string | null;
  /** What a run's cell is called where it is known: "[4] model = …". */
  cell?: (run: Run) => string | null;
}

export interface Lines {
  lines: Line[];
  /** How many runs pass. */
  count: number;
  problem: { message: string; at: number } | null;
}

/** The rows of the list: the runs that pass, starred ones first and then the newest, in groups. */
export function lines(data: Data, wish: Wish): Lines {
  const { rows, ordered, problem } = filtered(wish.filter, data);
  const archived = tag(data, ARCHIVED);
  const starred = tag(data, STARRED);
  const passing = rows.filter(at => wish.archived || !archived?.values[at]);
  const mine = wish.notebook === null ? passing : passing.filter(at => data.runs[at].notebook === wish.notebook);
  const runs = ordered ? mine : mine.sort((a, b) => standing(b) - standing(a) || data.runs[b].started - data.runs[a].started);
  return { lines: grouped(data, runs, wish), count: runs.length, problem };

  function standing(at: number): number {
    return starred?.values[at] ? 1 : 0;
  }
}

function grouped(data: Data, runs: number[], wish: Wish): Line[] {
  if (wish.by === 'none') return runs.map(run => ({ run }));
  const groups = new Map<string, number[]>();
  for (const at of runs) {
    const key = keyOf(data.runs[at], wish);
    const group = groups.get(key);
    if (group) group.push(at);
    else groups.set(key, [at]);
  }
  return [...groups].flatMap(([key, own]): Line[] => {
    const open = !wish.folded.has(key);
    return [{ group: key, label: key, count: own.length, open }, ...(open ? own.map(run => ({ run })) : [])];
  });
}

function keyOf(run: Run, wish: Wish): string {
  switch (wish.by) {
    case 'experiment':
      return run.experiment;
    case 'status':
      return run.status;
    case 'notebook':
      return run.notebook ?? 'no notebook';
    default:
      return wish.cell?.(run) ?? 'other cells';
  }
}

/** The column of a tag, where a run has it. */
export const tag = (data: Data, key: string): Column | undefined =>
  data.columns.find(column => column.space === 'tags' && column.key === key);

/** The metric people most likely care about: of those whose better direction is known, the one that most runs have. */
export function chosenMetric(data: Data, wanted = ''): Column | undefined {
  const metrics = data.columns.filter(column => column.space === 'metrics' && column.numeric);
  const had = (column: Column) => column.values.reduce<number>((sum, value) => sum + Number(value !== null), 0);
  const asked = metrics.find(column => column.key === wanted);
  if (asked) return asked;
  const best = (some: Column[]) => some.reduce<Column | undefined>((a, b) => (!a || had(b) > had(a) ? b : a), undefined);
  return best(metrics.filter(column => column.dir)) ?? best(metrics);
}

/** How a value of a metric compares with the one before: which way it went, and whether that is better. */
export function change(now: unknown, before: unknown, dir: 'max' | 'min' | null): { sign: '▲' | '▼' | '='; better: boolean | null } | null {
  if (typeof now !== 'number' || typeof before !== 'number') return null;
  if (now === before) return { sign: '=', better: null };
  const up = now > before;
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

/** When something was, seen from now: "5 minutes ago". */
export function ago(then: number, now: number, locale?: string): string {
  const past = Math.max(0, now - then);
  const unit = (STEPS.find(([limit]) => past < limit) ?? STEPS[STEPS.length - 1])[1];
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  return format.format(-Math.round(past / SIZES[unit]), unit);
}
