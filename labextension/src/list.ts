import { h } from '../../nbtrack/view/static/compare/dom.js';

/** The height of a row, in pixels: two lines of text. */
export const ROW = 44;
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

export interface Rows {
  count: number;
  draw: (at: number) => Row;
  /** A row was chosen: alone, added to the others, or with all up to it. */
  choose: (at: number, how: 'only' | 'toggle' | 'range') => void;
  /** A row was opened. */
  open: (at: number) => void;
  /** A context menu is asked for. */
  menu?: (at: number, event: MouseEvent) => void;
}

/** A list box of which only the rows in sight are in the page, so that ten thousand cost what twenty do. */
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
        onclick: (event: MouseEvent) => this.click(event),
        ondblclick: (event: MouseEvent) => this.at(event, at => this.rows.open(at)),
        oncontextmenu: (event: MouseEvent) => this.at(event, at => this.rows.menu?.(at, event)),
        onfocus: () => this.show()
      },
      this.body
    ) as HTMLElement;
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  readonly node: HTMLElement;

  /** The row that the keyboard is at. */
  get current(): number {
    return this.here;
  }

  /** Show these rows from now on; where the person is in the list stays. */
  take(rows: Rows): void {
    this.rows = rows;
    this.here = Math.min(this.here, Math.max(0, rows.count - 1));
    this.show();
  }

  /** Draw the rows that are in sight. */
  show(): void {
    const height = this.node.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.node.scrollTop / ROW) - SPARE);
    const last = Math.min(this.rows.count, Math.ceil((this.node.scrollTop + height) / ROW) + SPARE);
    this.body.style.height = `${this.rows.count * ROW}px`;
    const nodes: HTMLElement[] = [];
    const kept = new Map<string, HTMLElement>();
    for (let at = first; at < last; at++) nodes.push(this.row(at, kept));
    this.kept = kept;
    this.place(nodes);
    const active = this.body.querySelector(`[data-at="${this.here}"]`);
    if (active) this.node.setAttribute('aria-activedescendant', active.id);
    else this.node.removeAttribute('aria-activedescendant');
  }

  /** A row that looks as before is the same element as before: a click that began on it ends on it. */
  private row(at: number, kept: Map<string, HTMLElement>): HTMLElement {
    const row = this.rows.draw(at);
    const name = `${row.id}\n${row.key}`;
    const node = this.kept.get(name) ?? element(row);
    kept.set(name, node);
    node.classList.toggle('nbt-list-here', at === this.here);
    if (!row.head) node.setAttribute('aria-selected', String(row.selected));
    node.setAttribute('aria-setsize', String(this.rows.count));
    node.setAttribute('aria-posinset', String(at + 1));
    node.dataset.at = String(at);
    node.style.transform = `translateY(${at * ROW}px)`;
    return node;
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

  private at(event: Event, work: (at: number) => void): void {
    const row = (event.target as Element).closest<HTMLElement>('[data-at]');
    if (row) work(Number(row.dataset.at));
  }

  private click(event: MouseEvent): void {
    if ((event.target as Element).closest('button, input, a, .nbt-list-star')) return;
    this.at(event, at => {
      this.here = at;
      this.rows.choose(at, event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only');
    });
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.node) return;
    const page = Math.max(1, Math.floor(this.node.clientHeight / ROW) - 1);
    const to: Record<string, number> = {
      ArrowDown: this.here + 1,
      ArrowUp: this.here - 1,
      PageDown: this.here + page,
      PageUp: this.here - page,
      Home: 0,
      End: this.rows.count - 1
    };
    if (event.key in to) this.go(to[event.key], event.shiftKey);
    else if (event.key === ' ') this.rows.choose(this.here, 'toggle');
    else if (event.key === 'Enter') this.rows.open(this.here);
    else return;
    event.preventDefault();
    event.stopPropagation();
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
  private waiting = 0;
}

const element = ({ id, label, head, open, nodes }: Row): HTMLElement =>
  h(
    'div',
    {
      id: `nbt-row-${id}`,
      class: `nbt-list-row${head ? ' nbt-list-head' : ''}`,
      role: 'option',
      'aria-expanded': head ? String(open) : undefined,
      'aria-label': label
    },
    ...nodes()
  );
