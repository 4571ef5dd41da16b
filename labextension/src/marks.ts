import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { Book } from './book';
import { Badge } from './badge';
import type { CellNow } from './protocol';

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
    private act: Act
  ) {
    book.changed.connect(this.news, this);
    panel.content.modelContentChanged.connect(this.edited, this);
    panel.content.model?.cells.changed.connect(this.edited, this);
    panel.disposed.connect(() => this.dispose());
    this.soon(0);
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.waiting);
    this.book.changed.disconnect(this.news, this);
    for (const badge of this.badges.values()) badge.dispose();
    Signal.clearData(this);
  }

  /** What is known of a cell, by its id. */
  cell(id: string): CellNow | undefined {
    return this.cells[id];
  }

  /** The id of the cell that a run is of, if it is in this notebook. */
  cellOf(run: string): string | undefined {
    return this.home.get(run);
  }

  private news(): void {
    this.soon(NEWS);
  }

  private edited(): void {
    this.soon(TYPING);
  }

  /** Ask in a while; what comes meanwhile is asked with it. */
  private soon(ms: number): void {
    const due = Date.now() + ms;
    if (this.waiting && this.due <= due) return;
    clearTimeout(this.waiting);
    this.due = due;
    this.waiting = setTimeout(() => void this.ask(), ms) as unknown as number;
  }

  private async ask(): Promise<void> {
    this.waiting = 0;
    if (this.gone || !this.book.known) return;
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
    const there = new Set<string>();
    for (const cell of this.panel.content.widgets) {
      const now = this.cells[cell.model.id];
      if (!now?.runs.length) continue;
      there.add(cell.model.id);
      this.badgeOf(cell).tell(now, this.book);
    }
    for (const [id, badge] of this.badges)
      if (!there.has(id)) {
        badge.dispose();
        this.badges.delete(id);
      }
  }

  private badgeOf(cell: Cell): Badge {
    const known = this.badges.get(cell.model.id);
    if (known && !known.isDisposed && known.cell === cell) return known;
    known?.dispose();
    const badge = new Badge(cell, this.trans, this.act);
    this.badges.set(cell.model.id, badge);
    return badge;
  }

  private gone = false;
  private waiting = 0;
  private due = 0;
  private cells: Record<string, CellNow> = {};
  private home = new Map<string, string>();
  private badges = new Map<string, Badge>();
}

/** What a badge has others do. */
export interface Act {
  history(cell: Cell, runs: string[], anchor: HTMLElement): void;
}
