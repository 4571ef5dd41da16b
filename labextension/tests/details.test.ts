import { describe, expect, it, vi } from 'vitest';

vi.mock('@jupyterlab/apputils', () => ({ MainAreaWidget: class {} }));
vi.mock('@jupyterlab/ui-components', () => ({ LabIcon: class {} }));
vi.mock('@lumino/widgets', () => ({ Widget: class {} }));

import { reachesOut, readTable } from '../src/artifact';
import { askOf } from '../src/comparison';
import { tagOf } from '../src/details';

describe('a tag as a person writes it', () => {
  it.each([
    ['baseline', { key: 'baseline', value: true }],
    ['stage = production', { key: 'stage', value: 'production' }],
    ['fold=3', { key: 'fold', value: 3 }],
    ['done=False', { key: 'done', value: false }],
    ['note=a=b', { key: 'note', value: 'a=b' }],
    ['stage=', { key: 'stage', value: null }],
    ['  ', null]
  ])('%j is %j', (text, tag) => expect(tagOf(text)).toEqual(tag));
});

describe('a table of text', () => {
  it('has fields in quotes with signs, quotes and ends of lines in them', () =>
    expect(readTable('a,b\r\n"1,5","say ""x""\ny"\r\n', ',')).toEqual([['a', 'b'], ['1,5', 'say "x"\ny']]));
  it('has empty fields, and no empty rows', () => expect(readTable('a,,\n\n1,2,3', ',')).toEqual([['a', '', ''], ['1', '2', '3']]));
  it('is read no further than asked', () => expect(readTable('1\n2\n3\n', '\t', 2)).toEqual([['1'], ['2']]));
  it('is nothing where there is nothing', () => expect(readTable('', ',')).toEqual([]));
});

describe('a figure is drawn when nothing is loaded for it', () => {
  it.each([
    [{ $schema: 'https://vega.github.io/schema/vega-lite/v5.json', data: { values: [{ a: 1 }] }, mark: 'bar' }, false],
    [{ data: [{ name: 'a' }, { name: 'b', source: 'a' }] }, false],
    [{ data: [{ type: 'heatmap', z: [[1]] }], layout: { images: [{ source: 'data:image/png;base64,AAAA' }] } }, false],
    [{ data: { url: 'https://example.org/seen' } }, true],
    [{ data: { url: '/api/contents' } }, true],
    [{ marks: [{ type: 'image', encode: { enter: { url: { signal: "'ht' + 'tp://example.org'" } } } }] }, true],
    [{ marks: [{ type: 'image', encode: { enter: { url: { value: '//example.org' } } } }] }, true],
    [{ data: [], layout: { images: [{ source: 'https://example.org/seen.png' }] } }, true],
    [{ data: [{ type: 'scattergeo' }] }, true],
    [{ data: [{ type: 'densitymapbox' }] }, true]
  ])('%j: %j', (figure, reaches) => expect(reachesOut(figure)).toBe(reaches));
});

describe('runs as a question', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, at) => `20261121t101530-${String(at).padStart(8, '0')}`);
  it('are their ids', () => expect(askOf(ids(2))).toBe('20261121t101530-00000000 20261121t101530-00000001'));
  it('are the ends of their ids where they are many', () => {
    expect(askOf(ids(1000))!.split(' ')).toHaveLength(1000);
    expect(askOf(ids(1000))!.length).toBeLessThanOrEqual(10_000);
  });
  it('are none where they are too many', () => expect(askOf(ids(2000))).toBeNull());
});
