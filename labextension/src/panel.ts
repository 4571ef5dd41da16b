import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { figure, MARKS, verdict } from '../../nbtrack/view/static/compare/format.js';
import { HELP } from '../../nbtrack/view/static/compare/filter.js';
import type { Run, Value } from '../../nbtrack/view/static/compare/types.js';
import { STARRED, type Book } from './book';
import { runsIcon } from './icons';
import { ago, change, chosenMetric, GROUPS, lines, tag, type Group, type Line, type Lines } from './lines';
import { List, type Rows } from './list';

/** What the panel asks others to do with the runs that are selected. */
export type Action = 'compare' | 'open';

/** The runs of the open notebook's store, in the left sidebar. */
export class RunsPanel extends Widget {
  constructor(private trans: TranslationBundle) {
    super();
    this.id = 'nbtrack-runs';
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Runs (nbtrack)');
    this.addClass('nbt-panel');
    this.list = new List(trans.__('Runs'), NOTHING);
    this.filter = h('input', {
      type: 'search',
      class: 'nbt-panel-filter',
      placeholder: trans.__('Filter, e.g. accuracy > 0.9'),
      title: HELP,
      'aria-label': trans.__('Filter runs'),
      'aria-describedby': 'nbtrack-panel-problem',
      spellcheck: 'false',
      autocomplete: 'off',
      oninput: () => this.typed()
    });
    this.problem = h('div', { id: 'nbtrack-panel-problem', class: 'nbt-panel-problem', role: 'status' });
    this.by = h(
      'select',
      { class: 'nbt-panel-by', 'aria-label': trans.__('Group by'), onchange: () => this.group(this.by.value as Group) },
      ...GROUPS.map(name => h('option', { value: name, text: this.groupName(name) }))
    );
    this.count = h('span', { class: 'nbt-panel-count', role: 'status' });
    this.only = check(trans.__('This notebook'), trans.__('Show only runs of the open notebook'), () => this.draw());
    this.old = check(trans.__('Archived'), trans.__('Show archived runs, too'), () => this.draw());
    this.actions = h('div', { class: 'nbt-panel-actions' });
    this.empty = h('div', { class: 'nbt-panel-empty', hidden: true });
    this.node.append(
      h('div', { class: 'nbt-panel-top' }, this.filter, this.problem, h('div', { class: 'nbt-panel-row' }, this.by, this.only.label, this.old.label, this.count)),
      this.empty,
      this.list.node,
      this.actions
    );
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs of this notebook'));
  }

  /** Told what a person wants done with which runs, by id. */
  get asked(): ISignal<this, { action: Action; runs: string[] }> {
    return this.wanted;
  }

  /** Told when other runs are selected. */
  get selectionChanged(): ISignal<this, string[]> {
    return this.chose;
  }

  /** The runs that are selected, by id, in the order in which they were. */
  get selected(): string[] {
    return [...this.chosen];
  }

  /** What stands below the list: buttons for the runs that are selected, a run's details. */
  get foot(): HTMLElement {
    return this.actions;
  }

  /** Show the runs of a store; of a notebook, by the name that runs have for it, when asked. */
  read(book: Book | null, notebook: string | null): void {
    if (book !== this.book) {
      this.book?.changed.disconnect(this.later, this);
      this.book = book;
      book?.changed.connect(this.later, this);
      this.chosen.clear();
      this.chose.emit([]);
    }
    this.notebook = notebook;
    this.later();
  }

  /** Where runs of a cell are grouped by cell, what the cell is called. */
  cell: (run: Run) => string | null = () => null;

  /** The metric whose value stands beside a run's name; empty for the one most runs have. */
  metric = '';

  protected onAfterShow(_: Message): void {
    this.draw();
  }

  protected onResize(): void {
    this.list.show();
  }

  protected onActivateRequest(_: Message): void {
    this.filter.focus();
  }

  private typed(): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.draw(), (this.book?.data.runs.length ?? 0) > 2000 ? 120 : 0) as unknown as number;
  }

  private group(by: Group): void {
    this.by.value = by;
    this.folded.clear();
    this.draw();
  }

  /** Draw at the next frame, if anybody sees it. */
  private later(): void {
    if (this.waiting || !this.isVisible) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  private draw(): void {
    if (!this.book) return this.say(this.trans.__('Open a notebook'), this.trans.__('Its runs appear here.'));
    const { data, known, problem } = this.book;
    if (problem) return this.say(this.trans.__('These runs cannot be read'), problem);
    if (!known) return this.say(this.trans.__('Asking the server…'), '');
    if (!data.runs.length)
      return this.say(this.trans.__('No runs yet'), this.trans.__('Put %%track on the first line of a cell and run it, or press the track button in the cell’s toolbar.'));
    this.drawn = lines(data, {
      filter: this.filter.value,
      by: this.by.value as Group,
      folded: this.folded,
      archived: this.old.input.checked,
      notebook: this.only.input.checked ? this.notebook : null,
      cell: this.cell
    });
    this.problem.textContent = this.drawn.problem?.message ?? '';
    this.filter.setAttribute('aria-invalid', String(this.drawn.problem !== null));
    this.count.textContent = this.trans._n('%1 run', '%1 runs', this.drawn.count);
    this.empty.hidden = true;
    this.list.node.hidden = false;
    this.list.take(this.rows());
  }

  private say(title: string, text: string): void {
    this.empty.replaceChildren(h('strong', { text: title }), h('p', { text }));
    this.empty.hidden = false;
    this.list.node.hidden = true;
    this.count.textContent = '';
  }

  private rows(): Rows {
    const metric = this.book && chosenMetric(this.book.data, this.metric);
    const starred = this.book && tag(this.book.data, STARRED);
    const now = Date.now();
    const { lines: all } = this.drawn;
    return {
      count: all.length,
      draw: at => {
        const line = all[at];
        if ('group' in line)
          return { id: `group-${at}`, key: `${line.label}\n${line.count}\n${line.open}`, selected: false, head: true, open: line.open, label: `${line.label}, ${line.count}`, nodes: () => [h('span', { class: 'nbt-list-fold', text: line.open ? '▾' : '▸' }), h('strong', { text: line.label }), h('span', { class: 'nbt-list-dim', text: String(line.count) })] };
        const run = this.book!.data.runs[line.run];
        const value = metric?.values[run.at] ?? null;
        const before = previous(this.book!, run, metric?.values);
        const moved = change(value, before, metric?.dir ?? null);
        const when = ago(run.started, now, document.documentElement.lang || undefined);
        const text = value === null || !metric ? '' : typeof value === 'number' ? figure(value) : String(value);
        const star = Boolean(starred?.values[run.at]);
        return {
          id: run.id,
          key: [run.name, run.note, run.status, text, metric?.key, moved?.sign, when, run.verdict, star].join('\n'),
          selected: this.chosen.has(run.id),
          label: `${run.name}, ${run.status}${text ? `, ${metric!.key} ${text}` : ''}, ${when}`,
          nodes: () => [
            h('span', { class: `nbt-list-mark nbt-is-${run.status}`, title: run.status, text: MARKS[run.status as keyof typeof MARKS] ?? '·' }),
            h('span', { class: 'nbt-list-name', title: run.note || run.name, text: run.name }),
            h('span', { class: 'nbt-list-value', title: metric?.key ?? '' }, moved && h('span', { class: moved.better === null ? 'nbt-list-dim' : moved.better ? 'nbt-good' : 'nbt-bad', text: `${moved.sign} ` }), text),
            h('span', { class: 'nbt-list-star', role: 'presentation', title: this.trans.__('Star'), 'data-on': String(star), onclick: () => this.star(run), text: star ? '★' : '☆' }),
            h('span', { class: 'nbt-list-dim nbt-list-more', text: `${run.short} · ${when}${run.verdict ? ` · ${verdict(run.verdict)}` : ''}` }),
            h('span', { class: 'nbt-list-dim nbt-list-metric', text: text ? metric!.key : '' })
          ]
        };
      },
      choose: (at, how) => this.choose(all, at, how),
      open: at => this.enter(all[at])
    };
  }

  private choose(all: Line[], at: number, how: 'only' | 'toggle' | 'range'): void {
    const line = all[at];
    if (!line) return;
    if ('group' in line) return this.fold(line.group);
    const id = this.book!.data.runs[line.run].id;
    if (how === 'range' && this.anchor >= 0) {
      const [from, to] = [Math.min(this.anchor, at), Math.max(this.anchor, at)];
      for (const each of all.slice(from, to + 1)) if ('run' in each) this.chosen.add(this.book!.data.runs[each.run].id);
    } else {
      const had = this.chosen.has(id);
      if (how === 'only') this.chosen.clear();
      if (had && how === 'toggle') this.chosen.delete(id);
      else this.chosen.add(id);
      this.anchor = at;
    }
    this.list.take(this.rows());
    this.chose.emit(this.selected);
  }

  private enter(line: Line | undefined): void {
    if (!line) return;
    if ('group' in line) this.fold(line.group);
    else this.wanted.emit({ action: 'open', runs: [this.book!.data.runs[line.run].id] });
  }

  private fold(group: string): void {
    if (!this.folded.delete(group)) this.folded.add(group);
    this.draw();
  }

  private star(run: Run): void {
    const on = Boolean(tag(this.book!.data, STARRED)?.values[run.at]);
    void this.book!.edit({ do: 'tag', run: run.id, key: STARRED, value: on ? null : true }).catch(problem => this.tell(problem));
  }

  private tell(problem: Error): void {
    this.problem.textContent = problem.message;
  }

  private list: List;
  private filter: HTMLInputElement;
  private problem: HTMLElement;
  private by: HTMLSelectElement;
  private count: HTMLElement;
  private only: Check;
  private old: Check;
  private actions: HTMLElement;
  private empty: HTMLElement;
  private book: Book | null = null;
  private notebook: string | null = null;
  private drawn: Lines = { lines: [], count: 0, problem: null };
  private chosen = new Set<string>();
  private anchor = -1;
  private folded = new Set<string>();
  private typing = 0;
  private waiting = 0;
  private wanted = new Signal<this, { action: Action; runs: string[] }>(this);
  private chose = new Signal<this, string[]>(this);

  private groupName(group: Group): string {
    const { trans } = this;
    return { none: trans.__('no groups'), experiment: trans.__('by experiment'), cell: trans.__('by cell'), notebook: trans.__('by notebook'), status: trans.__('by status') }[group];
  }
}

const NOTHING: Rows = { count: 0, draw: () => ({ id: '', key: '', nodes: () => [], selected: false, label: '' }), choose: () => undefined, open: () => undefined };

interface Check {
  label: HTMLElement;
  input: HTMLInputElement;
}

function check(text: string, title: string, onchange: () => void): Check {
  const input = h('input', { type: 'checkbox', onchange });
  return { input, label: h('label', { class: 'nbt-panel-check', title }, input, text) };
}

/** The value that the run before had, of the same experiment. */
function previous(book: Book, run: Run, values: Value[] | undefined): Value {
  for (let at = run.at - 1; values && at >= 0; at--) {
    const other = book.data.runs[at];
    if (other.experiment === run.experiment && values[at] !== null) return values[at];
  }
  return null;
}

