import type { TranslationBundle } from '@jupyterlab/translation';
import { h, s } from '../../nbtrack/view/static/compare/dom.js';
import { figure, MARKS, words } from '../../nbtrack/view/static/compare/format.js';
import { SPARK, sparkPath } from '../../nbtrack/view/static/compare/spark.js';
import type { Data, Run, Series, Value } from '../../nbtrack/view/static/compare/types.js';
import { change, previousRun } from './lines';
import { statusWord } from './words';

/** The sign of a run's status, as everything of nbtrack has it. */
export const mark = (status: string, trans: TranslationBundle): HTMLElement =>
  h('span', { class: `nbt-sign nbt-is-${status}`, 'aria-hidden': 'true', title: statusWord(status, trans), text: MARKS[status as keyof typeof MARKS] ?? '?' });

/** A value in few digits. */
export const short = (value: Value | undefined): string => (value === null || value === undefined ? '' : typeof value === 'number' ? figure(value) : words(value));

/** Which way a value went, with by how much where there is room; nothing where it cannot be told. */
export function moved(now: unknown, was: unknown, dir: 'max' | 'min' | null, trans: TranslationBundle, much = false): HTMLElement | null {
  const found = change(now, was, dir);
  if (!found || found.sign === '=') return null;
  const before = short(was as Value);
  const title = found.better === null ? trans.__('was %1', before) : found.better ? trans.__('better, was %1', before) : trans.__('worse, was %1', before);
  const kind = found.better === null ? 'nbt-dim' : found.better ? 'nbt-better' : 'nbt-worse';
  const by = much ? ` ${found.sign === '▲' ? '+' : '−'}${figure(Math.abs((now as number) - (was as number)), 3)}` : '';
  return h('span', { class: `nbt-delta ${kind}`, title }, h('span', { 'aria-hidden': 'true', text: found.sign }), by);
}

/** A small curve. */
export function spark(series: Pick<Series, 'steps' | 'values'> | { steps: number[]; values: number[] }, width = SPARK.width): SVGElement | null {
  const path = sparkPath(series);
  if (!path) return null;
  const box = { width, height: SPARK.height, viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, preserveAspectRatio: 'none' };
  return s('svg', { class: 'nbt-spark', 'aria-hidden': 'true', ...box }, s('path', { d: path, 'vector-effect': 'non-scaling-stroke' }));
}

export interface Moved {
  key: string;
  now: Value;
  was: Value;
}

const found = new WeakMap<Run, { data: Data['columns']; moved: Moved[] }>();

/** The params in which a run is another than the run before it, of the same experiment or as given. */
export function paramsMoved(data: Data, run: Run, earlier = previousRun(data, run)): Moved[] {
  const known = found.get(run);
  if (known?.data === data.columns) return known.moved;
  const columns = earlier ? data.columns.filter(column => column.space === 'params' && !same(column.values[run.at], column.values[earlier.at])) : [];
  const moved = columns.map(column => ({ key: column.key, now: column.values[run.at], was: column.values[earlier!.at] }));
  found.set(run, { data: data.columns, moved });
  return moved;
}

const same = (a: Value, b: Value): boolean => a === b || words(a) === words(b);
