// @vitest-environment jsdom
import { nullTranslator } from '@jupyterlab/translation';
import { expect, it } from 'vitest';
import { FilterBox } from '../../nbtrack/view/static/compare/box.js';
import { filtered } from '../../nbtrack/view/static/compare/filter.js';
import { ENGLISH } from '../../nbtrack/view/static/compare/phrases.js';
import type { App } from '../../nbtrack/view/static/compare/types.js';
import { refusal } from '../src/refusal';
import { filterPhrases, statusWord, verdictWord } from '../src/words';

const english = nullTranslator.load('nbtrack');
/** A language in which every text is in brackets. */
const other = { ...english, __: (text: string, ...values: any[]) => english.__(`⟦${text}⟧`, ...values) } as typeof english;

it('has the English of the filter box as the box has it', () => expect(filterPhrases(english)).toEqual(ENGLISH));

it('has every text of the filter box in the page’s language: its field, what it suggests, what it cannot read', () => {
  const data: any = { runs: [{ at: 0, name: 'a', started: 0 }], columns: [column('params', 'lr'), column('metrics', 'accuracy')], words: () => 'a' };
  const said: string[] = [];
  const box = new FilterBox({ data, set: () => undefined, say: (text: string) => said.push(text) } as unknown as App, 'x', filterPhrases(other));
  for (const text of [box.input.placeholder, box.input.title, box.input.getAttribute('aria-label'), box.input.getAttribute('aria-description'), box.list.getAttribute('aria-label')]) expect(text).toMatch(/^⟦.*⟧$/);
  const wrong = (text: string) => {
    box.input.value = text;
    box.input.setSelectionRange(text.length, text.length);
    box.tell(filtered(text, data).problem);
    box.offer(true, true);
    return box.line.textContent;
  };
  expect(wrong('params.lr >')).toBe('⟦expected ⟦⟦a number⟧ or ⟦a text in quotes⟧⟧ at the end⟧');
  expect(wrong('acuracy > 0.9')).toBe('⟦Did you mean `metrics.accuracy`? ⟦runs have no `acuracy`⟧⟧');
  expect(box.told.querySelector('p')!.textContent).toBe('⟦⟦runs have no `acuracy`⟧; did you mean `metrics.accuracy`?⟧');
  const fix = box.list.querySelector('li')!;
  expect([...fix.children].map(each => each.textContent)).toEqual(['metrics.accuracy', '⟦did you mean⟧']);
  box.take(0);
  expect([box.input.value, said]).toEqual(['metrics.accuracy > 0.9', ['⟦metrics.accuracy taken⟧']]);
  wrong('stat');
  expect(box.list.textContent).toContain('status⟦of the run⟧');
});

it('has the words of the store in the page’s language', () => {
  expect(['running', 'finished', 'failed', 'interrupted', 'lost', 'new'].map(each => statusWord(each, other))).toEqual(['⟦running⟧', '⟦finished⟧', '⟦failed⟧', '⟦interrupted⟧', '⟦lost⟧', 'new']);
  expect([verdictWord('within tolerance', other), verdictWord('odd', other)]).toEqual(['≈ ⟦within tolerance⟧', '? odd']);
});

it('says who refuses what cannot be done, and nothing before the server has', () => {
  const asked = (because: any) => (['write', 'execute', 'files'] as const).map(need => refusal({ because }, need, english).split(' ').slice(0, 3).join(' '));
  expect(asked({})).toEqual(['', '', '']);
  expect(asked({ write: 'server', execute: 'server' })).toEqual(['This server lets', 'This server does', 'This server lets']);
  expect(asked({ write: 'store', execute: 'store' })).toEqual(['The store of', 'The store of', '']);
});

const column = (space: string, key: string) => ({ id: `${space}.${key}`, space, key, numeric: true, low: 0, high: 1, levels: [], values: [0.5], odd: [], text: () => '0.5' });
