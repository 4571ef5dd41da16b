import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type PanelLayout, Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { figure, MARKS, verdict } from '../../nbtrack/view/static/compare/format.js';
import type { Book } from './book';
import { ago, change, chosenMetric } from './lines';
import type { Act } from './marks';
import type { CellNow } from './protocol';

/** One line between a cell's source and its output: its latest run, and whether that is still what the cell says. */
export class Badge extends Widget {
  constructor(
    readonly cell: Cell,
    private trans: TranslationBundle,
    private act: Act
  ) {
    super();
    this.addClass('nbt-badge');
    this.button = h('button', { type: 'button', class: 'nbt-badge-run', 'aria-haspopup': 'dialog', onclick: () => this.act.history(this.cell, this.runs, this.button) });
    this.stale = h('span', { class: 'nbt-badge-stale', role: 'status' });
    this.node.append(this.button, this.stale);
    const layout = cell.layout as PanelLayout;
    const input = layout.widgets.findIndex(widget => widget.hasClass('jp-Cell-inputWrapper'));
    layout.insertWidget(input + 1, this);
  }

  /** Show what is known of the cell. */
  tell(now: CellNow, book: Book): void {
    this.runs = now.runs;
    const run = book.run(now.runs[0]);
    const before = book.run(now.runs[1] ?? '');
    if (!run) return;
    const metric = chosenMetric(book.data);
    const value = metric?.values[run.at] ?? null;
    const moved = change(value, before ? metric?.values[before.at] : null, metric?.dir ?? null);
    const { trans } = this;
    const kind = moved?.better === null || !moved ? 'nbt-list-dim' : moved.better ? 'nbt-good' : 'nbt-bad';
    const parts = [
      h('span', { class: `nbt-list-mark nbt-is-${run.status}`, text: MARKS[run.status as keyof typeof MARKS] ?? '·' }),
      h('span', { class: 'nbt-badge-name', text: run.name }),
      value !== null && metric && h('span', {}, `${metric.key} `, h('b', { text: typeof value === 'number' ? figure(value) : String(value) }), moved && h('span', { class: kind, text: ` ${moved.sign}` })),
      run.verdict && h('span', { class: 'nbt-list-dim', text: verdict(run.verdict) }),
      h('span', { class: 'nbt-list-dim', text: ago(run.started, Date.now(), document.documentElement.lang || undefined) }),
      now.runs.length > 1 && h('span', { class: 'nbt-badge-count', text: trans._n('%1 run', '%1 runs', now.runs.length) })
    ];
    this.button.replaceChildren(...parts.filter(part => part instanceof Node));
    this.button.setAttribute('aria-label', trans.__('Latest run of this cell: %1, %2. Show its history.', run.name, run.status));
    const said = now.stale ? trans.__('edited since') : now.upstream.length ? trans.__('reads from a cell edited since') : '';
    this.stale.textContent = said;
    this.stale.hidden = !said;
    this.toggleClass('nbt-is-stale', Boolean(said));
  }

  private button: HTMLButtonElement;
  private stale: HTMLElement;
  private runs: string[] = [];
}
