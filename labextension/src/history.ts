import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { h, s } from '../../nbtrack/view/static/compare/dom.js';
import type { Run, Value } from '../../nbtrack/view/static/compare/types.js';
import type { Book } from './book';
import { mark, moved, paramsMoved, short } from './figures';
import { ago, chosenMetric, metricsOf } from './lines';
import type { DiffLine } from './protocol';
import type { Taste } from './taste';
import { verdictWord } from './words';

const MOST = 60;
const LINE = { width: 456, height: 46, edge: 5 };

export interface HistoryActs {
  open(run: string): void;
  compare(runs: string[]): void;
  replace(cell: Cell, run: string): void;
  insert(cell: Cell, run: string): void;
}

/** The runs of a cell, newest first, as a dialog at its badge: what each reached, and what of the source changed. */
export class History extends Widget {
  constructor(
    private cell: Cell,
    private runs: string[],
    private book: Book,
    private trans: TranslationBundle,
    private acts: HistoryActs,
    private taste: Taste,
    private anchor: HTMLElement
  ) {
    super();
    for (const name of ['nbt-lab', 'nbt-history']) this.addClass(name);
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-modal', 'true');
    this.node.setAttribute('aria-label', trans.__('Runs of this cell'));
    this.node.tabIndex = -1;
    this.node.dataset.lmSuppressShortcuts = 'true';
    this.node.addEventListener('keydown', event => this.key(event));
    document.addEventListener('pointerdown', this.outside, true);
    taste.changed.connect(this.draw, this);
    cell.disposed.connect(this.dispose, this);
    this.draw();
  }

  /** Show it beside its badge. */
  show(): void {
    super.show();
    const box = this.anchor.getBoundingClientRect();
    const width = this.node.offsetWidth;
    const from = getComputedStyle(this.anchor).direction === 'rtl' ? box.right - width : box.left;
    this.node.style.left = `${Math.max(8, Math.min(from, innerWidth - width - 8))}px`;
    const below = innerHeight - box.bottom;
    const under = below > 300 || below > box.top;
    if (under) this.node.style.top = `${box.bottom + 4}px`;
    else this.node.style.bottom = `${innerHeight - box.top + 4}px`;
    this.node.style.maxHeight = `${(under ? below : box.top) - 16}px`;
    this.node.querySelector<HTMLElement>('button')?.focus();
  }

  dispose(): void {
    if (this.isDisposed) return;
    document.removeEventListener('pointerdown', this.outside, true);
    this.taste.changed.disconnect(this.draw, this);
    super.dispose();
  }

  private outside = (event: Event): void => {
    if (!this.node.contains(event.target as Node)) this.dispose();
  };

  /** The focus stays inside until Escape gives it back to the badge. */
  private key(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      this.dispose();
      this.anchor.focus();
    }
    if (event.key !== 'Tab') return;
    const able = [...this.node.querySelectorAll<HTMLElement>('button, select, pre')].filter(each => each.offsetParent);
    const [first, last] = [able[0], able[able.length - 1]];
    if (document.activeElement !== (event.shiftKey ? first : last) && document.activeElement !== this.node) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus();
  }

  private draw(): void {
    const { data } = this.book;
    const known = this.runs.flatMap(id => this.book.run(id) ?? []);
    const metric = chosenMetric(data, this.taste.now.metric, known);
    const values = known.map(run => metric?.values[run.at] ?? null);
    const list = h('ol', { class: 'nbt-history-list' }, ...known.slice(0, MOST).map((run, at) => this.line(run, known[at + 1], values[at], values[at + 1] ?? null, metric?.dir ?? null)));
    if (known.length > MOST) list.append(h('li', { class: 'nbt-dim', text: this.trans.__('and %1 earlier ones', known.length - MOST) }));
    this.node.replaceChildren(this.head(known, values, metric?.key ?? ''), list);
  }

  private head(known: Run[], values: Value[], metric: string): HTMLElement {
    const choice = h('select', { 'aria-label': this.trans.__('Metric'), onchange: () => this.taste.keep(choice.value) }, ...metricsOf(this.book.data).map(column => h('option', { value: column.key, text: column.key })));
    choice.value = metric;
    return h(
      'div',
      { class: 'nbt-history-top' },
      h('strong', { text: this.trans._n('%1 run of this cell', '%1 runs of this cell', this.runs.length) }),
      metric ? choice : null,
      known.length > 1 && h('button', { type: 'button', class: 'nbt-button', text: this.trans.__('Compare'), onclick: () => this.done(() => this.acts.compare(this.runs.slice(0, MOST))) }),
      timeline([...values].reverse(), [...known].reverse())
    );
  }

  private line(run: Run, before: Run | undefined, value: Value, was: Value, dir: 'max' | 'min' | null): HTMLElement {
    const { trans } = this;
    const what = h('div', { class: 'nbt-history-diff', hidden: true });
    const changes = before && h('button', { type: 'button', class: 'nbt-link', 'aria-expanded': 'false', text: trans.__('Changes'), onclick: () => void this.differ(changes as HTMLElement, what, before.id, run.id) });
    const params = before ? paramsMoved(this.book.data, run, before) : [];
    return h(
      'li',
      {},
      mark(run.status, trans),
      h('span', { class: 'nbt-history-name' }, h('b', { text: run.name }), ...params.slice(0, 4).flatMap(each => [h('span', { class: 'nbt-dim', text: ` ${each.key} ` }), short(each.now) || '–'])),
      h('span', { class: 'nbt-list-value' }, moved(value, was, dir, trans), short(value)),
      h('span', { class: 'nbt-dim nbt-history-when', title: new Date(run.started).toLocaleString(), text: ago(run.started, Date.now(), document.documentElement.lang || undefined) }),
      h(
        'span',
        { class: 'nbt-history-acts' },
        run.verdict && h('span', { class: 'nbt-dim', text: verdictWord(run.verdict, trans) }),
        this.button(trans.__('Details'), () => this.done(() => this.acts.open(run.id))),
        changes,
        this.button(trans.__('Restore'), () => this.done(() => this.acts.replace(this.cell, run.id)), trans.__('Put this version into the cell')),
        this.button(trans.__('Insert below'), () => this.done(() => this.acts.insert(this.cell, run.id)), trans.__('Put this version into a new cell below'))
      ),
      what
    );
  }

  private button(text: string, onclick: () => void, title = ''): HTMLElement {
    return h('button', { type: 'button', class: 'nbt-link', text, title: title || null, onclick });
  }

  private done(work: () => void): void {
    this.dispose();
    this.anchor.focus(); // from where what is done takes it on, if anywhere
    work();
  }

  private async differ(button: HTMLElement, home: HTMLElement, old: string, now: string): Promise<void> {
    home.hidden = !home.hidden;
    button.setAttribute('aria-expanded', String(!home.hidden));
    if (home.hidden || home.childElementCount) return;
    home.textContent = '…';
    try {
      const lines = await this.book.connection.ask({ what: 'difference', old, new: now });
      home.replaceChildren(...shown(lines, this.trans));
    } catch (problem) {
      home.textContent = (problem as Error).message;
    }
  }
}

/** Where a metric went from run to run, oldest first: a line with a dot for each run, the last one full. */
export function timeline(values: Value[], runs: Pick<Run, 'name' | 'status'>[]): SVGElement | null {
  const numbers = values.map(value => (typeof value === 'number' && Number.isFinite(value) ? value : null));
  const some = numbers.filter(value => value !== null);
  if (some.length < 2) return null;
  const low = some.reduce((a, b) => Math.min(a, b));
  const span = some.reduce((a, b) => Math.max(a, b)) - low || 1;
  const { width, height, edge } = LINE;
  const x = (at: number) => edge + (at / (numbers.length - 1)) * (width - 2 * edge);
  const y = (value: number) => height - edge - ((value - low) / span) * (height - 2 * edge);
  const points = numbers.flatMap((value, at) => (value === null ? [] : [{ at, value }]));
  const path = `M${points.map(({ at, value }) => `${x(at).toFixed(1)} ${y(value).toFixed(1)}`).join('L')}`;
  const last = points[points.length - 1].at;
  const dots = points.length <= MOST ? points : points.slice(-1);
  return s(
    'svg',
    { class: 'nbt-history-line', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    s('path', { d: path }),
    ...dots.map(({ at, value }) => s('circle', { cx: x(at).toFixed(1), cy: y(value).toFixed(1), r: at === last ? 3.4 : 2.4, class: at === last ? 'nbt-last' : null }, s('title', { text: `${runs[at].name}: ${short(value)}` })))
  );
}

/** The lines that differ with two around each. */
export function near(lines: DiffLine[], around = 2): DiffLine[] {
  const wanted = new Set<number>();
  lines.forEach(([sign], at) => {
    if (sign !== '=') for (let other = at - around; other <= at + around; other++) wanted.add(other);
  });
  return lines.filter((_, at) => wanted.has(at));
}

function shown(lines: DiffLine[], trans: TranslationBundle): Node[] {
  const some = near(lines);
  if (!some.length) return [h('p', { text: trans.__('The source is the same.') })];
  return [h('pre', { tabindex: '0', 'aria-label': trans.__('Changes of the source') }, ...some.map(diffLine))];
}

function diffLine([sign, text, marks]: DiffLine): HTMLElement {
  const line = h('span', { class: sign === '-' ? 'nbt-gone' : sign === '+' ? 'nbt-come' : '' }, `${sign === '=' ? ' ' : sign} `);
  let at = 0;
  for (const [from, to] of marks) {
    line.append(text.slice(at, from), h('mark', { text: text.slice(from, to) }));
    at = to;
  }
  line.append(`${text.slice(at)}\n`);
  return line;
}
