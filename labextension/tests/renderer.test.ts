// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest';

vi.mock('../../nbtrack/view/static/compare.css', () => ({ default: '' }));
vi.mock('../../nbtrack/view/static/compare/index.js', () => ({
  mount: (root: HTMLElement, payload: { title: string }) => {
    root.textContent = `drawn: ${payload.title}`;
    return { stop: () => undefined };
  }
}));

import { addRenderer, isComparison, islandIn } from '../src/renderer';

/** A registry with one way to draw HTML, which notes what it drew. */
function drawn(html: string, { trusted = false, kind = 'comparison' } = {}) {
  const plain: string[] = [];
  let create: any;
  const node = document.createElement('div');
  const usual = { safe: true, createRenderer: () => ({ node, disposed: { connect: () => undefined }, renderModel: async (model: any) => void plain.push(model.data['text/html']) }) };
  addRenderer({ getFactory: () => usual, getRank: () => 50, addFactory: (factory: any) => (create = factory.createRenderer) } as any);
  const model = { data: { 'text/html': html }, metadata: kind ? { nbtrack: { kind } } : {}, trusted };
  return create({}).renderModel(model).then(() => ({ plain, text: node.textContent }));
}
const page = (island: string) => `<div class="nbt"><script type="application/json" class="nbt-data">${island}</script></div>`;

describe('a saved comparison', () => {
  it('is drawn where its own script may not run', async () => {
    expect(await drawn(page('{"format": 2, "title": "A study"}'))).toEqual({ plain: [], text: 'drawn: A study' });
  });
  it.each([
    ['in a notebook that is trusted', page('{"format": 2}'), { trusted: true }],
    ['with damaged data', page('{"format": 2, "ti'), {}],
    ['with data that is no data', page('%%%'), {}],
    ['of another format', page('{"format": 1, "title": "old"}'), {}],
    ['with nothing in it', '<p>gone</p>', {}],
    ['that is none', page('{"format": 2}'), { kind: '' }]
  ])('%s is left to whoever draws HTML', async (_, html, more) => expect((await drawn(html, more)).plain).toEqual([html]));
});

it('is known by its metadata, whatever else stands there', () => {
  expect([isComparison(undefined), isComparison({ nbtrack: 1 }), isComparison({ nbtrack: null }), isComparison({ nbtrack: { kind: 'comparison' } })]).toEqual([false, false, false, true]);
  expect(islandIn('<img src=x onerror="throw 1">')).toBeNull();
});
