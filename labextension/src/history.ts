import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { h, s } from '../../nbtrack/view/static/compare/dom.js';
import { figure, MARKS } from '../../nbtrack/view/static/compare/format.js';
import { sparkPath, SPARK } from '../../nbtrack/view/static/compare/spark.js';
import type { Book } from './book';
import { ago, change, chosenMetric } from './lines';
import type { DiffLine } from './protocol';

const MOST = 60;

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
    private anchor: HTMLElement
  ) {
    super();
    this.addClass('nbt-history');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', trans.__('Runs of this cell'));
    this.node.tabIndex = -1;
    this.node.dataset.lmSuppressShortcuts = 'true';
    this.node.addEventListener('keydown', event => event.key === 'Escape' && this.leave());
    document.addEventListener('pointerdown', this.outside, true);
    this.draw();
  }

  /** Show it beside its badge. */
  show(): void {
    super.show();
    const box = this.anchor.getBoundingClientRect();
    this.node.style.left = `${Math.max(8, Math.min(box.left, innerWidth - 440))}px`;
    const below = innerHeight - box.bottom;
    if (below > 260 || below > box.top) this.node.style.top = `${box.bottom + 4}px`;
    else this.node.style.bottom = `${innerHeight - box.top + 4}px`;
    this.node.style.maxHeight = `${Math.max(below, box.top) - 16}px`;
    this.node.querySelector<HTMLElement>('button')?.focus();
  }

  dispose(): void {
    document.removeEventListener('pointerdown', this.outside, true);
    super.dispose();
  }

  private outside = (event: Event): void => {
    if (!this.node.contains(event.target as Node)) this.dispose();
  };

  private leave(): void {
    this.dispose();
    this.anchor.focus();
  }

  private draw(): void {
    const { data } = this.book;
    const metric = chosenMetric(data);
    const known = this.runs.flatMap(id => this.book.run(id) ?? []);
    const values = known.map(run => metric?.values[run.at]).filter(value => typeof value === 'number') as number[];
    const head = h('div', { class: 'nbt-history-top' }, h('strong', { text: this.trans._n('%1 run of this cell', '%1 runs of this cell', this.runs.length) }));
    if (values.length > 1)
      head.append(
        s('svg', { width: SPARK.width * 2, height: SPARK.height, viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, preserveAspectRatio: 'none', class: 'nbt-history-spark', 'aria-hidden': 'true' }, s('path', { d: sparkPath({ steps: values, values: [...values].reverse() }), fill: 'none', stroke: 'currentColor', 'vector-effect': 'non-scaling-stroke' }))
      );
    if (known.length > 1) head.append(h('button', { type: 'button', class: 'nbt-button', text: this.trans.__('Compare'), onclick: () => this.done(() => this.acts.compare(this.runs.slice(0, MOST))) }));
    const list = h('ol', { class: 'nbt-history-list' });
    known.slice(0, MOST).forEach((run, at) => {
      const value = metric?.values[run.at] ?? null;
      const moved = change(value, known[at + 1] ? metric?.values[known[at + 1].at] : null, metric?.dir ?? null);
      const what = h('div', { class: 'nbt-history-diff', hidden: true });
      const buttons = h(
        'span',
        { class: 'nbt-history-acts' },
        this.button(this.trans.__('Details'), () => this.done(() => this.acts.open(run.id))),
        known[at + 1] && this.button(this.trans.__('Changes'), () => void this.differ(what, known[at + 1].id, run.id)),
        this.button(this.trans.__('Restore'), () => this.done(() => this.acts.replace(this.cell, run.id)), this.trans.__('Put this version into the cell')),
        this.button(this.trans.__('Insert below'), () => this.done(() => this.acts.insert(this.cell, run.id)), this.trans.__('Put this version into a new cell below'))
      );
      list.append(
        h(
          'li',
          {},
          h('span', { class: `nbt-list-mark nbt-is-${run.status}`, text: MARKS[run.status as keyof typeof MARKS] ?? '·' }),
          h('span', { class: 'nbt-history-name', text: run.name }),
          h('span', { class: 'nbt-list-value' }, moved && h('span', { class: moved.better === null ? 'nbt-list-dim' : moved.better ? 'nbt-good' : 'nbt-bad', text: `${moved.sign} ` }), value === null ? '' : typeof value === 'number' ? figure(value) : String(value)),
          h('span', { class: 'nbt-list-dim', text: ago(run.started, Date.now()) }),
          buttons,
          what
        )
      );
    });
    if (known.length > MOST) list.append(h('li', { class: 'nbt-list-dim', text: this.trans.__('and %1 earlier ones', known.length - MOST) }));
    this.node.replaceChildren(head, list);
  }

  private button(text: string, onclick: () => void, title = ''): HTMLElement {
    return h('button', { type: 'button', class: 'nbt-link', text, title: title || null, onclick });
  }

  private done(work: () => void): void {
    this.dispose();
    work();
  }

  private async differ(home: HTMLElement, old: string, now: string): Promise<void> {
    if (!home.hidden) {
      home.hidden = true;
      return;
    }
    home.hidden = false;
    home.textContent = '…';
    try {
      const lines = await this.book.connection.ask({ what: 'difference', old, new: now });
      home.replaceChildren(...shown(lines, this.trans));
    } catch (problem) {
      home.textContent = (problem as Error).message;
    }
  }
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
  return [
    h(
      'pre',
      {},
      ...some.map(([sign, text, marks]) => {
        const line = h('span', { class: sign === '-' ? 'nbt-gone' : sign === '+' ? 'nbt-come' : '' }, `${sign === '=' ? ' ' : sign} `);
        let at = 0;
        for (const [from, to] of marks) {
          line.append(text.slice(at, from), h('mark', { text: text.slice(from, to) }));
          at = to;
        }
        line.append(`${text.slice(at)}\n`);
        return line;
      })
    )
  ];
}
