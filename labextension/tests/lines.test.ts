import { describe, expect, it } from 'vitest';
import { unfold } from '../../nbtrack/view/static/compare/payload.js';
import type { Payload } from '../src/protocol';
import { ago, before, change, chosenMetric, groupable, lines, type Wish } from '../src/lines';

const payload = (more: Partial<Payload['runs']> = {}, columns: Payload['columns'] = []): Payload => ({
  format: 2,
  title: '',
  runs: {
    id: ['20260101t000000-aaaaaaaa', '20260101t000001-bbbbbbbb', '20260101t000002-cccccccc'],
    name: ['one', 'two', 'three'],
    experiment: ['x', 'y', 'x'],
    status: ['finished', 'failed', 'finished'],
    started: [1, 2, 3],
    duration: [1, 1, 1],
    note: [null, null, null],
    notebook: ['a.ipynb', 'b.ipynb', 'a.ipynb'],
    ...more
  },
  columns,
  lines: [],
  sources: [],
  cells: [-1, -1, -1],
  curves: [],
  omitted: { sources: 0, curves: 0 }
});
const wish = (more: Partial<Wish> = {}): Wish => ({ filter: '', by: 'none', folded: new Set(), archived: false, notebook: null, ...more });
const tags = (key: string, values: (boolean | null)[]) => ({ space: 'tags', key, dir: null, values });
const f1 = { space: 'metrics', key: 'f1', dir: 'max' as const, values: [0.5, null, 0.9] };

describe('the rows of the list', () => {
  const shown = (data: Payload, more: Partial<Wish> = {}) => lines(unfold(data), wish(more)).lines.map(line => ('run' in line ? line.run : `${line.label} ${line.count}`));

  it('have the newest run first', () => expect(shown(payload())).toEqual([2, 1, 0]));
  it('have starred runs before all others', () => expect(shown(payload({}, [tags('starred', [true, null, null])]))).toEqual([0, 2, 1]));
  it('leave archived runs out until they are asked for', () => {
    const data = payload({}, [tags('archived', [null, null, true])]);
    expect(shown(data)).toEqual([1, 0]);
    expect(shown(data, { archived: true })).toEqual([2, 1, 0]);
  });
  it('follow the filter, and its order where it says one', () => {
    expect(shown(payload({}, [f1]), { filter: 'metrics.f1 > 0 order by metrics.f1' })).toEqual([0, 2]);
    expect(shown(payload(), { filter: 'failed' })).toEqual([1]);
  });
  it('stay as they are, and say why, while a filter cannot be read', () => {
    const { count, problem } = lines(unfold(payload({}, [f1])), wish({ filter: 'metrics.f1 > ' }));
    expect(count).toBe(3);
    expect(problem?.message).toBeTruthy();
  });
  it('come in groups that can be closed', () => {
    expect(shown(payload(), { by: 'experiment' })).toEqual(['x 2', 2, 0, 'y 1', 1]);
    expect(shown(payload(), { by: 'experiment', folded: new Set(['x']) })).toEqual(['x 2', 'y 1', 1]);
  });
  it('come in groups of a param, by its size, those without it last', () => {
    const lr = { space: 'params', key: 'lr', dir: null, values: [0.3, null, 0.1] };
    expect(shown(payload({}, [lr]), { by: 'params.lr' })).toEqual(['lr = 0.1 1', 2, 'lr = 0.3 1', 0, 'lr = – 1', 1]);
    expect(shown(payload(), { by: 'params.gone' })).toEqual(['– 3', 2, 1, 0]);
  });
  it('can be grouped by what tells runs apart, and not by the star', () => {
    const same = { space: 'params', key: 'seed', dir: null, values: [1, 1, 1] };
    const tagged = { space: 'tags', key: 'stage', dir: null, values: ['a', 'b', null] };
    expect(groupable(unfold(payload({}, [same, tagged, tags('starred', [true, null, null])]))).map(column => column.id)).toEqual(['tags.stage']);
  });
  it('are of a notebook wherever the server found it', () => {
    const data = payload({ notebook: ['/home/someone/project/a.ipynb', 'project/b.ipynb', 'a.ipynb'] });
    expect(shown(data, { notebook: 'project/a.ipynb' })).toEqual([2, 0]);
  });
  it('can be those of one notebook', () => expect(shown(payload(), { notebook: 'a.ipynb' })).toEqual([2, 0]));
});

describe('the metric beside a name', () => {
  const accuracy = { space: 'metrics', key: 'accuracy', dir: 'max' as const, values: [0.1, 0.2, 0.3] };
  it('is the one that most runs have', () => expect(chosenMetric(unfold(payload({}, [f1, accuracy])))?.key).toBe('accuracy'));
  it('is the one that was asked for, where there is one', () => {
    expect(chosenMetric(unfold(payload({}, [f1, accuracy])), 'f1')?.key).toBe('f1');
    expect(chosenMetric(unfold(payload({}, [accuracy])), 'f1')?.key).toBe('accuracy');
  });
  it('is one that a few runs have, where it is asked for of these', () => {
    const rmse = { space: 'metrics', key: 'rmse', dir: 'min' as const, values: [1, 2, null] };
    const losses = ['train_loss', 'val_loss'].map(key => ({ space: 'metrics', key, dir: 'min' as const, values: [null, null, 0.1] }));
    const data = unfold(payload({}, [rmse, ...losses]));
    expect(chosenMetric(data)?.key).toBe('rmse');
    expect(chosenMetric(data, 'rmse', [data.runs[2]])?.key).toBe('val_loss');
    expect(chosenMetric(data, 'rmse', data.runs.slice(1))?.key).toBe('rmse');
    expect(chosenMetric(data, '', [])).toBeUndefined();
  });
  it('is told beside what the run before it of the same experiment had', () => {
    const data = unfold(payload({ experiment: ['x', 'y', 'x'] }, [accuracy]));
    expect(before(data, chosenMetric(data)!)).toEqual([null, null, 0.1]);
  });
  it('is better or worse than before by its direction', () => {
    expect(change(2, 1, 'min')).toEqual({ sign: '▲', better: false });
    expect(change(2, 1, 'max')).toEqual({ sign: '▲', better: true });
    expect(change(2, 1, null)).toEqual({ sign: '▲', better: null });
    expect(change(1, 1, 'max')).toEqual({ sign: '=', better: null });
    expect(change(0.98333333333, 0.9833333333, 'max')).toEqual({ sign: '=', better: null });
    expect(change(NaN, 1, 'max')).toBeNull();
    expect(change('a', 1, 'max')).toBeNull();
  });
});

it('says when something was in the largest unit that fits', () => {
  expect(ago(0, 5_000, 'en')).toBe('now');
  expect(ago(0, 7_200_000, 'en')).toBe('2h ago');
  expect(ago(10, 0, 'en')).toBe('now');
});
