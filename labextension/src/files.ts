import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { ServerConnection } from '@jupyterlab/services';
import { Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { runsIcon } from './icons';
import type { Answers } from './protocol';

/** Write a text beside a notebook under a name that is free, open it, and return its path. */
export async function openText(docs: IDocumentManager, folder: string, name: string, text: string): Promise<string> {
  const path = await writeText(docs, folder, name, text);
  docs.openOrReveal(path);
  return path;
}

/** Write a text beside a notebook under a name that is free, and return its path. */
export async function writeText(docs: IDocumentManager, folder: string, name: string, text: string): Promise<string> {
  const path = await freePath(docs, folder, name);
  await docs.services.contents.save(path, { type: 'file', format: 'text', content: text });
  return path;
}

async function freePath(docs: IDocumentManager, folder: string, name: string): Promise<string> {
  const dot = name.lastIndexOf('.');
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let n = 1; ; n++) {
    const path = `${folder ? `${folder}/` : ''}${stem}${n > 1 ? `-${n}` : ''}${end}`;
    try {
      await docs.services.contents.get(path, { content: false });
    } catch (problem) {
      if ((problem as Partial<ServerConnection.ResponseError>).response?.status !== 404) throw problem; // whether it is free nobody knows
      return path;
    }
  }
}

/** A file that a run kept, in a tab: pictures as pictures, pages without any right to do anything, the rest as text. */
export function artifactTab(file: Answers['artifact']): MainAreaWidget {
  const content = new Widget({ node: bodyOf(file) });
  content.title.label = file.name;
  content.title.icon = runsIcon;
  content.title.closable = true;
  content.addClass('nbt-artifact');
  return new MainAreaWidget({ content });
}

function bodyOf({ name, media_type: type, base64 }: Answers['artifact']): HTMLElement {
  const home = h('div', {});
  if (type.startsWith('image/')) home.append(h('img', { alt: name, src: `data:${type};base64,${base64}` }));
  else if (type === 'text/html') home.append(h('iframe', { title: name, sandbox: '', srcdoc: guarded(textOf(base64)) }));
  else home.append(h('pre', { text: textOf(base64), tabindex: '0' }));
  return home;
}

const textOf = (base64: string): string => new TextDecoder().decode(Uint8Array.from(atob(base64), letter => letter.charCodeAt(0)));

/** A page that may load nothing and run nothing. */
const guarded = (html: string): string =>
  `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">${html}`;
