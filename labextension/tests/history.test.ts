import { expect, it, vi } from 'vitest';

vi.mock('@lumino/widgets', () => ({ Widget: class {} }));

import { near } from '../src/history';
import type { DiffLine } from '../src/protocol';

const line = (sign: '=' | '-' | '+', text: string): DiffLine => [sign, text, []];

it('shows two lines around each that differs', () => {
  const lines = [...'abcdefgh'].map(text => line(text === 'd' ? '+' : '=', text));
  expect(near(lines).map(each => each[1]).join('')).toBe('bcdef');
});
it('shows nothing where nothing differs', () => expect(near([line('=', 'a')])).toEqual([]));
