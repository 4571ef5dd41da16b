import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

/** Put a run's source into a cell, in place of what it says; undone like any other edit. */
export function replaceSource(cell: Cell, source: string): void {
  cell.model.sharedModel.transact(() => cell.model.sharedModel.setSource(source));
}

/** Put a run's source into a new cell below another one, or at the end; undone like any other edit. Returns its index. */
export function insertSource(panel: NotebookPanel, source: string, below?: Cell): number {
  const notebook = panel.content;
  const at = below ? notebook.widgets.indexOf(below) + 1 : notebook.widgets.length;
  panel.context.model.sharedModel.insertCell(at, { cell_type: 'code', source, metadata: {} });
  notebook.activeCellIndex = at;
  return at;
}
