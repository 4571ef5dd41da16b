import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import type { Cell } from '@jupyterlab/cells';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { addCommands } from './commands';
import { accompany } from './context';
import { Library } from './library';
import { Marks } from './marks';
import { RunsPanel } from './panel';
import { Switch } from './switch';
import { addRenderer } from './renderer';
import { History } from './history';
import { Widget } from '@lumino/widgets';

const ID = 'nbtrack-labextension:panel';

/** The runs of the open notebook in the left sidebar, badges below its cells, and what can be done with both. */
const panel: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Runs of the open notebook: a panel, badges below cells, and what can be done with both.',
  autoStart: true,
  requires: [INotebookTracker, IDocumentManager],
  optional: [ISettingRegistry, ILayoutRestorer, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    docs: IDocumentManager,
    settings: ISettingRegistry | null,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ) => {
    const trans = (translator ?? nullTranslator).load('nbtrack');
    const library = new Library(app.serviceManager.serverSettings);
    const runs = new RunsPanel(trans);
    const marks = new Map<NotebookPanel, Marks>();
    const switches = new Map<NotebookPanel, Switch>();
    const wish = { badges: true, context: true, metric: '' };
    app.shell.add(runs, 'left', { rank: 350, type: 'nbtrack' });
    restorer?.add(runs, 'nbtrack-runs');
    const acts = addCommands({ app, notebooks, docs, library, runs, trans, palette, marks, switches });

    const mark = (notebook: NotebookPanel) => {
      const path = notebook.context.path;
      marks.get(notebook)?.dispose();
      if (!wish.badges) return void marks.delete(notebook);
      const history = (cell: Cell, ids: string[], anchor: HTMLElement) => {
        const dialog = new History(cell, ids, library.of(path), trans, acts, anchor);
        Widget.attach(dialog, document.body);
        dialog.show();
      };
      marks.set(notebook, new Marks(notebook, library.of(path), trans, { history }));
    };
    const read = () => {
      const path = notebooks.currentWidget?.context.path;
      runs.cell = run => cellName(notebooks.currentWidget, marks.get(notebooks.currentWidget!)?.cellOf(run.id));
      runs.read(path === undefined ? null : library.of(path), path ?? null);
    };
    notebooks.currentChanged.connect(read);
    notebooks.widgetAdded.connect((_, notebook) => {
      accompany(notebook, () => wish.context);
      const tracking = new Switch(notebook);
      switches.set(notebook, tracking);
      tracking.changed.connect(() => app.commands.notifyCommandChanged('nbtrack:toggle-tracking'));
      void notebook.context.ready.then(() => {
        if (notebook.isDisposed) return;
        mark(notebook);
        read();
      });
      notebook.context.pathChanged.connect(() => (mark(notebook), read()));
      notebook.disposed.connect(() => {
        marks.delete(notebook);
        switches.delete(notebook);
        const open: string[] = [];
        notebooks.forEach(each => each !== notebook && open.push(each.context.path));
        library.keep(open);
        read();
      });
    });
    read();

    void settings
      ?.load(ID)
      .then(loaded => {
        const take = () => {
          const { badges, context, metric } = loaded.composite as typeof wish;
          const turned = badges !== wish.badges;
          Object.assign(wish, { badges, context, metric });
          runs.metric = metric;
          if (turned) notebooks.forEach(mark);
        };
        loaded.changed.connect(take);
        take();
      })
      .catch(problem => showErrorMessage('nbtrack', problem));
  }
};

/** What a cell is called in the panel: its number and its first line that says something. */
function cellName(notebook: NotebookPanel | null, id: string | undefined): string | null {
  const cell = notebook?.content.widgets.find(each => each.model.id === id);
  if (!cell) return null;
  const at = notebook!.content.widgets.indexOf(cell) + 1;
  const line = cell.model.sharedModel.getSource().split('\n').find(text => text.trim() && !text.startsWith('%')) ?? '';
  return `${at} · ${line.trim().slice(0, 60)}`;
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
