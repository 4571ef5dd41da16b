import { expect, it } from 'vitest';
import conversation from '../../tests/golden/lab-protocol.json';
import { Book } from '../src/book';
import { Connection, type Socket } from '../src/connection';
import type { Down, Up } from '../src/protocol';

interface Exchange {
  up: Up;
  down: Down[];
}
const golden = conversation as unknown as Exchange[];

/** A server that answers as the golden conversation does, in its order. */
class Golden implements Socket {
  left = [...golden];
  said: Up[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: any }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    this.said.push(JSON.parse(text));
    const { down } = this.left.shift()!;
    for (const message of down) this.onmessage!({ data: JSON.stringify(message) });
  }
  close(): void {
    this.onclose?.();
  }
}

const up = (at: number): any => golden[at].up;

it('says what the golden conversation says, and understands each answer', async () => {
  const server = new Golden();
  const connection = new Connection(() => server, () => undefined);
  const book = new Book(connection);
  server.onopen!();
  expect(book.data.runs.map(run => run.name)).toEqual(['lr 0.1', 'lr 0.2']);
  const tab: unknown[] = [];
  const following = connection.follow('tab', up(1).ask, message => tab.push(message), true);
  expect(tab).toHaveLength(1);
  connection.say({ do: 'hello', channel: 'panel', state: 0 });
  await book.edit(up(3).change);
  expect(book.data.columns.some(column => column.space === 'tags' && column.key === 'starred')).toBe(true);
  await expect(book.edit(up(4).change)).rejects.toThrow('Not saved');
  const bad: any[] = [];
  connection.follow('bad', up(5).ask, message => bad.push(message));
  expect(bad[0].problem).toContain('metrics.f1');
  server.send(JSON.stringify(up(6)));
  following.dispose();
  expect(server.said.map(message => message.do)).toEqual(golden.slice(0, 8).map(each => each.up.do));
});

it('has a type for every answer', () => {
  const answers = golden.flatMap(each => each.down).filter(each => each.do === 'answer');
  const [run, difference, cells, none] = answers.map(each => (each as any).value);
  expect(run.metrics).toEqual({ f1: 0.8 });
  expect(Array.isArray(difference)).toBe(true);
  expect(cells).toEqual({});
  expect(none).toBeUndefined();
  expect((answers[3] as any).problem).toBeTruthy();
});

it('knows from the greeting what may be done, and who refuses the rest', () => {
  const server: Socket = { send: () => undefined, close: () => undefined, onopen: null, onmessage: null, onclose: null };
  const connection = new Connection(() => server, () => undefined);
  connection.follow('panel', '', () => undefined);
  server.onopen!();
  expect(connection.because).toEqual({});
  server.onmessage!({ data: JSON.stringify(golden[golden.length - 1].down[0]) });
  expect([connection.store, connection.rights, connection.because]).toEqual(['a-store', { write: true, execute: false }, { execute: 'server' }]);
});
