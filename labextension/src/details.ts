import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { duration, figure, moment, words } from '../../nbtrack/view/static/compare/format.js';
import { merge } from '../../nbtrack/view/static/compare/merge.js';
import { unfold } from '../../nbtrack/view/static/compare/payload.js';
import { seriesOf } from '../../nbtrack/view/static/compare/spark.js';
import type { Data, Run, Value } from '../../nbtrack/view/static/compare/types.js';
import { ARCHIVED, STARRED, type Book } from './book';
import { mark, moved, paramsMoved, short, spark } from './figures';
import { previousRun } from './lines';
import { unpacked } from './packed';
import { unlessPressed } from './pressed';
import type { Detail, Heard, Kept } from './protocol';
import { refusal } from './refusal';
import { statusWord, verdictWord } from './words';

export interface DetailActs {
  artifact(run: string, name: string): void;
  /** The picture of a small figure, as the address of an image. */
  picture(run: string, name: string): Promise<string>;
  close(): void;
}

/** Pictures up to so many bytes are shown small beside the others, and so many of them. */
const SMALL = 600_000;
const MOST = 12;
const CHANNEL = 'nbt-detail';

/** A run in detail, below the list: what came out, what went in - first what was not so before -, and what was kept. A
 * run that still grows is shown growing. */
export class Details implements IDisposable {
  constructor(
    private run: Detail,
    readonly book: Book,
    private trans: TranslationBundle,
    private acts: DetailActs
  ) {
    this.top = h('div', { class: 'nbt-detail-top' });
    this.out = h('div', { class: 'nbt-detail-out' });
    this.tags = h('div', { class: 'nbt-detail-tags' });
    this.told = h('div', { class: 'nbt-panel-problem', role: 'alert' });
    this.node = h('section', { class: 'nbt-detail', 'aria-label': run.name, tabindex: '-1', onkeydown: (event: KeyboardEvent) => this.key(event) }, this.top, this.trouble(), this.out, this.params(), this.files(), this.noted(), this.tags, this.tagField(), this.told);
    this.draw();
    this.curves = book.connection.follow(CHANNEL, run.id, message => this.hear(message), true);
    book.changed.connect(this.draw, this);
  }

  readonly node: HTMLElement;

  /** The id of the run. */
  get id(): string {
    return this.run.id;
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    if (this.gone) return;
    this.gone = true;
    this.book.changed.disconnect(this.draw, this);
    this.curves.dispose();
    this.node.remove();
  }

  /** Escape closes the details, except from a field, where it is only left. */
  private key(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.target === this.note || event.target === this.field) this.node.focus();
    else this.acts.close();
  }

  private hear(message: Heard): void {
    if (message.do !== 'news') return;
    const news = message.payload && unfold(unpacked(message.payload));
    this.whole = message.whole || !this.whole ? (news ?? this.whole) : merge(this.whole, news, { ...message });
    this.draw();
  }

  /** What may change while the run grows, or by a person's hand. */
  private draw(): void {
    const { trans } = this;
    const run = this.book.run(this.run.id);
    const status = run?.status ?? this.run.status;
    const level = run?.verdict ?? this.run.verdict;
    const facts = run && [moment(run.started), run.duration !== null && duration(run.duration), run.short].filter(Boolean).join(' · ');
    fillIfNew(this.top, [
      mark(status, trans),
      h('strong', { text: run?.name ?? this.run.name, title: this.run.experiment }),
      h('button', { type: 'button', class: 'nbt-link nbt-close', 'aria-label': trans.__('Close the details'), text: '✕', onclick: () => this.acts.close() }),
      h('div', { class: 'nbt-dim', text: [this.run.experiment, statusWord(status, trans), facts].filter(Boolean).join(' · ') }),
      level ? h('div', { class: /identical|tolerance|consistent/.test(level) ? 'nbt-better' : 'nbt-worse', text: verdictWord(level, trans) }) : ''
    ]);
    fillIfNew(this.out, this.metrics(run));
    fillIfNew(this.tags, this.chips(run));
    this.permit();
  }

  /** Let the note and the tags be written, or say why not. */
  private permit(): void {
    const { fixed, trans } = this;
    for (const field of [this.note, this.field]) {
      field.readOnly = fixed !== '';
      field.title = fixed;
    }
    this.note.placeholder = fixed ? trans.__('No note') : trans.__('Add a note');
    this.field.hidden = fixed !== '';
  }

  /** Why the run cannot be changed; empty where it can. */
  private get fixed(): string {
    return refusal(this.book.connection, 'write', this.trans);
  }

  private trouble(): HTMLElement {
    const { error, warnings, verdicts } = this.run;
    return h(
      'div',
      {},
      error && h('p', { class: 'nbt-worse', text: `${error.type}: ${error.message}` }),
      error?.traceback && h('details', {}, h('summary', { text: this.trans.__('Traceback') }), h('pre', { class: 'nbt-detail-trace', tabindex: '0', text: error.traceback })),
      ...warnings.map(text => h('p', { class: 'nbt-doubt', text })),
      ...verdicts.map(text => h('p', { class: 'nbt-dim', text }))
    );
  }

  private metrics(run: Run | undefined): Node[] {
    const { data } = this.book;
    const earlier = run && previousRun(data, run);
    const columns = data.columns.filter(column => column.space === 'metrics' && run && column.values[run.at] !== null);
    const rows = columns.map(column => {
      const series = this.whole && seriesOf(this.whole, column.key)?.get(0);
      const value = column.values[run!.at];
      return h(
        'div',
        {},
        h('dt', { title: this.run.sources.metrics[column.key] ?? null, text: column.key }),
        h('dd', { title: words(value) }, h('b', { text: short(value) }), earlier && moved(value, column.values[earlier.at], column.dir, this.trans, true), series && spark(series))
      );
    });
    return rows.length ? [h('h4', { text: this.trans.__('Metrics') }), h('dl', {}, ...rows)] : [];
  }

  /** The params that were given, first those that the run before had otherwise; defaults when asked. */
  private params(): HTMLElement | null {
    const { params, sources } = this.run;
    const names = Object.keys(params);
    if (!names.length) return null;
    const run = this.book.run(this.run.id);
    const other = new Map(run ? paramsMoved(this.book.data, run).map(each => [each.key, each]) : []);
    const given = names.filter(name => other.has(name) || !(sources.params[name] ?? '').endsWith(' default'));
    const first = [...given.filter(name => other.has(name)), ...given.filter(name => !other.has(name))];
    const left = [...other.values()].filter(each => !(each.key in params));
    const row = (name: string) => this.param(name, params[name], other.get(name)?.was);
    const rest = names.filter(name => !given.includes(name));
    return h(
      'div',
      {},
      table(this.trans.__('Params'), [...first.map(row), ...left.map(each => this.param(each.key, null, each.was))]),
      rest.length > 0 && h('details', {}, h('summary', { text: this.trans._n('%1 at its default', '%1 at their defaults', rest.length) }), h('table', {}, h('tbody', {}, ...rest.map(row))))
    );
  }

  private param(name: string, value: unknown, was: Value | undefined): HTMLElement {
    return h(
      'tr',
      { class: was === undefined ? null : 'nbt-moved' },
      h('th', { scope: 'row', title: this.run.sources.params[name] ?? null, text: name }),
      h('td', { colspan: 3 }, h('b', { text: value === null || value === undefined ? '–' : worded(value) }), was !== undefined && h('s', { 'aria-label': this.trans.__('was %1', words(was)), text: words(was) }))
    );
  }

  /** What the run kept: figures small, everything else by name. */
  private files(): HTMLElement | null {
    const shown = this.run.artifacts.filter(each => !each.name.startsWith('code/') && !each.name.startsWith('environment/'));
    if (!shown.length) return null;
    const figures = shown.filter(each => each.opens && each.media_type.startsWith('image/') && each.size <= SMALL).slice(0, MOST);
    const line = (file: Kept) =>
      h('li', {}, file.opens ? h('button', { type: 'button', class: 'nbt-link', text: file.name, onclick: () => this.acts.artifact(this.run.id, file.name) }) : h('span', { text: file.name, title: this.trans.__('This kind of file is not shown here') }), h('span', { class: 'nbt-dim', text: size(file.size) }));
    return h(
      'div',
      {},
      h('h4', { text: this.trans.__('Files') }),
      figures.length > 0 && h('div', { class: 'nbt-detail-figures' }, ...figures.map(file => this.figure(file))),
      h('ul', {}, ...shown.filter(file => !figures.includes(file)).map(line))
    );
  }

  private figure(file: Kept): HTMLElement {
    const image = h('img', { alt: file.name });
    void this.acts.picture(this.run.id, file.name).then(
      address => (image.src = address),
      () => undefined // its name stands there
    );
    return h('button', { type: 'button', title: file.name, 'aria-label': this.trans.__('Open %1', file.name), onclick: () => this.acts.artifact(this.run.id, file.name) }, image);
  }

  private noted(): HTMLElement {
    this.note = h('textarea', {
      class: 'nbt-detail-note',
      'aria-label': this.trans.__('Note'),
      rows: '2',
      onchange: () => void this.edit(this.book.edit({ do: 'note', run: this.run.id, text: this.note.value.trim() }))
    });
    this.note.value = this.run.note ?? '';
    return h('div', {}, h('h4', { text: this.trans.__('Note and tags') }), this.note);
  }

  private chips(run: Run | undefined): Node[] {
    const own = this.book.data.columns.filter(column => column.space === 'tags' && run && column.values[run.at] !== null && column.values[run.at] !== undefined && column.key !== STARRED && column.key !== ARCHIVED);
    return own.map(column => {
      const value = column.values[run!.at];
      const text = value === true ? column.key : `${column.key}=${words(value)}`;
      if (this.fixed) return h('span', { class: 'nbt-chip', title: this.fixed }, h('span', { text }));
      const edit = () => {
        this.field.value = text;
        this.field.focus();
      };
      return h(
        'span',
        { class: 'nbt-chip' },
        h('button', { type: 'button', title: this.trans.__('Change this tag'), onclick: edit, text }),
        h('button', { type: 'button', 'aria-label': this.trans.__('Remove the tag %1', column.key), text: '✕', onclick: () => void this.untag(column.key) })
      );
    });
  }

  private tagField(): HTMLElement {
    this.field = h('input', {
      class: 'nbt-detail-tag',
      placeholder: this.trans.__('Add a tag: name or name=value'),
      'aria-label': this.trans.__('Add a tag'),
      onkeydown: (event: KeyboardEvent) => {
        const given = tagOf(this.field.value);
        if (event.key !== 'Enter' || !given) return;
        void this.edit(this.book.edit({ do: 'tag', run: this.run.id, ...given })).then(done => done && (this.field.value = ''));
      }
    });
    return this.field;
  }

  /** Take a tag off. Its buttons go with it: whoever pressed one is left at the field for tags. */
  private async untag(key: string): Promise<void> {
    if (await this.edit(this.book.edit({ do: 'tag', run: this.run.id, key, value: null }))) this.field.focus();
  }

  private async edit(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      this.told.textContent = '';
      return true;
    } catch (problem) {
      this.told.textContent = (problem as Error).message;
      return false;
    }
  }

  private top: HTMLElement;
  private out: HTMLElement;
  private tags: HTMLElement;
  private told: HTMLElement;
  private note!: HTMLTextAreaElement;
  private field!: HTMLInputElement;
  private whole: Data | null = null;
  private gone = false;
  private curves: IDisposable;
}

/** A tag as a person writes it: a name alone is a mark, `name=value` has a value - a number where it is one -, `name=` has none any more. */
export function tagOf(text: string): { key: string; value: Value } | null {
  const [name, ...rest] = text.split('=');
  const key = name.trim();
  if (!key) return null;
  if (!rest.length) return { key, value: true };
  const value = rest.join('=').trim();
  if (/^(true|false)$/i.test(value)) return { key, value: value.toLowerCase() === 'true' };
  return { key, value: value === '' ? null : Number.isFinite(Number(value)) ? Number(value) : value };
}

/** Put other nodes into an element where they say something else: the focus stays on what stands in the same place. */
const fillIfNew = (home: HTMLElement, nodes: (Node | string)[]): void => unlessPressed(home, () => fill(home, nodes));

function fill(home: HTMLElement, nodes: (Node | string)[]): void {
  const next = h('div', {}, ...nodes);
  if (next.innerHTML === home.innerHTML) return;
  const at = buttons(home).indexOf(document.activeElement as HTMLElement);
  home.replaceChildren(...next.childNodes);
  buttons(home)[at]?.focus();
}

const buttons = (home: HTMLElement): HTMLElement[] => [...home.querySelectorAll('button')];

const table = (title: string, rows: Node[]): HTMLElement => h('div', {}, h('h4', { text: title }), h('table', { 'aria-label': title }, h('tbody', {}, ...rows)));

const worded = (value: unknown): string => (typeof value === 'number' ? figure(value, 6) : typeof value === 'string' ? value : typeof value === 'boolean' ? words(value) : JSON.stringify(value));

const size = (bytes: number): string => (bytes < 1e3 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
