import { h } from '../../nbtrack/view/static/compare/dom.js';
import { soon } from './pressed';

/** The height of a row, in pixels: two lines of text. */
export const ROW = 42;
const SPARE = 6;

/** What a row shows. Rows with the same `key` look the same, whatever is selected. */
export interface Row {
  id: string;
  key: string;
  label: string;
  selected: boolean;
  nodes: () => (Node | string)[];
  /** Whether it is the head of a group, and that is open. */
  head?: boolean;
  open?: boolean;
}

/** How a row is chosen: alone, added to or taken from the others, with all from the last one chosen. */
export type How = 'only' | 'toggle' | 'range';

export interface Rows {
  count: number;
  /** Whether there are groups. */
  grouped: boolean;
  /** The id of a row. */
  id: (at: number) => string;
  draw: (at: number) => Row;
  choose: (at: number, how: How) => void;
  /** All rows, or none. */
  chooseAll: (all: boolean) => void;
  /** A row was opened. */
  open: (at: number) => void;
  /** The head of a group was asked to open or close. */
  fold?: (at: number, open: boolean) => void;
  /** A context menu is asked for at a row. */
  menu?: (at: number) => void;
  /** A key that means nothing to a list; tells whether it did something. */
  key?: (at: number, event: KeyboardEvent) => boolean;
}

export const NOTHING: Rows = {
  count: 0,
  grouped: false,
  id: () => '',
  draw: () => ({ id: '', key: '', nodes: () => [], selected: false, label: '' }),
  choose: () => undefined,
  chooseAll: () => undefined,
  open: () => undefined
};

/** A list box - a tree where there are groups - of which only the rows in sight are in the page, so that ten thousand cost what twenty do. */
export class List {
  constructor(label: string, private rows: Rows) {
    this.body = h('div', { class: 'nbt-list-body', role: 'presentation' }) as HTMLElement;
    this.node = h(
      'div',
      {
        class: 'nbt-list',
        role: 'listbox',
        tabindex: '0',
        'aria-multiselectable': 'true',
        'aria-label': label,
        onscroll: () => this.frame(),
        onkeydown: (event: KeyboardEvent) => this.key(event),
        onmousedown: (event: MouseEvent) => event.shiftKey && event.preventDefault(), // or the text between two clicks is selected
        onclick: (event: MouseEvent) => this.click(event),
        ondblclick: (event: MouseEvent) => this.at(event, at => this.rows.open(at)),
        oncontextmenu: (event: MouseEvent) => this.rows.menu?.(this.rowOf(event) ?? this.here)
      },
      this.body
    ) as HTMLElement;
  }

  readonly node: HTMLElement;

  /** Show these rows from now on. Who is somewhere in the list stays at the same row, and sees the same rows, though others came before it. */
  take(rows: Rows): void {
    const old = this.rows;
    const top = Math.floor(this.node.scrollTop / ROW);
    const [here, first] = [this.entered && old.count ? old.id(Math.min(this.here, old.count - 1)) : '', top > 0 && top < old.count ? old.id(top) : ''];
    this.rows = rows;
    this.here = Math.max(0, Math.min(rows.count - 1, placeOf(rows, here, this.here)));
    this.body.style.height = `${rows.count * ROW}px`;
    if (first) {
      const moved = placeOf(rows, first, top) - top;
      if (moved) this.node.scrollTop += moved * ROW;
    }
    this.show();
  }

  /** Draw the rows that are in sight. */
  show(): void {
    const height = this.node.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.node.scrollTop / ROW) - SPARE);
    const last = Math.min(this.rows.count, Math.ceil((this.node.scrollTop + height) / ROW) + SPARE);
    const nodes: HTMLElement[] = [];
    const kept = new Map<string, HTMLElement>();
    for (let at = first; at < last; at++) nodes.push(this.row(at, kept));
    this.kept = kept;
    this.place(nodes);
    this.node.setAttribute('role', this.rows.grouped ? 'tree' : 'listbox');
    const active = nodes[this.here - first];
    if (active) this.node.setAttribute('aria-activedescendant', active.id);
    else this.node.removeAttribute('aria-activedescendant');
  }

  /** Go to a row, and see that it is in sight. */
  reveal(at: number): void {
    this.go(at, false);
  }

  /** A row that looks as before is the same element as before: a click that began on it ends on it. */
  private row(at: number, kept: Map<string, HTMLElement>): HTMLElement {
    const row = this.rows.draw(at);
    const name = `${row.id}\n${row.key}`;
    const same = this.kept.get(name);
    const [known, node] = same ? [name, same] : this.pressed(row.id) ?? [name, element(row)];
    kept.set(known, node);
    node.classList.toggle('nbt-list-here', at === this.here);
    stand(node, {
      role: this.rows.grouped ? 'treeitem' : 'option',
      'aria-level': this.rows.grouped ? (row.head ? '1' : '2') : null,
      'aria-expanded': row.head ? String(row.open) : null,
      'aria-selected': row.head ? null : String(row.selected),
      'aria-setsize': String(this.rows.count),
      'aria-posinset': String(at + 1),
      'data-at': String(at)
    });
    const place = `translateY(${at * ROW}px)`;
    if (node.style.transform !== place) node.style.transform = place;
    return node;
  }

  /** The row of a run that is pressed, as it looks until it is let go. */
  private pressed(id: string): [string, HTMLElement] | undefined {
    const held = [...this.kept].find(([name, node]) => name.startsWith(`${id}\n`) && node.matches(':active'));
    if (held) soon(() => this.frame());
    return held;
  }

  /** Put the rows into the page, leaving those alone that stand there already. */
  private place(nodes: HTMLElement[]): void {
    const wanted = new Set<Node>(nodes);
    for (const node of [...this.body.childNodes]) if (!wanted.has(node)) node.remove();
    nodes.forEach((node, at) => {
      if (this.body.childNodes[at] !== node) this.body.insertBefore(node, this.body.childNodes[at] ?? null);
    });
  }

  private frame(): void {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.show();
    });
  }

  private rowOf(event: Event): number | undefined {
    const row = (event.target as Element).closest<HTMLElement>('[data-at]');
    return row ? Number(row.dataset.at) : undefined;
  }

  private at(event: Event, work: (at: number) => void): void {
    const at = this.rowOf(event);
    if (at !== undefined && !(event.target as Element).closest('.nbt-list-star')) work(at);
  }

  private click(event: MouseEvent): void {
    this.at(event, at => {
      this.entered = true;
      this.here = at;
      this.rows.choose(at, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only');
    });
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.node || event.altKey) return;
    if (!this.act(event)) return;
    this.entered = true;
    event.preventDefault();
    event.stopPropagation();
  }

  private act(event: KeyboardEvent): boolean {
    const { key, shiftKey } = event;
    const bare = !event.ctrlKey && !event.metaKey;
    const to = this.target(key);
    if (to !== undefined) this.go(to, shiftKey);
    else if (key === ' ') this.rows.choose(this.here, shiftKey ? 'range' : 'toggle');
    else if (key === 'Enter') this.rows.open(this.here);
    else if (key.toLowerCase() === 'a' && !bare) this.rows.chooseAll(true);
    else if (key === 'Escape') this.rows.chooseAll(false);
    else if ((key === 'ArrowLeft' || key === 'ArrowRight') && this.rows.fold) this.rows.fold(this.here, (key === 'ArrowRight') !== rightToLeft(this.node));
    else return this.rows.key?.(this.here, event) ?? false;
    return true;
  }

  private target(key: string): number | undefined {
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW) - 1);
    const to: Record<string, number> = {
      ArrowDown: this.here + 1,
      ArrowUp: this.here - 1,
      PageDown: this.here + page,
      PageUp: this.here - page,
      Home: 0,
      End: this.rows.count - 1
    };
    return to[key];
  }

  private go(to: number, extend: boolean): void {
    if (!this.rows.count) return;
    this.here = Math.max(0, Math.min(this.rows.count - 1, to));
    const top = this.here * ROW;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    const bottom = top + ROW - this.node.clientHeight;
    if (bottom > this.node.scrollTop) this.node.scrollTop = bottom;
    if (extend) this.rows.choose(this.here, 'range');
    this.show();
  }

  private body: HTMLElement;
  private kept = new Map<string, HTMLElement>();
  private here = 0;
  private entered = false; // until then it is nobody's place that new rows would push down
  private waiting = 0;
}

/** Where a row stands now; where it was, if it is gone. Rows move little, so it is looked for near its old place first. */
function placeOf(rows: Rows, id: string, was: number): number {
  if (!id) return was;
  for (let away = 0; away < rows.count; away++) {
    if (was + away < rows.count && rows.id(was + away) === id) return was + away;
    if (was - away >= 0 && was - away < rows.count && rows.id(was - away) === id) return was - away;
  }
  return was;
}

const rightToLeft = (node: HTMLElement): boolean => getComputedStyle(node).direction === 'rtl';

/** Set the attributes that changed: writing one makes the page work, even where nothing is different. */
function stand(node: HTMLElement, attributes: Record<string, string | null>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (node.getAttribute(name) === value) continue;
    if (value === null) node.removeAttribute(name);
    else node.setAttribute(name, value);
  }
}

const element = ({ id, label, head, nodes }: Row): HTMLElement =>
  h('div', { id: `nbt-row-${id}`, class: `nbt-list-row${head ? ' nbt-list-head' : ''}`, 'aria-label': label }, ...nodes());
