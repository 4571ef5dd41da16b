import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import type { Book } from './book';
import { comparisonTab } from './comparison';
import { detailNode } from './details';
import { artifactTab, openText } from './files';
import type { HistoryActs } from './history';
import { runsIcon } from './icons';
import { folderOf, type Library } from './library';
import type { Marks } from './marks';
import type { RunsPanel } from './panel';
import { reproduce } from './reproducing';
import { insertSource, replaceSource } from './restoring';
import type { Switch } from './switch';
import { isTracked, toggleTracking } from './track';

export interface Home {
  app: JupyterFrontEnd;
  notebooks: INotebookTracker;
  docs: IDocumentManager;
  library: Library;
  runs: RunsPanel;
  trans: TranslationBundle;
  palette: ICommandPalette | null;
  marks: Map<NotebookPanel, Marks>;
  switches: Map<NotebookPanel, Switch>;
}

/** Everything a person can do, as commands; returns what a cell's history has done. */
export function addCommands(home: Home): HistoryActs {
  const { app, notebooks, docs, library, runs, trans, palette } = home;
  const book = (): Book | null => (notebooks.currentWidget ? library.of(notebooks.currentWidget.context.path) : null);
  const told = (work: () => Promise<unknown>) => work().catch((problem: Error) => Notification.error(problem.message, { autoClose: 10_000 }));
  const chosen = (args: Record<string, unknown>): string[] => (Array.isArray(args.runs) ? args.runs.map(String) : runs.selected);

  const compare = (ids: string[]) => {
    const now = book();
    if (!now) return;
    const tab = comparisonTab(now.connection, ids.join(' '), trans.__('Comparison'));
    app.shell.add(tab, 'main', { mode: 'split-right' });
    app.shell.activateById(tab.id);
  };
  const open = async (id: string) => {
    const now = book();
    if (!now) return;
    const detail = await now.connection.ask({ what: 'run', run: id });
    const close = () => runs.foot.replaceChildren(buttons());
    runs.foot.replaceChildren(buttons(), detailNode(detail, now, trans, { close, artifact: (run, name) => void told(() => artifact(run, name)) }));
    app.shell.activateById(runs.id);
  };
  const artifact = async (run: string, name: string) => {
    const tab = artifactTab(await book()!.connection.ask({ what: 'artifact', run, name }));
    app.shell.add(tab, 'main');
  };
  const program = async (id: string, kind: 'script' | 'notebook' | 'module') => {
    const now = book();
    if (!now) return;
    const { name, text, notes } = await now.connection.ask({ what: 'program', run: id, kind });
    const path = await openText(docs, folderOf(notebooks.currentWidget!.context.path), name, text);
    Notification.success([trans.__('Wrote %1', path), ...notes].join('\n'), { autoClose: 8000 });
  };
  const source = async (id: string) => {
    const { cell } = await book()!.connection.ask({ what: 'run', run: id });
    if (!cell) throw new Error(trans.__('This run is of no cell: it was opened by hand.'));
    return cell.source;
  };
  const restore = async (id: string, cell: Cell | undefined, replace: boolean) => {
    const panel = notebooks.currentWidget;
    if (!panel) return;
    const text = await source(id);
    if (replace && cell) replaceSource(cell, text);
    else insertSource(panel, text, cell);
  };
  const archive = (ids: string[], value: boolean) => Promise.all(ids.map(run => book()!.edit({ do: 'archive', run, value })));

  const add = (id: string, label: string, execute: (args: Record<string, unknown>) => unknown, least = 0, most = Infinity) => {
    app.commands.addCommand(id, {
      label,
      isEnabled: args => book() !== null && chosen(args).length >= least && chosen(args).length <= most,
      execute: args => execute(args as Record<string, unknown>)
    });
    palette?.addItem({ command: id, category: 'nbtrack' });
  };
  add('nbtrack:show-runs', trans.__('Show Runs'), () => app.shell.activateById(runs.id));
  add('nbtrack:compare', trans.__('Compare Runs'), args => compare(chosen(args)));
  add('nbtrack:open-run', trans.__('Show Details of the Run'), args => told(() => open(chosen(args)[0])), 1, 1);
  add('nbtrack:export-script', trans.__('Export the Run as Script'), args => told(() => program(chosen(args)[0], 'script')), 1, 1);
  add('nbtrack:export-notebook', trans.__('Export the Run as Notebook'), args => told(() => program(chosen(args)[0], 'notebook')), 1, 1);
  add('nbtrack:restore', trans.__('Restore the Run’s Cell into the Notebook'), args => told(() => restore(chosen(args)[0], cellFor(chosen(args)[0]), false)), 1, 1);
  add('nbtrack:reproduce', trans.__('Reproduce the Run'), args => told(async () => reproduce(book()!.connection, chosen(args)[0], trans)), 1, 1);
  add('nbtrack:archive', trans.__('Archive Runs'), args => told(() => archive(chosen(args), true)), 1);
  app.commands.addCommand('nbtrack:toggle-cell', {
    label: trans.__('Track'),
    caption: trans.__('Make every execution of this cell a run'),
    icon: runsIcon,
    isVisible: () => notebooks.activeCell?.model.type === 'code',
    isToggled: () => notebooks.activeCell !== null && isTracked(notebooks.activeCell.model.sharedModel.getSource()),
    execute: () => notebooks.activeCell && toggleTracking(notebooks.activeCell)
  });
  palette?.addItem({ command: 'nbtrack:toggle-cell', category: 'nbtrack' });
  const now = () => (notebooks.currentWidget ? home.switches.get(notebooks.currentWidget) : undefined);
  app.commands.addCommand('nbtrack:toggle-tracking', {
    label: args => (args.toolbar ? '' : trans.__('Track Every Cell')),
    caption: () => (now()?.on ? trans.__('Every cell with a metric becomes a run; press to stop') : trans.__('Make every cell with a metric a run (%track on)')),
    icon: runsIcon,
    isEnabled: () => Boolean(notebooks.currentWidget?.sessionContext.session?.kernel),
    isToggled: () => now()?.on === true,
    execute: () => told(async () => now()?.turn(!now()!.on))
  });
  palette?.addItem({ command: 'nbtrack:toggle-tracking', category: 'nbtrack' });

  function cellFor(id: string): Cell | undefined {
    const panel = notebooks.currentWidget;
    const cell = panel && home.marks.get(panel)?.cellOf(id);
    return panel?.content.widgets.find(each => each.model.id === cell) as Cell | undefined;
  }
  function buttons(): HTMLElement {
    const ids = runs.selected;
    const button = (command: string, text: string) =>
      app.commands.isEnabled(command) && h('button', { type: 'button', class: 'nbt-button', text, onclick: () => void app.commands.execute(command) });
    return h(
      'div',
      { class: 'nbt-panel-buttons', role: 'toolbar', 'aria-label': trans.__('Selected runs') },
      ids.length > 1 && button('nbtrack:compare', trans._n('Compare %1 run', 'Compare %1 runs', ids.length)),
      button('nbtrack:open-run', trans.__('Details')),
      button('nbtrack:restore', trans.__('Restore')),
      button('nbtrack:reproduce', trans.__('Reproduce')),
      button('nbtrack:export-script', trans.__('Export')),
      button('nbtrack:archive', trans.__('Archive'))
    );
  }
  runs.selectionChanged.connect(() => runs.foot.replaceChildren(...(runs.selected.length ? [buttons()] : [])));
  runs.asked.connect((_, { runs: ids }) => void told(() => open(ids[0])));
  return {
    open: run => void told(() => open(run)),
    compare,
    replace: (cell, run) => void told(() => restore(run, cell, true)),
    insert: (cell, run) => void told(() => restore(run, cell, false))
  };
}
