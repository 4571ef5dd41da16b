import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, showErrorMessage, WidgetTracker } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { addCommands } from './commands';
import type { ComparisonTab } from './comparison';
import { accompany } from './context';
import type { Doing } from './doing';
import { History } from './history';
import { Library } from './library';
import { Marks } from './marks';
import { RunsPanel } from './panel';
import { addRenderer } from './renderer';
import { Switch } from './switch';
import { Taste, type Wanted } from './taste';
import { Widget } from '@lumino/widgets';

const ID = 'nbtrack-labextension:panel';

/** The runs of the open notebook in the left sidebar, badges below its cells, and what can be done with both. */
const panel: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Runs of the open notebook: a panel, badges below cells, and what can be done with both.',
  autoStart: true,
  requires: [INotebookTracker, IDocumentManager, IRenderMimeRegistry],
  optional: [ISettingRegistry, ILayoutRestorer, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    docs: IDocumentManager,
    rendermime: IRenderMimeRegistry,
    settings: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    const { contents, serverSettings } = app.serviceManager;
    const library = new Library(serverSettings, contents, trans);
    const taste = new Taste();
    const runs = new RunsPanel(trans, taste);
    const marks = new Map<NotebookPanel, Marks>();
    const switches = new Map<NotebookPanel, Switch>();
    const comparisons = new WidgetTracker<MainAreaWidget<ComparisonTab>>({ namespace: 'nbtrack-comparison' });
    app.shell.add(runs, 'left', { rank: 350, type: 'nbtrack' });
    restorer?.add(runs, 'nbtrack-runs');
    const doing = addCommands({ app, notebooks, comparisons, docs, rendermime, library, runs, trans, marks }, palette, switches);
    keepComparisons(app, comparisons, restorer, doing, trans);

    const history = (notebook: NotebookPanel) => (cell: Cell, ids: string[], anchor: HTMLElement) => {
      const acts = {
        open: (run: string) => doing.told(() => doing.open(run)),
        compare: (some: string[]) => doing.told(() => doing.compare(some)),
        replace: (home: Cell, run: string) => doing.told(() => doing.restore(run, home, true)),
        insert: (home: Cell, run: string) => doing.told(() => doing.restore(run, home))
      };
      const dialog = new History(cell, ids, library.of(notebook.context.path), trans, acts, taste, anchor);
      Widget.attach(dialog, document.body);
      dialog.show();
    };
    const mark = (notebook: NotebookPanel) => {
      marks.get(notebook)?.dispose();
      marks.delete(notebook);
      if (!taste.now.badges || notebook.isDisposed || !notebook.context.isReady) return;
      marks.set(notebook, new Marks(notebook, library.of(notebook.context.path), trans, taste, history(notebook)));
    };
    const read = () => {
      const notebook = notebooks.currentWidget;
      const path = notebook?.context.path;
      if (notebook) marks.get(notebook)?.wake();
      runs.cells = () => (notebook && marks.get(notebook)?.names()) ?? (() => null);
      runs.read(path === undefined ? null : library.of(path), path === undefined ? null : library.nameOf(path));
      doing.follow();
    };
    const letGo = () => {
      const open = comparisons.filter(() => true).map(tab => tab.content.of.notebook);
      notebooks.forEach(each => !each.isDisposed && open.push(each.context.path));
      library.keep(open);
    };
    const join = (notebook: NotebookPanel) => {
      if (switches.has(notebook)) return;
      accompany(notebook, contents, () => taste.now.context);
      const tracking = new Switch(notebook, trans);
      switches.set(notebook, tracking);
      const turned = () => app.commands.notifyCommandChanged('nbtrack:toggle-tracking');
      tracking.changed.connect(turned);
      notebook.sessionContext.kernelChanged.connect(turned);
      void notebook.context.ready.then(() => {
        if (notebook.isDisposed) return;
        mark(notebook);
        read();
      });
      notebook.context.pathChanged.connect(() => (mark(notebook), read(), letGo()));
      notebook.disposed.connect(() => {
        marks.delete(notebook);
        switches.delete(notebook);
        letGo();
        read();
      });
    };
    notebooks.currentChanged.connect(read);
    notebooks.widgetAdded.connect((_, notebook) => join(notebook));
    notebooks.forEach(join);
    comparisons.widgetAdded.connect((_, tab) => tab.disposed.connect(letGo));
    let badges = taste.now.badges;
    taste.changed.connect((_, wanted) => {
      if (badges !== wanted.badges) notebooks.forEach(mark);
      badges = wanted.badges;
    });
    read();
    void settings?.load(ID).then(
      loaded => obey(loaded, taste),
      (problem: Error) => showErrorMessage('nbtrack', problem)
    );
  }
};

/** Have what a person wants follow the settings, and the metric that they choose kept there. */
function obey(settings: ISettingRegistry.ISettings, taste: Taste): void {
  const take = () => taste.take(settings.composite as unknown as Wanted);
  settings.changed.connect(take);
  taste.keep = metric => void settings.set('metric', metric).catch(() => taste.take({ ...taste.now, metric }));
  take();
}

/** Have comparisons that were open when the page was left open again. */
function keepComparisons(app: JupyterFrontEnd, comparisons: WidgetTracker<MainAreaWidget<ComparisonTab>>, restorer: ILayoutRestorer | null, doing: Doing, trans: TranslationBundle): void {
  app.commands.addCommand('nbtrack:open-comparison', {
    label: trans.__('Comparison'),
    execute: ({ ask, notebook, id }) => doing.openComparison({ ask: String(ask), notebook: String(notebook), id: String(id) }, trans.__('Comparison'))
  });
  if (restorer) void restorer.restore(comparisons, { command: 'nbtrack:open-comparison', args: tab => ({ ...tab.content.of }), name: tab => tab.id });
}

/** Saved comparisons, drawn also where no script of an output may run. */
const renderer: JupyterFrontEndPlugin<void> = {
  id: 'nbtrack-labextension:renderer',
  description: 'Draws saved comparisons of runs in notebooks that are not trusted.',
  autoStart: true,
  requires: [IRenderMimeRegistry],
  activate: (_: JupyterFrontEnd, registry: IRenderMimeRegistry) => addRenderer(registry)
};

export default [panel, renderer];
