import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { mount } from '../../nbtrack/view/static/compare/index.js';
import { readIsland } from '../../nbtrack/view/static/compare/island.js';
import style from '../../nbtrack/view/static/compare.css';

const HTML = 'text/html';
/** What payloads are understood (`nbtrack/view/payload.py`). */
const FORMAT = 2;

/** Whether an output is a comparison that nbtrack saved. */
export const isComparison = (metadata: unknown): boolean =>
  (metadata as { nbtrack?: { kind?: unknown } } | undefined)?.nbtrack?.kind === 'comparison';

/** The data in a saved comparison's HTML, which is read and never run; null where there is none. */
export function islandIn(html: string): string | null {
  const page = new DOMParser().parseFromString(html, HTML);
  return page.querySelector('.nbt-data')?.textContent ?? null;
}

/** Draw a saved comparison in the element of an output. */
async function draw(node: HTMLElement, island: string): Promise<() => void> {
  const payload = await readIsland(island);
  if (payload?.format !== FORMAT) throw new RangeError('data of another version of nbtrack'); // its table is drawn as it was saved
  const sheet = document.createElement('style');
  sheet.textContent = style;
  const root = document.createElement('div');
  root.className = 'nbt-app';
  const home = document.createElement('div');
  home.className = 'nbt nbt-compare';
  home.dataset.lmSuppressShortcuts = 'true';
  home.append(sheet, root);
  node.replaceChildren(home);
  const app = mount(root, payload);
  return () => app.stop();
}

/**
 * Have saved comparisons drawn by the extension's own script where no script of an output may run - a notebook that is
 * not trusted. Everything else, and a comparison whose data cannot be read, is drawn as before.
 */
export function addRenderer(registry: IRenderMimeRegistry): void {
  const usual = registry.getFactory(HTML);
  if (!usual) return;
  const createRenderer = (options: IRenderMime.IRendererOptions) => {
    const renderer = usual.createRenderer(options);
    const plain = renderer.renderModel.bind(renderer);
    let stop: (() => void) | undefined;
    renderer.renderModel = async model => {
      const html = model.data[HTML];
      const island = isComparison(model.metadata) && !model.trusted && typeof html === 'string' ? islandIn(html) : null;
      stop?.();
      if (island === null) return plain(model);
      try {
        stop = await draw(renderer.node, island);
      } catch {
        return plain(model);
      }
    };
    renderer.disposed.connect(() => stop?.());
    return renderer;
  };
  registry.addFactory({ ...usual, safe: usual.safe, mimeTypes: [HTML], createRenderer }, registry.getRank(HTML));
}
