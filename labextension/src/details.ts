import type { TranslationBundle } from '@jupyterlab/translation';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { figure, verdict } from '../../nbtrack/view/static/compare/format.js';
import type { Book } from './book';
import type { Detail, Kept } from './protocol';

export interface DetailActs {
  artifact(run: string, name: string): void;
  close(): void;
}

/** A run in detail, below the list: what went in, what came out, and what was kept. */
export function detailNode(run: Detail, book: Book, trans: TranslationBundle, acts: DetailActs): HTMLElement {
  const say = (problem: Error) => (told.textContent = problem.message);
  const told = h('div', { class: 'nbt-panel-problem', role: 'alert' });
  const note = h('textarea', {
    class: 'nbt-detail-note',
    'aria-label': trans.__('Note'),
    placeholder: trans.__('Add a note'),
    rows: '2',
    onchange: () => void book.edit({ do: 'note', run: run.id, text: note.value }).then(() => (told.textContent = ''), say)
  });
  note.value = run.note ?? '';
  const tag = h('input', {
    class: 'nbt-detail-tag',
    placeholder: trans.__('Add a tag: name or name=value'),
    'aria-label': trans.__('Add a tag'),
    onkeydown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !tag.value.trim()) return;
      const [key, ...value] = tag.value.split('=');
      void book.edit({ do: 'tag', run: run.id, key: key.trim(), value: value.length ? value.join('=').trim() : true }).then(() => ((tag.value = ''), (told.textContent = '')), say);
    }
  });
  return h(
    'section',
    { class: 'nbt-detail', 'aria-label': run.name },
    h('div', { class: 'nbt-detail-top' }, h('strong', { text: run.name }), h('span', { class: 'nbt-list-dim', text: `${run.status}${run.verdict ? ` · ${verdict(run.verdict)}` : ''}` }), h('button', { type: 'button', class: 'nbt-link', 'aria-label': trans.__('Close the details'), text: '✕', onclick: () => acts.close() })),
    run.error && h('p', { class: 'nbt-bad', text: `${run.error.type}: ${run.error.message}` }),
    ...run.warnings.map(text => h('p', { class: 'nbt-list-dim', text: `⚠ ${text}` })),
    table(trans.__('Metrics'), run.metrics, run.sources.metrics),
    table(trans.__('Params'), run.params, run.sources.params),
    kept(run, trans, acts),
    h('h4', { text: trans.__('Note') }),
    note,
    tag,
    told
  );
}

function table(title: string, values: Record<string, unknown>, sources: Record<string, string>): HTMLElement | null {
  const names = Object.keys(values);
  if (!names.length) return null;
  const chosen = names.filter(name => !(sources[name] ?? '').endsWith(' default'));
  const row = (name: string) => h('tr', { title: sources[name] ?? null }, h('th', { scope: 'row', text: name }), h('td', { text: worded(values[name]) }));
  const rest = names.filter(name => !chosen.includes(name));
  return h(
    'div',
    {},
    h('h4', { text: title }),
    h('table', {}, h('tbody', {}, ...chosen.map(row))),
    rest.length > 0 && h('details', {}, h('summary', { text: `${rest.length} at their defaults` }), h('table', {}, h('tbody', {}, ...rest.map(row))))
  );
}

const worded = (value: unknown): string => (typeof value === 'number' ? figure(value, 6) : typeof value === 'string' ? value : JSON.stringify(value));

function kept(run: Detail, trans: TranslationBundle, acts: DetailActs): HTMLElement | null {
  const shown = run.artifacts.filter(each => !each.name.startsWith('code/') && !each.name.startsWith('environment/'));
  if (!shown.length) return null;
  const line = (file: Kept) =>
    h('li', {}, file.opens ? h('button', { type: 'button', class: 'nbt-link', text: file.name, onclick: () => acts.artifact(run.id, file.name) }) : h('span', { text: file.name }), h('span', { class: 'nbt-list-dim', text: ` ${size(file.size)}` }));
  return h('div', {}, h('h4', { text: trans.__('Files') }), h('ul', {}, ...shown.map(line)));
}

const size = (bytes: number): string => (bytes < 1e3 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);
