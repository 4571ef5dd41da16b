import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Dialog, InputDialog, type MainAreaWidget, Notification, showDialog, type WidgetTracker } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { addressOf, openedTab } from './artifact';
import type { Book } from './book';
import { askOf, comparisonTab, type Compared, type ComparisonTab } from './comparison';
import { Details, tagOf } from './details';
import { openText, writeText } from './files';
import type { Library } from './library';
import type { Marks } from './marks';
import type { RunsPanel } from './panel';
import { refusal, type Need } from './refusal';
import type { Change, Made } from './protocol';
import { reproduce } from './reproducing';
import { insertSource, replaceSource } from './restoring';

/** JupyterLab cuts what a notification says after so many characters. */
const SHOWN = 140;

export interface Home {
  app: JupyterFrontEnd;
  notebooks: INotebookTracker;
  comparisons: WidgetTracker<MainAreaWidget<ComparisonTab>>;
  docs: IDocumentManager;
  rendermime: IRenderMimeRegistry;
  library: Library;
  runs: RunsPanel;
  trans: TranslationBundle;
  marks: Map<NotebookPanel, Marks>;
}

/** What a person has done with runs, by their ids. Each that can fail is rejected with what to tell them. */
export class Doing {
  constructor(private home: Home) {}

  /** The runs of the notebook in front; null where there is none. */
  get book(): Book | null {
    const { notebooks, library } = this.home;
    return notebooks.currentWidget ? library.of(notebooks.currentWidget.context.path) : null;
  }

  /** Have something done, and tell who asked for it when it cannot be. */
  told(work: () => Promise<unknown>): void {
    void work().catch((problem: Error) => this.tell('error', problem.message));
  }

  /** Compare runs in a tab; all of them where none are named. */
  async compare(ids: string[]): Promise<void> {
    const ask = askOf(ids);
    if (ask === null) throw new Error(this.home.trans.__('%1 runs are too many to name one by one. Select fewer, or none to compare all.', ids.length));
    const notebook = this.home.notebooks.currentWidget?.context.path;
    if (notebook === undefined) return;
    const id = `nbtrack-comparison-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 6)}`;
    await this.openComparison({ ask, notebook, id }, this.home.trans.__('Comparison'));
  }

  async openComparison(of: Compared, title: string): Promise<void> {
    const { app, comparisons, library } = this.home;
    const tab = comparisonTab(library.of(of.notebook).connection, of, title);
    tab.id = of.id;
    await comparisons.add(tab);
    this.show(tab, 'split-right');
    tab.disposed.connect(() => app.commands.notifyCommandChanged('nbtrack:compare'));
  }

  /** Why what needs this cannot be done with the runs in front; empty where it can. */
  refusal(need: Need): string {
    return this.book ? refusal(this.book.connection, need, this.home.trans) : '';
  }

  /** Show a run in detail below the list; the focus goes there where it would be lost. */
  async open(id: string): Promise<void> {
    const { app, runs, trans } = this.home;
    const book = this.needed();
    const detail = await book.connection.ask({ what: 'run', run: id });
    this.close();
    this.details = new Details(detail, book, trans, {
      close: () => this.leave(),
      artifact: (run, name) => this.told(() => this.artifact(run, name)),
      picture: async (run, name) => addressOf(await book.connection.ask({ what: 'artifact', run, name }))
    });
    runs.foot.append(this.details.node);
    if (!runs.node.contains(document.activeElement)) runs.enterAt(this.details.node);
    if (!runs.isVisible) app.shell.activateById(runs.id);
  }

  /** Keep to the store of the notebook in front, and to the run that is selected. */
  follow(): void {
    const { selected } = this.home.runs;
    if (this.details && this.details.book !== this.book) this.close();
    if (this.details && selected.length === 1 && selected[0] !== this.details.id) this.told(() => this.open(selected[0]));
  }

  /** Close what is open of a run, and go back to the list where that was left. */
  private leave(): void {
    const inside = this.details?.node.contains(document.activeElement);
    this.close();
    if (inside) this.home.runs.enterList();
  }

  /** Close what is open of a run. */
  close(): void {
    this.details?.dispose();
    this.details = undefined;
  }

  async artifact(run: string, name: string): Promise<void> {
    const file = await this.needed().connection.ask({ what: 'artifact', run, name });
    this.show(await openedTab(file, this.home.rendermime, this.home.trans));
  }

  /** Write the programs of runs beside the notebook, and open a single one. What cannot be exported is told, and the others are. */
  async program(runs: string[], kind: 'script' | 'notebook' | 'module'): Promise<void> {
    const { connection } = this.needed();
    if (runs.length === 1) return this.write(await connection.ask({ what: 'program', run: runs[0], kind }));
    const folder = this.folder();
    const [written, problems]: [string[], string[]] = [[], []];
    for (const run of runs) {
      try {
        const { name, text } = await connection.ask({ what: 'program', run, kind });
        written.push(await writeText(this.home.docs, folder, name, text));
      } catch (problem) {
        problems.push(`${this.book?.run(run)?.name ?? run}: ${(problem as Error).message}`);
      }
    }
    this.tellWritten(written, problems);
  }

  async report(ids: string[]): Promise<void> {
    await this.write(await this.needed().connection.ask({ what: 'report', runs: ids }));
  }

  async reproduce(run: string): Promise<void> {
    await reproduce(this.needed().connection, run, this.home.trans);
  }

  /** Put the source of a run back: into a cell, or into a new one below it - or, where it is not given, below the cell that it is of. */
  async restore(run: string, cell?: Cell, replace = false): Promise<void> {
    const panel = this.home.notebooks.currentWidget;
    if (!panel) return;
    const { cell: recorded } = await this.needed().connection.ask({ what: 'run', run });
    if (!recorded) throw new Error(this.home.trans.__('This run is of no cell: it was opened by hand.'));
    if (replace && cell) replaceSource(cell, recorded.source);
    else insertSource(panel, recorded.source, cell ?? this.cellOf(panel, run));
  }

  /** Put the source of a run back into the cell that it is of; into a new one where that is gone. */
  async restoreInPlace(run: string): Promise<void> {
    const panel = this.home.notebooks.currentWidget;
    await this.restore(run, panel ? this.cellOf(panel, run) : undefined, true);
  }

  async star(ids: string[]): Promise<void> {
    await this.home.runs.star(ids);
  }

  async archive(ids: string[], value: boolean): Promise<void> {
    await this.editAll(ids, run => ({ do: 'archive', run, value }));
  }

  async tag(ids: string[]): Promise<void> {
    const { trans } = this.home;
    const { value } = await InputDialog.getText({
      title: trans._n('Tag %1 run', 'Tag %1 runs', ids.length),
      label: trans.__('name, or name=value; name= removes it'),
      okLabel: trans.__('Tag')
    });
    const given = value && tagOf(value);
    if (given) await this.editAll(ids, run => ({ do: 'tag', run, ...given }));
  }

  async note(ids: string[]): Promise<void> {
    const { trans } = this.home;
    const field = h('textarea', { rows: '5', cols: '50', 'aria-label': trans.__('Note') });
    field.value = ids.length === 1 ? (this.needed().run(ids[0])?.note ?? '') : '';
    const body = Object.assign(new Widget({ node: h('div', { class: 'nbt-lab nbt-note' }, field) }), { getValue: () => field.value });
    const { button, value } = await showDialog({ title: trans._n('Note on %1 run', 'Note on %1 runs', ids.length), body, focusNodeSelector: 'textarea', buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Keep') })] });
    if (button.accept && value !== null) await this.editAll(ids, run => ({ do: 'note', run, text: value.trim() }));
  }

  copyId(ids: string[]): void {
    Clipboard.copyToSystem(ids.join('\n'));
  }

  /** Whether all of some runs have a tag, such as the star. */
  all(ids: string[], key: string): boolean {
    const { book } = this;
    const column = book?.data.columns.find(each => each.id === `tags.${key}`);
    return ids.length > 0 && ids.every(id => Boolean(column?.values[book!.run(id)?.at ?? -1]));
  }

  private async editAll(ids: string[], change: (run: string) => Change): Promise<void> {
    const book = this.needed();
    await Promise.all(ids.map(run => book.edit(change(run))));
  }

  private needed(): Book {
    const { book } = this;
    if (!book) throw new Error(this.home.trans.__('Open a notebook first: its store is where the runs are.'));
    return book;
  }

  /** Write a text beside the notebook, open it, and say what is to be known of it. */
  private async write({ name, text, notes }: Made): Promise<void> {
    const { docs, trans } = this.home;
    const path = await openText(docs, this.folder(), name, text);
    this.tell('success', [trans.__('Wrote %1', path), ...notes].join('\n'));
  }

  /** The folder of the notebook in front, as it is when something begins to be written there. */
  private folder(): string {
    const { library, notebooks } = this.home;
    return library.folderOf(notebooks.currentWidget!.context.path);
  }

  private tellWritten(paths: string[], problems: string[]): void {
    const { trans } = this.home;
    const names = paths.map(path => path.split('/').pop()).join(', ');
    if (paths.length) this.tell('success', trans._n('Wrote %1 file: %2', 'Wrote %1 files: %2', paths.length, names));
    if (problems.length) this.tell('error', problems.join('\n'));
  }

  /** Say something beside the work; what is longer than JupyterLab shows there can be read when asked for. */
  private tell(kind: 'success' | 'error', text: string): void {
    const { trans } = this.home;
    const long = text.length > SHOWN;
    const body = () => new Widget({ node: h('div', { class: 'nbt-lab nbt-said', text }) });
    const all = () => void showDialog({ title: kind === 'error' ? trans.__('This could not be done') : trans.__('This was done'), body: body(), buttons: [Dialog.okButton()] });
    Notification.emit(long ? `${text.slice(0, SHOWN - 1)}…` : text, kind, { autoClose: long ? false : 10_000, actions: long ? [{ label: trans.__('Read all'), callback: all }] : [] });
  }

  /** Show a tab. The main area of Notebook 7 has room for the notebook alone. */
  private show(tab: Widget, mode: 'tab-after' | 'split-right' = 'tab-after'): void {
    const { app } = this.home;
    tab.id ||= `nbtrack-tab-${Math.random().toString(36).slice(2)}`;
    if (app.name === 'JupyterLab') app.shell.add(tab, 'main', { mode });
    else {
      tab.node.style.minHeight = '45vh'; // or its area is no higher than its tab
      app.shell.add(tab, 'down');
    }
    app.shell.activateById(tab.id);
  }

  private cellOf(panel: NotebookPanel, run: string): Cell | undefined {
    const cell = this.home.marks.get(panel)?.cellOf(run);
    return panel.content.widgets.find(each => each.model.id === cell);
  }

  private details: Details | undefined;
}
