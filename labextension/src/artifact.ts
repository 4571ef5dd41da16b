import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Panel, Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { thousands } from '../../nbtrack/view/static/compare/format.js';
import { artifactTab } from './files';
import { runsIcon } from './icons';
import type { Answers } from './protocol';

type File = Answers['artifact'];

/** Rows of a table that are shown; a page with more would not scroll. */
const ROWS = 1000;

/** A file that a run kept, in a tab: figures of which there is only their data as JupyterLab draws them, where it has what
 * draws them; tables as tables; everything else as `files.ts` has it. */
export async function openedTab(file: File, rendermime: IRenderMimeRegistry, trans: TranslationBundle): Promise<MainAreaWidget> {
  const inner = (await drawn(file, rendermime)) ?? tableOf(file, trans);
  if (!inner) return artifactTab(file);
  const content = new Panel();
  content.addWidget(inner);
  content.title.label = file.name;
  content.title.icon = runsIcon;
  content.title.closable = true;
  content.addClass('nbt-lab');
  content.addClass('nbt-artifact');
  return new MainAreaWidget({ content });
}

/** The bytes of a picture as an address for an image, which runs nothing that is in it. */
export const addressOf = ({ media_type: type, base64 }: File): string => `data:${type};base64,${base64}`;

async function drawn(file: File, rendermime: IRenderMimeRegistry): Promise<Widget | null> {
  const type = file.media_type;
  if (!/^application\/.*(plotly|vega).*json$/.test(type) || !rendermime.mimeTypes.includes(type)) return null;
  try {
    const figure = JSON.parse(textOf(file.base64));
    if (reachesOut(figure)) return null;
    const renderer = rendermime.createRenderer(type);
    await renderer.renderModel(rendermime.createModel({ data: { [type]: figure } }));
    return renderer;
  } catch {
    return null; // its text can still be read
  }
}

/** Whether what draws a figure would load something for it: data or a picture by an address, the ground of a map. A run
 * that came from elsewhere must not tell anybody that it is looked at; the text of such a figure is shown. */
export function reachesOut(figure: unknown, key = ''): boolean {
  if (key === 'url') return typeof figure !== 'string' || !figure.startsWith('data:');
  if (typeof figure === 'string') return (key === 'source' && figure.includes('//')) || (key === 'type' && MAPS.test(figure));
  if (typeof figure !== 'object' || figure === null) return false;
  if (Array.isArray(figure)) return figure.some(each => reachesOut(each, key));
  return Object.entries(figure).some(([name, value]) => reachesOut(value, name));
}

/** The traces of plotly that lie on a map, which is fetched. */
const MAPS = /^choropleth$|(map|mapbox|geo)$(?<!heatmap)/;

function tableOf({ name, media_type: type, base64 }: File, trans: TranslationBundle): Widget | null {
  const sign = type === 'text/csv' || /\.csv$/i.test(name) ? ',' : type === 'text/tab-separated-values' || /\.tsv$/i.test(name) ? '\t' : '';
  if (!sign) return null;
  const [head, ...rows] = readTable(textOf(base64), sign, ROWS + 2);
  if (!head) return null;
  const more = rows.length > ROWS;
  const node = h(
    'div',
    { tabindex: '-1' },
    h('table', { class: 'nbt-artifact-table' }, h('thead', {}, h('tr', {}, ...head.map(text => h('th', { scope: 'col', text })))), h('tbody', {}, ...rows.slice(0, ROWS).map(row => h('tr', {}, ...row.map(text => h('td', { class: text !== '' && Number.isFinite(Number(text)) ? 'nbt-number' : null, text })))))),
    more && h('p', { class: 'nbt-dim', text: trans.__('The first %1 rows; there are more.', thousands(ROWS)) })
  );
  return new Widget({ node });
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
