import { expect, it } from 'vitest';
import { Connection, Nowhere, pause, type Socket } from '../src/connection';

/** A server that a test speaks for, and a clock that stands still. */
class Server {
  sockets: FakeSocket[] = [];
  waiting: (() => void)[] = [];
  words = '';
  connection = new Connection(() => this.open(), work => this.waiting.push(work), async () => this.words);

  get last(): FakeSocket {
    return this.sockets[this.sockets.length - 1];
  }

  wait(): void {
    for (const work of this.waiting.splice(0)) work();
  }

  private open(): Socket {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  }
}

class FakeSocket implements Socket {
  said: any[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: any }) => void) | null = null;
  onclose: (() => void) | null = null;
  send(text: string): void {
    this.said.push(JSON.parse(text));
  }
  close(): void {
    this.onclose?.();
  }
  tell(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

it('opens when first needed, and then says what is followed', () => {
  const server = new Server();
  expect(server.sockets).toHaveLength(0);
  server.connection.follow('panel', '', () => undefined);
  expect(server.sockets).toHaveLength(1);
  server.last.onopen!();
  expect(server.last.said).toEqual([{ do: 'open', channel: 'panel', ask: '', detail: false }]);
});

it('hands each channel what is for it', () => {
  const server = new Server();
  const heard: unknown[] = [];
  server.connection.follow('a', '', message => heard.push(message));
  server.connection.follow('b', '', () => expect.unreachable());
  server.last.onopen!();
  server.last.tell({ do: 'here', channel: 'a' });
  server.last.onmessage!({ data: 'no JSON' });
  expect(heard).toEqual([{ do: 'here', channel: 'a' }]);
});

it('comes back by itself, later each time, and follows again what was followed', () => {
  const server = new Server();
  server.connection.follow('panel', 'f1 > 0', () => undefined);
  server.last.onopen!();
  server.last.onclose!();
  expect(server.connection.alive).toBe(false);
  server.wait();
  server.last.onopen!();
  expect(server.sockets).toHaveLength(2);
  expect(server.last.said[0]).toMatchObject({ do: 'open', ask: 'f1 > 0' });
  expect([0, 1, 2, 20].map(pause)).toEqual([500, 1000, 2000, 30_000]);
});

it('does not come back when nothing is followed any more', () => {
  const server = new Server();
  server.connection.follow('panel', '', () => undefined).dispose();
  server.last.onopen!();
  server.last.onclose!();
  server.wait();
  expect(server.sockets).toHaveLength(1);
});

it('answers a question, or says in the server’s words why not', async () => {
  const server = new Server();
  const good = server.connection.ask({ what: 'run', run: 'a' });
  const bad = server.connection.ask({ what: 'run', run: 'b' });
  server.last.onopen!();
  const [first, second] = server.last.said.map(message => message.number);
  server.last.tell({ do: 'answer', number: first, value: { id: 'a' } });
  server.last.tell({ do: 'answer', number: second, problem: 'no run b' });
  expect(await good).toEqual({ id: 'a' });
  await expect(bad).rejects.toThrow('no run b');
});

it('gives a question up when nobody answers', async () => {
  const server = new Server();
  const asked = server.connection.ask({ what: 'run', run: 'a' });
  server.last.onopen!();
  server.wait();
  await expect(asked).rejects.toThrow('did not answer');
});

it('tells the server when nobody looks, once', () => {
  const server = new Server();
  server.connection.follow('panel', '', () => undefined);
  server.connection.see(false);
  server.last.onopen!();
  server.connection.see(false);
  server.connection.see(true);
  expect(server.last.said.filter(message => message.do === 'seen')).toEqual([{ do: 'seen', seen: false }, { do: 'seen', seen: true }]);
});

it('inflates what was too long to be sent as text, and keeps the order', async () => {
  const server = new Server();
  const heard: unknown[] = [];
  server.connection.follow('a', '', message => heard.push((message as any).state));
  server.last.onopen!();
  const deflating = new CompressionStream('deflate');
  const writer = deflating.writable.getWriter();
  void writer.write(new TextEncoder().encode(JSON.stringify({ do: 'here', channel: 'a', state: 1, text: 'x'.repeat(10_000) })));
  void writer.close();
  server.last.onmessage!({ data: await new Response(deflating.readable).arrayBuffer() });
  server.last.tell({ do: 'here', channel: 'a', state: 2 });
  await expect.poll(() => heard).toEqual([1, 2]);
  server.last.tell({ do: 'here', channel: 'a', state: 3 });
  expect(heard).toEqual([1, 2, 3]);
});

it('ends a reproduction that nobody can be told of any more', async () => {
  const server = new Server();
  await expect(server.connection.reproduce('r', () => undefined).verdict).rejects.toThrow('does not answer');
  server.connection.follow('a', '', () => undefined);
  server.last.onopen!();
  const { verdict } = server.connection.reproduce('r', () => undefined, 'current');
  expect(server.last.said.at(-1)).toMatchObject({ do: 'reproduce', run: 'r', environment: 'current' });
  server.last.close();
  await expect(verdict).rejects.toThrow('was lost');
});

it('says what is the matter while it is, and is quiet about it when the server is back', async () => {
  const server = new Server();
  const turns: [boolean, string][] = [];
  server.connection.aliveChanged.connect((connection, alive) => turns.push([alive, connection.trouble]));
  server.words = 'sign in again';
  server.connection.follow('panel', '', () => undefined);
  server.last.onclose!(); // refused: it never opened
  await expect.poll(() => server.connection.trouble).toBe('sign in again');
  server.wait();
  server.last.onclose!();
  server.words = 'gone';
  server.wait();
  server.last.onclose!();
  await expect.poll(() => server.connection.trouble).toBe('gone');
  server.wait();
  server.last.onopen!();
  server.last.tell({ do: 'welcome', store: '', rights: {}, because: {} });
  expect(turns).toEqual([[false, 'sign in again'], [false, 'gone'], [true, 'gone'], [true, '']]);
});

it('tries again at once when it is told to hurry, and then not once more for it', () => {
  const server = new Server();
  server.connection.hurry();
  expect(server.sockets).toHaveLength(0);
  server.connection.follow('panel', '', () => undefined);
  server.connection.hurry();
  expect(server.sockets).toHaveLength(1);
  server.last.onclose!();
  server.connection.hurry();
  server.last.onopen!();
  server.wait();
  expect(server.sockets).toHaveLength(2);
});

it('gives up on a server that neither lets it in nor says no', async () => {
  const server = new Server();
  server.words = 'no answer';
  server.connection.follow('panel', '', () => undefined);
  server.wait();
  await expect.poll(() => server.connection.trouble).toBe('no answer');
});

it('tries nothing where there is nowhere to go, and answers every question with the reason', async () => {
  let tries = 0;
  const connection = new Connection(
    () => {
      tries++;
      throw new Nowhere('on another disk');
    },
    work => expect(work).toBeTruthy()
  );
  connection.follow('panel', '', () => undefined);
  expect([connection.trouble, tries]).toEqual(['on another disk', 1]);
  await expect(connection.ask({ what: 'run', run: 'a' })).rejects.toThrow('on another disk');
});

it('waits longer each time for a server that lets it in and drops it', () => {
  const pauses: number[] = [];
  const work: (() => void)[] = [];
  const sockets: FakeSocket[] = [];
  const connection = new Connection(
    () => (sockets.push(new FakeSocket()), sockets.at(-1)!),
    (job, ms) => ms < 20_000 && (pauses.push(ms), work.push(job))
  );
  connection.follow('panel', '', () => undefined);
  for (let n = 0; n < 3; n++) {
    sockets.at(-1)!.onopen!();
    sockets.at(-1)!.onclose!();
    work.pop()!();
  }
  expect(pauses).toEqual([500, 1000, 2000]);
  sockets.at(-1)!.onopen!();
  sockets.at(-1)!.tell({ do: 'welcome', store: '', rights: {}, because: {} });
  sockets.at(-1)!.onclose!();
  expect(pauses.at(-1)).toBe(500);
});
