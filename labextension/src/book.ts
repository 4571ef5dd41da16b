import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import { merge } from '../../nbtrack/view/static/compare/merge.js';
import { unfold } from '../../nbtrack/view/static/compare/payload.js';
import type { Data, Run } from '../../nbtrack/view/static/compare/types.js';
import type { Connection } from './connection';
import { unpacked } from './packed';
import type { Change, Heard } from './protocol';

/** Where the tag that puts a run out of sight, and the one that stars it, stand. */
export const ARCHIVED = 'archived';
export const STARRED = 'starred';

const EMPTY: Data = unfold({
  format: 2,
  title: '',
  runs: { id: [], name: [], experiment: [], status: [], started: [], duration: [], note: [] },
  columns: [],
  lines: [],
  sources: [],
  cells: [],
  curves: [],
  omitted: { sources: 0, curves: 0 }
});

/** All runs of a store, kept up to date: what the panel, the badges and the commands read. */
export class Book implements IDisposable {
  constructor(
    readonly connection: Connection,
    readonly channel = 'panel'
  ) {
    this.following = connection.follow(channel, '', message => this.hear(message));
    connection.aliveChanged.connect(this.turned, this);
  }

  /** The runs, oldest first, with their columns. */
  data: Data = EMPTY;

  /** Whether an answer has come. */
  known = false;

  /** How many older runs are still on their way. */
  coming = 0;

  /** What stands in the way, if the store cannot be read. */
  problem = '';

  /** What stands between the page and the server: nothing new is heard while there is something. */
  get trouble(): string {
    return this.connection.trouble;
  }

  get changed(): ISignal<this, void> {
    return this.told;
  }

  /** The run with this id. */
  run(id: string): Run | undefined {
    return this.data.runs[this.places.get(id) ?? -1];
  }

  /** Change a tag or a note of a run. Rejected, with the reason, when it was not recorded. */
  edit(change: Change): Promise<void> {
    const number = ++this.number;
    if (!this.connection.alive) return Promise.reject(new Error(this.connection.words.notSaved));
    return new Promise((resolve, reject) => {
      this.edits.set(number, problem => (problem ? reject(new Error(problem)) : resolve()));
      this.connection.say({ do: 'edit', channel: this.channel, number, change });
    });
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    this.gone = true;
    this.connection.aliveChanged.disconnect(this.turned, this);
    this.following.dispose();
    Signal.clearData(this);
  }

  /** Whether an edit arrived before the connection broke nobody knows: the news that follow show it. */
  private turned(_: Connection, alive: boolean): void {
    this.told.emit();
    if (alive) return;
    const edits = [...this.edits.values()];
    this.edits.clear();
    for (const done of edits) done(this.connection.words.perhapsSaved);
  }

  private hear(message: Heard): void {
    switch (message.do) {
      case 'refused':
        this.problem = message.problem;
        break;
      case 'done':
        this.edits.get(message.number)?.(message.problem);
        this.edits.delete(message.number);
        return;
      case 'news':
        if (!message.whole && message.state !== this.state + 1) {
          this.connection.say({ do: 'hello', channel: this.channel, state: this.state });
          return;
        }
        this.take(message);
        break;
      default:
        return;
    }
    this.told.emit();
  }

  private take(message: Extract<Heard, { do: 'news' }>): void {
    if (message.of && this.known && !this.coming) return; // asked anew, with all runs at hand: they stay until all come
    this.state = message.state;
    this.known = true;
    this.problem = '';
    this.coming = message.of ? message.of - (message.payload?.runs.id.length ?? 0) : 0;
    const news = message.payload && unfold(unpacked(message.payload));
    this.data = message.whole && news ? news : merge(this.data, news, { ...message });
    this.places = new Map(this.data.runs.map(run => [run.id, run.at]));
  }

  private state = -1;
  private gone = false;
  private number = 0;
  private places = new Map<string, number>();
  private edits = new Map<number, (problem?: string) => void>();
  private following: IDisposable;
  private told = new Signal<this, void>(this);
}
