import type { TranslationBundle } from '@jupyterlab/translation';
import type { Connection } from './connection';

/** What an action needs: to change runs, to run code, to write a file beside the notebook. */
export type Need = 'write' | 'execute' | 'files';

/** Why what needs this cannot be done here, in words; empty where it can, and before the server has said so. */
export function refusal({ because }: Pick<Connection, 'because'>, need: Need, trans: TranslationBundle): string {
  if (need === 'files') return because.write === 'server' ? trans.__('This server lets you read files, not write them.') : '';
  if (because[need] === 'store') return trans.__('The store of these runs cannot be written: its folder is read-only for the server.');
  if (because[need] === 'server') return need === 'write' ? trans.__('This server lets you read runs, not change them.') : trans.__('This server does not let you run code.');
  return '';
}
