// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest';
import { List, NOTHING, ROW, type How, type Rows } from '../src/list';

const calls: string[] = [];

/** Rows of these names, which note what was asked of them. */
const rows = (names: string[], more: Partial<Rows> = {}): Rows => ({
  count: names.length,
  grouped: false,
  id: at => names[at],
  draw: at => ({ id: names[at], key: names[at], label: names[at], selected: false, nodes: () => [names[at]] }),
  choose: (at: number, how: How) => calls.push(`${how} ${names[at]}`),
  chooseAll: all => calls.push(all ? 'all' : 'none'),
  open: at => calls.push(`open ${names[at]}`),
  ...more
});
const many = (count: number) => Array.from({ length: count }, (_, at) => `run ${at}`);
const opened = (some: Rows): List => {
  const list = new List('Runs', NOTHING);
  document.body.replaceChildren(list.node);
  list.take(some);
  return list;
};
const press = (list: List, key: string, more: KeyboardEventInit = {}) => list.node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
const shown = (list: List) => [...list.node.querySelectorAll<HTMLElement>('.nbt-list-row')].map(row => row.textContent);

beforeEach(() => calls.splice(0));

it('has as many rows in the page as are in sight, of ten thousand as of a hundred', () => {
  const list = opened(rows(many(10_000)));
  expect(shown(list).length).toBeLessThan(30);
  expect((list.node.firstElementChild as HTMLElement).style.height).toBe(`${10_000 * ROW}px`);
});

it('keeps the element of a row that looks as before, so that a press that began on it ends on it', () => {
  const list = opened(rows(['a', 'b']));
  const before = list.node.querySelectorAll('.nbt-list-row')[1];
  list.take(rows(['new', 'a', 'b']));
  expect(list.node.querySelectorAll('.nbt-list-row')[2]).toBe(before);
});

it('goes by arrows, Home, End and pages, and chooses with Shift what it passes', () => {
  const list = opened(rows(many(5)));
  press(list, 'ArrowDown');
  press(list, ' ');
  press(list, 'ArrowDown', { shiftKey: true });
  press(list, 'End');
  press(list, 'Enter');
  press(list, 'Home');
  press(list, 'Enter');
  expect(calls).toEqual(['toggle run 1', 'range run 2', 'open run 4', 'open run 0']);
});

it('is entered at its top, whatever came before anybody was there', () => {
  const list = opened(rows(['b']));
  list.take(rows(['c', 'b']));
  press(list, 'Enter');
  list.take(rows(['d', 'c', 'b']));
  press(list, 'Enter');
  expect(calls).toEqual(['open c', 'open c']);
});

it('chooses all with Ctrl+A and none with Escape', () => {
  const list = opened(rows(many(3)));
  press(list, 'a', { ctrlKey: true });
  press(list, 'Escape');
  expect(calls).toEqual(['all', 'none']);
});

it('stays at the run where the keyboard is when others come before it', () => {
  const list = opened(rows(['a', 'b']));
  press(list, 'ArrowDown');
  list.take(rows(['new', 'a', 'b']));
  press(list, 'Enter');
  expect(calls).toEqual(['open b']);
});

it('shows the same rows to who scrolled down when others come before them', () => {
  const list = opened(rows(many(500)));
  list.node.scrollTop = 100 * ROW;
  list.take(rows(['new', ...many(500)]));
  expect(list.node.scrollTop).toBe(101 * ROW);
});

it('tells where each run stands, and which one the keyboard is at', () => {
  const list = opened(rows(['a', 'b']));
  press(list, 'ArrowDown');
  const row = list.node.querySelectorAll('.nbt-list-row')[1];
  expect(list.node.getAttribute('aria-activedescendant')).toBe(row.id);
  expect([row.getAttribute('role'), row.getAttribute('aria-posinset'), row.getAttribute('aria-setsize')]).toEqual(['option', '2', '2']);
});

it('is a tree where there are groups, whose heads open and close by arrows', () => {
  const folded: string[] = [];
  const list = opened(
    rows(['group', 'a'], {
      grouped: true,
      draw: at => ({ id: String(at), key: String(at), label: '', selected: false, head: at === 0, open: true, nodes: () => [] }),
      fold: (at, open) => folded.push(`${at} ${open}`)
    })
  );
  press(list, 'ArrowLeft');
  press(list, 'ArrowRight');
  const [head, row] = list.node.querySelectorAll('.nbt-list-row');
  expect(folded).toEqual(['0 false', '0 true']);
  expect(list.node.getAttribute('role')).toBe('tree');
  expect([head.getAttribute('aria-expanded'), head.getAttribute('aria-level'), row.getAttribute('aria-level')]).toEqual(['true', '1', '2']);
});

it('leaves keys that mean nothing to it to whoever knows them', () => {
  const asked: string[] = [];
  const list = opened(rows(['a'], { key: (_, event) => asked.push(event.key) > 0 }));
  press(list, 's');
  expect(asked).toEqual(['s']);
});
