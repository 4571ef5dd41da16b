import { expect, it } from 'vitest';
import { Book } from '../src/book';
import type { Connection } from '../src/connection';
import type { Heard, Payload } from '../src/protocol';

const runs = (ids: string[], names = ids): Payload => ({
  format: 2,
  title: '',
  runs: { id: ids, name: names, experiment: ids.map(() => 'x'), status: ids.map(() => 'finished'), started: ids.map((_, at) => at), duration: ids.map(() => 1), note: ids.map(() => null) },
  columns: [],
  lines: [],
  sources: [],
  cells: ids.map(() => -1),
  curves: [],
  omitted: { sources: 0, curves: 0 }
});

/** A connection that keeps what is said and hears what a test says. */
function opened() {
  const said: any[] = [];
  let hear: (message: Heard) => void = () => undefined;
  const connection = {
    follow: (_: string, __: string, listener: typeof hear) => ((hear = listener), { dispose: () => said.push('left'), isDisposed: false }),
    say: (message: any) => said.push(message),
    alive: true,
    aliveChanged: { connect: () => true, disconnect: () => true }
  } as unknown as Connection;
  const book = new Book(connection);
  return { book, said, hear: (message: any) => hear({ channel: 'panel', ...message }) };
}

it('has the runs it was told, and then those that came, changed and went', () => {
  const { book, hear } = opened();
  let changes = 0;
  book.changed.connect(() => changes++);
  hear({ do: 'news', state: 0, whole: true, payload: runs(['a', 'b']) });
  hear({ do: 'news', state: 1, payload: runs(['b', 'c'], ['renamed', 'c']), gone: ['a'] });
  expect(book.data.runs.map(run => run.name)).toEqual(['renamed', 'c']);
  expect(book.run('c')?.at).toBe(1);
  expect(book.run('a')).toBeUndefined();
  expect(changes).toBe(2);
});

it('asks for everything when it missed something', () => {
  const { book, said, hear } = opened();
  hear({ do: 'news', state: 0, whole: true, payload: runs(['a']) });
  hear({ do: 'news', state: 5, payload: runs(['b']) });
  expect(said.at(-1)).toEqual({ do: 'hello', channel: 'panel', state: 0 });
  expect(book.data.runs).toHaveLength(1);
});

it('shows the newest runs of a long list until all are there, and never takes away what is', () => {
  const { book, said, hear } = opened();
  const glimpse = { do: 'news', state: -1, whole: true, of: 3, payload: runs(['c']) };
  hear(glimpse);
  expect([book.known, book.coming, book.data.runs.length]).toEqual([true, 2, 1]);
  hear({ do: 'news', state: 0, whole: true, payload: runs(['a', 'b', 'c']) });
  expect([book.coming, book.data.runs.length]).toEqual([0, 3]);
  hear(glimpse); // after the connection broke
  expect([book.coming, book.data.runs.length]).toEqual([0, 3]);
  hear({ do: 'news', state: 1, payload: runs(['d']) });
  expect([said, book.data.runs.length]).toEqual([[], 4]);
});

it('says what stands in the way, until it does not', () => {
  const { book, hear } = opened();
  hear({ do: 'refused', problem: 'no such folder' });
  expect(book.problem).toBe('no such folder');
  hear({ do: 'news', state: 0, whole: true, payload: runs([]) });
  expect([book.problem, book.known]).toEqual(['', true]);
});

it('tells whether an edit was recorded', async () => {
  const { book, said, hear } = opened();
  const good = book.edit({ do: 'note', run: 'a', text: 'x' });
  const bad = book.edit({ do: 'note', run: 'b', text: 'x' });
  const [first, second] = said.map(message => message.number);
  hear({ do: 'done', number: second, problem: 'Not saved: full' });
  hear({ do: 'done', number: first });
  await expect(good).resolves.toBeUndefined();
  await expect(bad).rejects.toThrow('Not saved');
});

it('is left when it is closed', () => {
  const { book, said } = opened();
  book.dispose();
  expect(said).toEqual(['left']);
});
