import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type PanelLayout, Widget } from '@lumino/widgets';
import { h, present } from '../../nbtrack/view/static/compare/dom.js';
import { seriesOf } from '../../nbtrack/view/static/compare/spark.js';
import type { Book } from './book';
import { mark, moved, short, spark } from './figures';
import { ago, chosenMetric } from './lines';
import type { Act } from './marks';
import { unlessPressed } from './pressed';
import type { CellNow } from './protocol';
import { statusWord, verdictWord } from './words';

/** One line between a cell's source and its output: its latest run, and whether that is still what the cell says. */
export class Badge extends Widget {
  constructor(
    readonly cell: Cell,
    private trans: TranslationBundle,
    private act: Act
  ) {
    super();
    for (const name of ['nbt-lab', 'nbt-badge']) this.addClass(name);
    this.button = h('button', { type: 'button', class: 'nbt-badge-run', 'aria-haspopup': 'dialog', onclick: () => this.act.history(this.cell, this.runs, this.button) });
    this.stale = h('span', { class: 'nbt-badge-stale', role: 'status' });
    this.node.append(this.button, this.stale);
    this.attach();
  }

  /** Whether it stands where it belongs. A cell that came into sight anew may have been built anew. */
  get isInPlace(): boolean {
    return !this.isDisposed && this.parent === this.cell && this.node.isConnected === this.cell.node.isConnected;
  }

  /** Show what is known of the cell. */
  tell(now: CellNow, book: Book, metricWanted: string): void {
    unlessPressed(this.node, () => this.draw(now, book, metricWanted));
  }

  /** Say why nothing is known of the cells of the notebook. */
  lament(words: string): void {
    unlessPressed(this.node, () => this.sayOnly(words));
  }

  private draw(now: CellNow, book: Book, metricWanted: string): void {
    this.runs = now.runs;
    this.button.hidden = false;
    const run = book.run(now.runs[0]);
    this.node.hidden = !run;
    if (!run) return;
    const { trans } = this;
    const earlier = book.run(now.runs[1] ?? '');
    const metric = chosenMetric(book.data, metricWanted, [run]);
    const value = metric?.values[run.at] ?? null;
    const series = run.status === 'running' && metric ? seriesOf(book.data, metric.key)?.get(run.at) : undefined;
    const parts = present([
      mark(run.status, trans),
      h('span', { class: 'nbt-badge-name', text: run.name }),
      value !== null && h('span', {}, h('span', { class: 'nbt-dim', text: `${metric!.key} ` }), h('b', { text: short(value) }), earlier && moved(value, metric!.values[earlier.at], metric!.dir, trans, true)),
      series && spark(series),
      run.status === 'failed' && h('span', { class: 'nbt-worse', text: run.error || trans.__('failed') }),
      run.verdict && h('span', { class: 'nbt-dim', text: verdictWord(run.verdict, trans) }),
      h('span', { class: 'nbt-dim', text: run.status === 'running' ? trans.__('running') : ago(run.started, Date.now(), document.documentElement.lang || undefined) }),
      now.runs.length > 1 && h('span', { class: 'nbt-badge-count', text: trans._n('%1 run', '%1 runs', now.runs.length) })
    ]);
    this.button.replaceChildren(...parts);
    this.button.setAttribute('aria-label', trans.__('Latest run of this cell: %1, %2. Show its history.', run.name, [statusWord(run.status, trans), value !== null && `${metric!.key} ${short(value)}`].filter(Boolean).join(', ')));
    this.button.title = book.trouble;
    this.tellStale(now, book.trouble !== '');
  }

  private sayOnly(words: string): void {
    this.button.hidden = true;
    if (this.said === words) return;
    this.said = words;
    this.stale.replaceChildren(`${this.trans.__('Runs are not shown.')} ${words}`);
  }

  /** Say that the cell, or which cell it reads from, was edited since; or that nothing new is heard of it. */
  private tellStale(now: CellNow, cut: boolean): void {
    const { trans } = this;
    const said = now.stale ? 'own' : now.upstream.join(' ') || (cut ? 'cut' : '');
    this.toggleClass('nbt-is-stale', said !== '');
    if (said === this.said) return;
    this.said = said;
    this.stale.hidden = !said;
    const link = (cell: string) => h('button', { type: 'button', class: 'nbt-link', text: this.act.name(cell), title: trans.__('Go to this cell'), onclick: () => this.act.go(cell) });
    if (!said) this.stale.replaceChildren();
    else if (said === 'cut') this.stale.replaceChildren(trans.__('not up to date'));
    else if (now.stale) this.stale.replaceChildren(trans.__('edited since'));
    else this.stale.replaceChildren(`${trans.__('reads from a cell edited since:')} `, ...now.upstream.slice(0, 3).flatMap((cell, at) => [at ? ', ' : '', link(cell)]), now.upstream.length > 3 ? ' …' : '');
  }

  private attach(): void {
    const layout = this.cell.layout as PanelLayout;
    const input = layout.widgets.findIndex(widget => widget.hasClass('jp-Cell-inputWrapper'));
    layout.insertWidget(input + 1, this);
  }

  private button: HTMLButtonElement;
  private stale: HTMLElement;
  private runs: string[] = [];
  private said: string | null = null;
}
