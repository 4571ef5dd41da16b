import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { inflated } from './packed';
import { problemsIn, type Problems } from './problems';
import type { Answers, Because, Down, Environment, Heard, Question, Rights, Up, Verdict } from './protocol';

/** What a socket is to a connection: the browser's, or a test's. */
export interface Socket {
  binaryType?: string;
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: any }) => void) | null;
  onclose: (() => void) | null;
}

/** Milliseconds until the next try, the more the more have failed: half a second, doubled up to half a minute. */
export const pause = (failures: number): number => Math.min(30_000, 500 * 2 ** failures);

/** After so long (ms) without an answer, a question is given up; what has to be made first takes longer. */
const PATIENCE = { told: 60_000, made: 600_000 };
const MADE: ReadonlySet<Question['what']> = new Set(['program', 'plan', 'report'] as const);

type Hear = (message: Heard) => void;

/** A way that leads nowhere: its words say why, and it is not tried again. */
export class Nowhere extends Error {}

/** A server that lets nobody in, and does not say no either, is given up after so long (ms). */
const KNOCKING = 20_000;

/**
 * The way to the store of one notebook. It is opened when first needed, opened anew when it breaks - what was followed is
 * followed again, from the state that is known -, and tells the server when nobody looks.
 */
export class Connection implements IDisposable {
  /** `connect` may raise `Nowhere`; `why` says what is the matter when a socket was not let in, or went. */
  constructor(
    private connect: () => Socket,
    private later: (work: () => void, ms: number) => unknown = (work, ms) => setTimeout(work, ms),
    private why: () => Promise<string> = async () => '',
    readonly words: Problems = problemsIn()
  ) {}

  /** What whoever sits here may do. */
  rights: Rights = { write: false, execute: false };

  /** Who refuses what may not be done; nobody before the server has said so. */
  because: Because = {};

  /** The id of the store. */
  store = '';

  /** Whether the server answers. */
  get alive(): boolean {
    return this.open;
  }

  /** What stands between the page and the server, in words; empty while it answers, and until that is known. */
  get trouble(): string {
    return this.matter;
  }

  /** Told when `alive` or `trouble` changes. */
  get aliveChanged(): ISignal<this, boolean> {
    return this.turned;
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    this.gone = true;
    this.channels.clear();
    for (const { reject } of this.asked.values()) reject(new Error(this.words.closed));
    this.asked.clear();
    this.socket?.close();
    Signal.clearData(this);
  }

  /** Follow the runs that `ask` - a filter, or ids - names, until the result is disposed. */
  follow(channel: string, ask: string, hear: Hear, detail = false): IDisposable {
    const followed = { ask, hear, detail };
    this.channels.set(channel, followed);
    this.say({ do: 'open', channel, ask, detail });
    const leave = () => {
      if (this.channels.get(channel) !== followed) return;
      this.channels.delete(channel);
      this.say({ do: 'close', channel });
    };
    return {
      get isDisposed() {
        return false;
      },
      dispose: leave
    };
  }

  /** Send a message of a channel. */
  say(message: Up): void {
    if (this.gone) return;
    if (this.open) this.socket!.send(JSON.stringify(message));
    else this.start();
  }

  /** Ask the server something; rejected with the server's words, or when it does not answer. */
  ask<Q extends Question>(question: Q): Promise<Answers[Q['what']]> {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      this.asked.set(number, { question, resolve: resolve as (value: unknown) => void, reject });
      this.later(() => this.settle(number, undefined, this.words.silent), PATIENCE[MADE.has(question.what) ? 'made' : 'told']);
      this.say({ do: 'ask', number, ...question });
    });
  }

  /** Have a run's program run again; `hear` is told how it goes. `stop` interrupts it. It ends when the connection breaks. */
  reproduce(run: string, hear: (line: string) => void, environment: Environment = 'restore'): { verdict: Promise<Verdict>; stop: () => void } {
    const number = ++this.number;
    if (!this.open) return { verdict: Promise.reject(new Error(this.matter || this.words.away)), stop: () => undefined };
    const verdict = new Promise<Verdict>((resolve, reject) => {
      this.asked.set(number, { resolve: resolve as (value: unknown) => void, reject, hear });
      this.say({ do: 'reproduce', number, run, environment });
    });
    return { verdict, stop: () => this.say({ do: 'stop', number }) };
  }

  /** Say whether anybody looks at what is followed. */
  see(seen: boolean): void {
    if (seen === this.seen) return;
    this.seen = seen;
    if (this.open) this.say({ do: 'seen', seen });
  }

  /** Try again now, where the next try is being waited for. */
  hurry(): void {
    if (this.waiting && !this.socket) this.start();
  }

  private start(): void {
    if (this.socket || this.gone) return;
    this.waiting = false;
    let socket: Socket;
    try {
      socket = this.socket = this.connect();
    } catch (problem) {
      return this.giveUp(problem as Error);
    }
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.opened();
    socket.onmessage = event => this.heard(event.data);
    socket.onclose = () => this.closed(socket);
    this.later(() => socket === this.socket && !this.open && socket.close(), KNOCKING);
  }

  private giveUp(problem: Error): void {
    this.matter = problem.message;
    for (const number of [...this.asked.keys()]) this.settle(number, undefined, problem.message);
    if (!(problem instanceof Nowhere)) console.error(problem);
    this.turned.emit(false);
  }

  private opened(): void {
    this.open = true;
    if (!this.seen) this.say({ do: 'seen', seen: false });
    for (const [channel, { ask, detail }] of this.channels) this.say({ do: 'open', channel, ask, detail });
    for (const [number, { question }] of this.asked) if (question) this.say({ do: 'ask', number, ...question });
    this.turned.emit(true);
  }

  /** Only who is heard from is back: a proxy may let a page in and then drop it, again and again. */
  private welcomed(): void {
    this.failures = 0;
    if (!this.matter) return;
    this.matter = '';
    this.turned.emit(true);
  }

  /** Messages are heard in the order in which they come, also where one has to be inflated first. */
  private heard(data: unknown): void {
    if (typeof data === 'string' && !this.inflating) return this.take(data);
    const { socket, inflating } = this;
    const coming = typeof data === 'string' ? data : inflated(data as ArrayBuffer);
    const work: Promise<void> = Promise.all([coming, inflating])
      .then(([text]) => socket === this.socket && this.take(text))
      .catch(problem => console.error(problem))
      .then(() => {
        if (this.inflating === work) this.inflating = undefined;
      });
    this.inflating = work;
  }

  private take(text: string): void {
    let told: Down;
    try {
      told = JSON.parse(text);
    } catch {
      return;
    }
    if (told.do === 'welcome') {
      this.rights = told.rights;
      this.because = told.because;
      this.store = told.store;
      this.welcomed();
    } else if (told.do === 'answer') this.settle(told.number, told.value, told.problem);
    else if (told.do === 'progress') this.asked.get(told.number)?.hear?.(told.text);
    else if (told.channel !== null) this.channels.get(told.channel)?.hear(told);
  }

  private settle(number: number, value: unknown, problem?: string): void {
    const asked = this.asked.get(number);
    this.asked.delete(number);
    if (problem === undefined) asked?.resolve(value);
    else asked?.reject(new Error(problem));
  }

  private closed(socket: Socket): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    const was = this.open;
    this.open = false;
    for (const [number, { question }] of this.asked) if (!question) this.settle(number, undefined, this.words.lost);
    if (was) this.turned.emit(false);
    if (this.gone || !(this.channels.size || this.asked.size)) return;
    this.waiting = true;
    this.later(() => this.waiting && this.start(), pause(this.failures++));
    void this.explain();
  }

  /** Find out what is the matter, unless it passes meanwhile. */
  private async explain(): Promise<void> {
    const matter = await this.why().catch(() => '');
    if (this.open || this.gone || !matter || matter === this.matter) return;
    this.matter = matter;
    this.turned.emit(false);
  }

  private socket: Socket | undefined;
  private inflating: Promise<void> | undefined;
  private open = false;
  private gone = false;
  private seen = true;
  private matter = '';
  private waiting = false; // for the next try
  private failures = 0;
  private number = 0;
  private channels = new Map<string, { ask: string; hear: Hear; detail: boolean }>();
  private asked = new Map<
    number,
    { question?: Question; hear?: (line: string) => void; resolve: (value: unknown) => void; reject: (reason: Error) => void }
  >();
  private turned = new Signal<this, boolean>(this);
}
