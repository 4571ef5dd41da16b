import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { artifactTab } from './files';
import { runsIcon } from './icons';
import type { Answers } from './protocol';

type File = Answers['artifact'];

/** Rows of a table that are shown; a page with more would not scroll. */
const ROWS = 1000;

/** A file that a run kept, in a tab: figures of which there is only their data as JupyterLab draws them, where it has what
 * draws them; tables as tables; everything else as `files.ts` has it. */
export async function openedTab(file: File, rendermime: IRenderMimeRegistry): Promise<MainAreaWidget> {
  const node = (await drawn(file, rendermime)) ?? tableNode(file);
  if (!node) return artifactTab(file);
  const content = new Widget({ node });
  content.title.label = file.name;
  content.title.icon = runsIcon;
  content.title.closable = true;
  content.addClass('nbt-lab');
  content.addClass('nbt-artifact');
  return new MainAreaWidget({ content });
}

/** The bytes of a picture as an address for an image, which runs nothing that is in it. */
export const addressOf = ({ media_type: type, base64 }: File): string => `data:${type};base64,${base64}`;

async function drawn(file: File, rendermime: IRenderMimeRegistry): Promise<HTMLElement | null> {
  const type = file.media_type;
  if (!/^application\/.*(plotly|vega).*json$/.test(type) || !rendermime.mimeTypes.includes(type)) return null;
  try {
    const model = rendermime.createModel({ data: { [type]: JSON.parse(textOf(file.base64)) } });
    const renderer = rendermime.createRenderer(type);
    await renderer.renderModel(model);
    const home = h('div', { class: 'nbt-artifact-drawn' });
    Widget.attach(renderer, document.body);
    home.append(renderer.node);
    return home;
  } catch {
    return null; // its text can still be read
  }
}

function tableNode({ name, media_type: type, base64 }: File): HTMLElement | null {
  const sign = type === 'text/csv' || /\.csv$/i.test(name) ? ',' : type === 'text/tab-separated-values' || /\.tsv$/i.test(name) ? '\t' : '';
  if (!sign) return null;
  const [head, ...rows] = readTable(textOf(base64), sign, ROWS + 2);
  if (!head) return null;
  const more = rows.length > ROWS;
  return h(
    'div',
    {},
    h('table', { class: 'nbt-artifact-table' }, h('thead', {}, h('tr', {}, ...head.map(text => h('th', { scope: 'col', text })))), h('tbody', {}, ...rows.slice(0, ROWS).map(row => h('tr', {}, ...row.map(text => h('td', { class: text !== '' && Number.isFinite(Number(text)) ? 'nbt-number' : null, text })))))),
    more && h('p', { class: 'nbt-dim', text: `… ${ROWS} rows` })
  );
}

/** The first rows of a table of text: fields apart by `sign`, those that have one or a line's end in them in quotes (RFC 4180). */
export function readTable(text: string, sign: string, most = Infinity): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^${sign}\\r\\n]*))(${sign}|\\r?\\n|$)`, 'gy');
  for (let found; rows.length < most && (found = field.exec(text)); ) {
    row.push(found[1] !== undefined ? found[1].replaceAll('""', '"') : found[2]);
    if (found[3] === sign) continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    if (field.lastIndex >= text.length) break;
  }
  return rows;
}

const textOf = (base64: string): string => new TextDecoder().decode(Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)));
