import { expect, it } from 'vitest';
import { unpacked } from '../src/packed';

const doubles = (...values: number[]): string => btoa(String.fromCharCode(...new Uint8Array(new Float64Array(values).buffer)));

it('gives columns their exact numbers, and none where a run has none', () => {
  const columns = [
    { space: 'metrics', key: 'f1', dir: null, f64: doubles(0.1 + 0.2, NaN, -0.5) },
    { space: 'params', key: 'lr', dir: null, all: 0.1 }
  ];
  const payload = { format: 2, title: '', columns, lines: [], sources: [], cells: [], curves: [], omitted: { sources: 0, curves: 0 } } as any;
  expect(unpacked(payload).columns).toEqual([
    { space: 'metrics', key: 'f1', dir: null, values: [0.30000000000000004, null, -0.5] },
    { space: 'params', key: 'lr', dir: null, all: 0.1 }
  ]);
});
