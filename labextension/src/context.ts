import { PageConfig } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import type { JSONObject, PartialJSONObject } from '@lumino/coreutils';
import { elsewhere, localPath, type Drives } from './drives';

/** Sources of a notebook that was not saved are sent up to so many characters in all. */
const MOST = 2_000_000;

/** What goes with a cell to the kernel, so that it need not guess: the notebook, its cells in order, and what is not saved. */
export interface Context extends PartialJSONObject {
  path: string;
  cells: string[];
  /** Type and source of each cell, of a notebook that has unsaved changes or is no file of the server's disk; absent
   * where they are longer than fits. */
  unsaved?: { [cell: string]: [string, string] };
}

/** Read it off a notebook. */
export function contextOf(panel: NotebookPanel, drives: Drives): Context {
  const { model, path } = panel.context;
  const cells = [...model.sharedModel.cells];
  const away = elsewhere(drives, path) !== '';
  const context: Context = { path: away ? path : whole(localPath(drives, path)), cells: cells.map(cell => cell.id) };
  if (!model.dirty && !away) return context;
  const unsaved: { [cell: string]: [string, string] } = {};
  let room = MOST;
  for (const cell of cells) {
    const source = cell.getSource();
    unsaved[cell.id] = [cell.cell_type, source];
    room -= source.length;
  }
  return room < 0 ? context : { ...context, unsaved };
}

/** The path on the machine where the server says what its folder is, else the name: kernels start beside their notebook. */
function whole(local: string): string {
  const root = PageConfig.getOption('serverRoot');
  return root ? `${root.replace(/\/$/, '')}/${local}` : local.split('/').pop()!;
}

/** Kernels whose requests are already accompanied. */
const known = new WeakSet<Kernel.IKernelConnection>();

/** Have every cell that the notebook sends to its kernel from now on accompanied by its context. */
export function accompany(panel: NotebookPanel, drives: Drives, wanted: () => boolean = () => true): void {
  const join = (kernel: Kernel.IKernelConnection | null | undefined) => {
    if (!kernel || known.has(kernel)) return;
    known.add(kernel);
    const request = kernel.requestExecute.bind(kernel);
    kernel.requestExecute = (content, dispose, metadata) => request(content, dispose, wanted() ? told(panel, drives, metadata) : metadata);
  };
  join(panel.sessionContext.session?.kernel);
  panel.sessionContext.kernelChanged.connect((_, { newValue }) => join(newValue));
}

/** The metadata of a request, with the context where it runs a cell of the notebook. */
function told(panel: NotebookPanel, drives: Drives, metadata: JSONObject | undefined): JSONObject | undefined {
  if (panel.isDisposed || typeof metadata?.cellId !== 'string') return metadata;
  try {
    return { ...metadata, nbtrack: contextOf(panel, drives) as JSONObject };
  } catch {
    return metadata; // a cell that runs without it is worth more than none
  }
}
