import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { type Message, MessageLoop } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { cut } from '../../nbtrack/view/static/compare/format.js';
import type { Run } from '../../nbtrack/view/static/compare/types.js';
import type { Book } from './book';
import { Badge } from './badge';
import type { CellNow } from './protocol';
import type { Taste } from './taste';
import { isTracked } from './track';

/** After the last key (ms), it is seen whether cells are stale. */
const TYPING = 700;
/** After news of runs. */
const NEWS = 200;

/** What is known of the cells of one notebook, shown as a badge below each cell that was a run. The notebook itself is
 * never changed: badges are asked for anew whenever it is opened. */
export class Marks implements IDisposable {
  constructor(
    private panel: NotebookPanel,
    readonly book: Book,
    private trans: TranslationBundle,
    private taste: Taste,
    private history: Act['history']
  ) {
    book.changed.connect(this.news, this);
    taste.changed.connect(this.draw, this);
    panel.content.modelContentChanged.connect(this.edited, this);
    panel.content.model?.cells.changed.connect(this.moved, this);
    panel.disposed.connect(this.dispose, this);
    MessageLoop.installMessageHook(panel, this.shown);
    this.soon(0);
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.waiting);
    MessageLoop.removeMessageHook(this.panel, this.shown);
    this.book.changed.disconnect(this.news, this);
    this.taste.changed.disconnect(this.draw, this);
    for (const badge of this.badges.values()) badge.dispose();
    Signal.clearData(this);
  }

  /** The id of the cell that a run is of, if it is in this notebook. */
  cellOf(run: string): string | undefined {
    return this.home.get(run);
  }

  /** What the cells of runs are called, as of now. */
  names(): (run: Run) => string | null {
    const names = new Map<string, string>();
    return run => {
      const id = this.home.get(run.id);
      if (id === undefined) return null;
      let name = names.get(id);
      if (name === undefined) names.set(id, (name = this.name(id)));
      return name || null;
    };
  }

  /** The notebook was in front all the time as far as JupyterLab tells, and yet another tab was before it. */
  private shown = (_: unknown, { type }: Message): boolean => {
    if (type === 'after-show') this.wake();
    return true;
  };

  /** The notebook was brought to the front: what came meanwhile is asked now. */
  wake(): void {
    if (this.slept) this.soon(0);
  }

  /** Ask only when runs came or went: what else is new of them the book knows. */
  private news(): void {
    const { runs } = this.book.data;
    const now = `${this.book.known} ${runs.length} ${runs[runs.length - 1]?.id ?? ''}`;
    if (now !== this.known) this.soon(NEWS);
    else this.draw();
    this.known = now;
  }

  private edited(): void {
    this.soon(TYPING);
  }

  /** Cells came, went or moved: their badges go with them at once, what else follows is asked. */
  private moved(): void {
    requestAnimationFrame(() => this.draw());
    this.soon(NEWS);
  }

  /** Ask in a while; what comes meanwhile is asked with it. */
  private soon(ms: number): void {
    const due = Date.now() + ms;
    if (this.waiting && ms < TYPING && this.due <= due) return;
    clearTimeout(this.waiting);
    this.due = due;
    this.waiting = setTimeout(() => void this.ask(), ms) as unknown as number;
  }

  private async ask(): Promise<void> {
    this.waiting = 0;
    if (this.gone) return;
    this.slept = !this.panel.isVisible;
    if (this.slept) return;
    if (!this.book.known) return this.draw();
    const cells: Record<string, string> = {};
    for (const cell of this.panel.content.widgets) if (cell.model.type === 'code') cells[cell.model.id] = cell.model.sharedModel.getSource();
    try {
      this.cells = await this.book.connection.ask({ what: 'cells', cells });
    } catch {
      return; // as it was; the next news asks again
    }
    if (this.gone) return;
    this.home = new Map(Object.entries(this.cells).flatMap(([cell, now]) => now.runs.map(run => [run, cell] as [string, string])));
    this.draw();
  }

  private draw(): void {
    if (this.gone) return;
    if (!this.panel.isVisible) return void (this.slept = true);
    const there = new Set<string>(this.book.known ? [] : this.lament());
    for (const cell of this.panel.content.widgets) {
      const now = this.cells[cell.model.id];
      if (!now?.runs.length) continue;
      there.add(cell.model.id);
      this.badgeOf(cell)?.tell(now, this.book, this.taste.now.metric);
    }
    for (const [id, badge] of this.badges)
      if (!there.has(id)) {
        badge.dispose();
        this.badges.delete(id);
      }
  }

  /** Where nothing is known, and there is a reason, it stands once: below the first cell that is tracked. */
  private lament(): string[] {
    const words = this.book.problem || this.book.trouble;
    const cell = words ? this.panel.content.widgets.find(each => each.model.type === 'code' && isTracked(each.model.sharedModel.getSource())) : undefined;
    if (!cell) return [];
    this.badgeOf(cell)?.lament(words);
    return [cell.model.id];
  }

  /** The badge of a cell; none of one that is far out of sight, which the notebook has not built: it gets its badge then. */
  private badgeOf(cell: Cell): Badge | undefined {
    const known = this.badges.get(cell.model.id);
    if (known?.cell === cell && known.isInPlace) return known;
    known?.dispose();
    this.badges.delete(cell.model.id);
    if (cell.isPlaceholder()) return void this.whenBuilt(cell);
    const badge = new Badge(cell, this.trans, this.act);
    this.badges.set(cell.model.id, badge);
    return badge;
  }

  private whenBuilt(cell: Cell): void {
    if (this.awaited.has(cell)) return;
    this.awaited.add(cell);
    void cell.ready.then(() => {
      this.awaited.delete(cell);
      this.draw();
    });
  }

  /** What a cell is called: its number and its first line that says something. */
  private name(id: string): string {
    const { widgets } = this.panel.content;
    const at = widgets.findIndex(each => each.model.id === id);
    if (at < 0) return '';
    const line = widgets[at].model.sharedModel.getSource().split('\n').find(text => text.trim() && !text.startsWith('%')) ?? '';
    return `${at + 1} · ${cut(line.trim(), 60)}`;
  }

  private go(id: string): void {
    const { content } = this.panel;
    const at = content.widgets.findIndex(each => each.model.id === id);
    if (at < 0) return;
    content.activeCellIndex = at;
    void content.scrollToItem(at, 'smart');
    content.activate();
  }

  private act: Act = {
    history: (cell, runs, anchor) => this.history(cell, runs, anchor),
    name: cell => this.name(cell),
    go: cell => this.go(cell)
  };
  private gone = false;
  private slept = false;
  private waiting = 0;
  private due = 0;
  private known = '';
  private cells: Record<string, CellNow> = {};
  private home = new Map<string, string>();
  private badges = new Map<string, Badge>();
  private awaited = new WeakSet<Cell>();
}

/** What a badge has others do. */
export interface Act {
  history(cell: Cell, runs: string[], anchor: HTMLElement): void;
  /** What a cell is called, by its id. */
  name(cell: string): string;
  /** Bring a cell into sight. */
  go(cell: string): void;
}
