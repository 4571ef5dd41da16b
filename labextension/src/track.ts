import type { Cell } from '@jupyterlab/cells';

const LINE = /^[ \t]*%%track\b.*(\n|$)/;

/** Whether a cell is tracked. Blank lines before the magic are none of its business. */
export const isTracked = (source: string): boolean => LINE.test(source.replace(/^\s*\n/, ''));

/** The source with `%%track` on its first line, or without it where it is there. */
export function toggled(source: string): string {
  if (!isTracked(source)) return `%%track\n${source}`;
  return source.replace(/^\s*\n/, '').replace(LINE, '');
}

/** Put `%%track` on a cell, or take it off; undone like any other edit. */
export function toggleTracking(cell: Cell): void {
  const shared = cell.model.sharedModel;
  const source = shared.getSource();
  if (isTracked(source)) shared.setSource(toggled(source));
  else (shared as unknown as { updateSource(start: number, end: number, text: string): void }).updateSource(0, 0, '%%track\n');
}
