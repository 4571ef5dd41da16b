import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { FilterBox } from '../../nbtrack/view/static/compare/box.js';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { thousands } from '../../nbtrack/view/static/compare/format.js';
import { seriesOf } from '../../nbtrack/view/static/compare/spark.js';
import type { App, Column, Data, Run, Series } from '../../nbtrack/view/static/compare/types.js';
import { STARRED, type Book } from './book';
import { mark, moved, paramsMoved, short, spark } from './figures';
import { runsIcon } from './icons';
import { ago, before, chosenMetric, groupable, GROUPS, lines, metricsOf, tag, type Line, type Lines } from './lines';
import { List, NOTHING, type How, type Row, type Rows } from './list';
import { refusal } from './refusal';
import type { Taste } from './taste';
import { filterPhrases, statusWord, verdictWord } from './words';

/** "5 minutes ago" is looked at again after so long (ms). */
const MINUTE = 60_000;
/** So many runs are made ready to be searched at once. */
const SLICE = 250;

/** The runs of the open notebook's store, in the left sidebar. */
export class RunsPanel extends Widget {
  constructor(
    private trans: TranslationBundle,
    private taste: Taste
  ) {
    super();
    this.id = 'nbtrack-runs';
    this.title.icon = runsIcon;
    this.title.caption = trans.__('Runs (nbtrack)');
    for (const name of ['nbt-lab', 'nbt-panel', 'nbt-runs']) this.addClass(name);
    this.list = new List(trans.__('Runs'), NOTHING);
    this.box = new FilterBox(this.asApp(), 'nbtrack-filter', filterPhrases(trans));
    this.box.input.placeholder = trans.__('Filter, e.g. accuracy > 0.9');
    this.box.input.setAttribute('aria-label', trans.__('Filter runs'));
    this.box.input.setAttribute('aria-describedby', 'nbtrack-filter-problem');
    this.box.input.addEventListener('focus', () => this.book && this.warm(this.book.data));
    this.box.line.id = 'nbtrack-filter-problem';
    this.box.line.classList.add('nbt-panel-problem');
    this.box.input.classList.add('nbt-panel-filter');
    this.by = h('select', { class: 'nbt-panel-by', 'aria-label': trans.__('Group by'), onchange: () => this.group() });
    this.metric = h('select', { class: 'nbt-panel-metric', 'aria-label': trans.__('Metric beside the names'), onchange: () => this.taste.keep(this.metric.value) });
    this.count = h('span', { class: 'nbt-panel-count', role: 'status' });
    this.only = check(trans.__('This notebook'), trans.__('Show only runs of the open notebook'), () => this.draw());
    this.old = check(trans.__('Archived'), trans.__('Show archived runs, too'), () => this.draw());
    this.actions = h('div', { class: 'nbt-panel-actions' });
    this.empty = h('div', { class: 'nbt-panel-empty', role: 'status', hidden: true });
    this.cut = h('p', { class: 'nbt-panel-cut', role: 'status' });
    this.spoken = h('div', { class: 'nbt-sr', role: 'status' });
    this.head = h('div', { class: 'nbt-panel-head' }, this.by, this.metric);
    this.node.append(
      h('div', { class: 'nbt-panel-top' }, this.box.whole, this.box.line, h('div', { class: 'nbt-panel-row' }, this.count, this.only.label, this.old.label), this.cut),
      this.head,
      this.empty,
      this.list.node,
      this.actions,
      this.spoken
    );
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Runs of this notebook'));
    taste.changed.connect(this.later, this);
  }

  /** Told when a run is to be shown in detail, by its id. */
  get asked(): ISignal<this, string> {
    return this.wanted;
  }

  /** Told when other runs are selected. */
  get selectionChanged(): ISignal<this, string[]> {
    return this.chose;
  }

  /** Told when the runs were drawn anew. */
  get drew(): ISignal<this, void> {
    return this.shownAnew;
  }

  /** The runs that are selected, by id, in the order in which they were. */
  get selected(): string[] {
    return [...this.chosen];
  }

  /** What stands below the list: buttons for the runs that are selected, a run's details. */
  get foot(): HTMLElement {
    return this.actions;
  }

  /** Show the runs of a store; of a notebook, by its path, when asked. */
  read(book: Book | null, notebook: string | null): void {
    if (book !== this.book) {
      this.book?.changed.disconnect(this.later, this);
      this.book = book;
      book?.changed.connect(this.later, this);
      this.anchor = '';
      this.select([]);
    }
    this.notebook = notebook;
    this.later();
  }

  /** Where runs are grouped by cell: what each run's cell is called. Asked for anew with each drawing. */
  cells: () => (run: Run) => string | null = () => () => null;

  /** Draw at the next frame, if anybody sees it. */
  later(): void {
    if (this.waiting || !this.isVisible) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      if (this.isVisible) this.draw();
    });
  }

  /** Star runs, or take their stars away where all of them have one. */
  async star(ids: string[]): Promise<void> {
    if (this.fixed) throw new Error(this.fixed);
    const starred = tag(this.book!.data, STARRED);
    const value = ids.every(id => starred?.values[this.book!.run(id)?.at ?? -1]) ? null : true;
    await Promise.all(ids.map(run => this.book!.edit({ do: 'tag', run, key: STARRED, value })));
  }

  /** Go to where the list was left. */
  enterList(): void {
    this.list.node.focus();
  }

  /** Go to a place of the panel; when it is brought to the front, if it is not there yet. */
  enterAt(place: HTMLElement): void {
    if (this.isVisible) place.focus();
    else this.entry = place;
  }

  /** Why these runs cannot be changed; empty where they can. */
  private get fixed(): string {
    return this.book ? refusal(this.book.connection, 'write', this.trans) : '';
  }

  protected onAfterShow(_: Message): void {
    this.draw();
    clearInterval(this.clock);
    this.clock = setInterval(() => !document.hidden && this.later(), MINUTE) as unknown as number;
  }

  protected onAfterHide(_: Message): void {
    clearInterval(this.clock);
  }

  protected onResize(): void {
    if (this.isVisible) this.list.show();
  }

  protected onActivateRequest(_: Message): void {
    (this.entry ?? this.box.input).focus();
    this.entry = null;
  }

  /** What the filter box of a comparison wants of it. */
  private asApp(): App {
    const panel = this;
    return {
      get data() {
        return panel.book?.data ?? { runs: [], columns: [] };
      },
      set: () => panel.draw(),
      say: (text: string) => (panel.spoken.textContent = text)
    } as unknown as App;
  }

  /** Who goes to the filter is about to search: what is searched is written while they think of a word. */
  private warm(data: Data, from = 0): void {
    if (data !== this.book?.data || from >= data.runs.length || !this.isVisible) return;
    requestIdleCallback(() => {
      const to = Math.min(data.runs.length, from + SLICE);
      for (let at = from; at < to; at++) data.words(at, false);
      this.warm(data, to);
    });
  }

  private group(): void {
    this.folded.clear();
    this.draw();
  }

  private draw(): void {
    if (!this.book) return this.say(this.trans.__('Open a notebook'), this.trans.__('Its runs appear here.'));
    const { data, known, problem, trouble } = this.book;
    if (problem) return this.say(this.trans.__('These runs cannot be read'), problem);
    if (!known) return trouble ? this.say(this.trans.__('These runs cannot be shown'), trouble) : this.say(this.trans.__('Asking the server…'), '');
    this.cut.textContent = trouble && `${this.trans.__('Not up to date.')} ${trouble}`;
    if (!data.runs.length)
      return this.say(this.trans.__('No runs yet'), this.trans.__('Put %1 on the first line of a cell and run it, or press the track button in the cell’s toolbar.', '%%track'));
    this.offer();
    this.drawn = this.understand();
    const all = data.runs.length + this.book.coming;
    this.count.textContent = this.drawn.count === all ? this.plural(all) : this.trans.__('%1 of %2', thousands(this.drawn.count), this.plural(all));
    this.reveal(true);
    this.list.take(this.rows());
    this.shownAnew.emit();
  }

  /** The rows that the filter asks for; while it cannot be read, those of the last one that could. */
  private understand(): Lines {
    const filter = this.box.input.value;
    const found = this.answer(filter);
    this.box.tell(found.problem);
    if (!found.problem) this.understood = filter;
    return found.problem ? this.answer(this.understood) : found;
  }

  private answer(filter: string): Lines {
    return lines(this.book!.data, {
      filter,
      by: this.by.value,
      folded: this.folded,
      archived: this.old.input.checked,
      notebook: this.only.input.checked ? this.notebook : null,
      cell: this.by.value === 'cell' ? this.cells() : undefined,
      named: this.by.value === 'status' ? key => statusWord(key, this.trans) : undefined,
      others: this.by.value === 'cell' ? this.trans.__('other cells') : this.trans.__('no notebook')
    });
  }

  private plural(count: number): string {
    return this.trans._n('%1 run', '%1 runs', count).replace(String(count), thousands(count));
  }

  private say(title: string, text: string): void {
    this.empty.replaceChildren(h('strong', { text: title }), h('p', { text }));
    this.reveal(false);
    this.count.textContent = '';
    this.cut.textContent = '';
  }

  private reveal(some: boolean): void {
    this.empty.hidden = some;
    this.list.node.hidden = this.head.hidden = !some;
    this.node.classList.toggle('nbt-is-empty', !some);
  }

  /** Offer what there is to group by and to show: the params, tags and metrics of these runs. */
  private offer(): void {
    const { columns } = this.book!.data;
    if (columns === this.offered && this.taste.now.metric === this.shown) return;
    this.offered = columns;
    this.shown = this.taste.now.metric;
    const { data } = this.book!;
    const some = groupable(data);
    const group = (label: string, space: string) => {
      const own = some.filter(column => column.space === space);
      return own.length ? h('optgroup', { label }, ...own.map(column => h('option', { value: column.id, text: column.key }))) : null;
    };
    refill(this.by, [...GROUPS.map(name => h('option', { value: name, text: this.groupName(name) })), group(this.trans.__('Params'), 'params'), group(this.trans.__('Tags'), 'tags')]);
    const metrics = metricsOf(data).map(column => h('option', { value: column.key, text: column.key }));
    this.metric.hidden = !metrics.length;
    refill(this.metric, metrics, this.chosenMetric?.key);
  }

  private get chosenMetric(): Column | undefined {
    return this.book ? chosenMetric(this.book.data, this.taste.now.metric) : undefined;
  }

  private rows(): Rows {
    const { lines: all } = this.drawn;
    const drawing = this.drawing();
    const run = (at: number) => {
      const line = all[at];
      return line && 'run' in line ? this.book!.data.runs[line.run] : undefined;
    };
    return {
      count: all.length,
      grouped: this.by.value !== 'none',
      id: at => run(at)?.id ?? `group-${'group' in all[at] ? all[at].group : ''}`,
      draw: at => {
        const line = all[at];
        return 'group' in line ? headRow(line) : drawing(this.book!.data.runs[line.run]);
      },
      choose: (at, how) => this.choose(all, at, how),
      chooseAll: every => this.select(every ? all.flatMap(line => ('run' in line ? [this.book!.data.runs[line.run].id] : [])) : []),
      open: at => this.enter(all[at]),
      fold: (at, open) => this.foldAt(all, at, open),
      menu: at => run(at) && !this.chosen.has(run(at)!.id) && this.choose(all, at, 'only'),
      key: (at, event) => {
        const here = run(at);
        if (event.key !== 's' || event.ctrlKey || event.metaKey || !here) return false;
        this.turnStar(here);
        return true;
      }
    };
  }

  /** How runs are drawn as of now. */
  private drawing(): (run: Run) => Row {
    const { data } = this.book!;
    const metric = this.chosenMetric;
    const starred = tag(data, STARRED);
    const was = metric && before(data, metric);
    const { fixed } = this;
    const now = Date.now();
    const locale = document.documentElement.lang || undefined;
    return run => {
      const value = metric?.values[run.at] ?? null;
      const text = short(value);
      const star = Boolean(starred?.values[run.at]);
      const growing = run.status === 'running' ? this.growing(run, metric) : undefined;
      const when = growing ? this.trans.__('step %1', growing.steps[growing.steps.length - 1] ?? 0) : ago(run.started, now, locale);
      const params = paramsMoved(data, run);
      return {
        id: run.id,
        key: [run.name, run.note, run.status, run.flag, text, short(was?.[run.at]), metric?.id, when, run.verdict, star, fixed, params.map(each => each.key), growing?.count].join('\n'),
        selected: this.chosen.has(run.id),
        label: [run.name, statusWord(run.status, this.trans), text && `${metric!.key} ${text}`, when, star && this.trans.__('starred')].filter(Boolean).join(', '),
        nodes: () => [
          mark(run.status, this.trans),
          h('span', { class: 'nbt-list-name', title: [run.name, run.short, run.note].filter(Boolean).join('\n'), text: run.name }),
          h('span', { class: 'nbt-list-value', title: metric?.key ?? '' }, (growing && spark(growing)) ?? moved(value, was?.[run.at], metric?.dir ?? null, this.trans), text),
          h('span', { class: 'nbt-list-star', 'aria-hidden': 'true', title: fixed || this.trans.__('Star (s)'), 'data-on': String(star), 'data-fixed': fixed !== '', onclick: () => this.turnStar(run), text: star ? '★' : '☆' }),
          h(
            'span',
            { class: 'nbt-list-more' },
            h('span', { class: 'nbt-list-params', title: params.map(each => `${each.key} = ${short(each.now)}`).join('\n') || null }, ...params.slice(0, 4).flatMap(each => [h('span', { text: `${each.key} ` }), h('b', { text: `${short(each.now) || '–'} ` })]), params.length ? '' : run.short),
            run.verdict && h('span', { text: verdictWord(run.verdict, this.trans) }),
            h('span', { class: 'nbt-list-when', text: when })
          )
        ]
      };
    };
  }

  /** What is known of the curve of a run that is running: of the metric that is shown, or of the one with most points. */
  private growing(run: Run, metric: Column | undefined): Series | undefined {
    const { data } = this.book!;
    const own = metric && seriesOf(data, metric.key)?.get(run.at);
    if (own) return own;
    const all = data.curves.flatMap(curve => seriesOf(data, curve.metric)?.get(run.at) ?? []);
    return all.reduce<Series | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined);
  }

  private choose(all: Line[], at: number, how: How): void {
    const line = all[at];
    if (!line) return;
    if ('group' in line) return how === 'range' ? undefined : this.fold(line.group);
    const { runs } = this.book!.data;
    const { id } = runs[line.run];
    const from = how === 'range' ? all.findIndex(each => 'run' in each && runs[each.run].id === this.anchor) : -1;
    if (from >= 0) {
      const part = all.slice(Math.min(from, at), Math.max(from, at) + 1);
      return this.select(part.flatMap(each => ('run' in each ? [runs[each.run].id] : [])));
    }
    this.anchor = id;
    if (how !== 'toggle') return this.select([id]);
    this.select(this.chosen.has(id) ? this.selected.filter(each => each !== id) : [...this.chosen, id]);
  }

  private select(ids: string[]): void {
    this.chosen = new Set(ids);
    if (this.book?.known && this.drawn.lines.length) this.list.take(this.rows());
    this.chose.emit(ids);
  }

  private enter(line: Line | undefined): void {
    if (!line) return;
    if ('group' in line) this.fold(line.group);
    else this.wanted.emit(this.book!.data.runs[line.run].id);
  }

  private fold(group: string): void {
    if (!this.folded.delete(group)) this.folded.add(group);
    this.draw();
  }

  /** Open or close a group; from within one, to close is to go to its head first. */
  private foldAt(all: Line[], at: number, open: boolean): void {
    const line = all[at];
    if (line && 'group' in line && line.open !== open) return this.fold(line.group);
    if (open || !line || 'group' in line) return;
    for (let up = at; up >= 0; up--) if ('group' in all[up]) return this.list.reveal(up);
  }

  private turnStar(run: Run): void {
    this.star([run.id]).catch((problem: Error) => (this.box.line.textContent = problem.message));
  }

  private list: List;
  private box: FilterBox;
  private by: HTMLSelectElement;
  private metric: HTMLSelectElement;
  private count: HTMLElement;
  private only: Check;
  private old: Check;
  private actions: HTMLElement;
  private empty: HTMLElement;
  private cut: HTMLElement;
  private head: HTMLElement;
  private spoken: HTMLElement;
  private book: Book | null = null;
  private notebook: string | null = null;
  private entry: HTMLElement | null = null;
  private drawn: Lines = { lines: [], count: 0, problem: null };
  private chosen = new Set<string>();
  private anchor = '';
  private folded = new Set<string>();
  private understood = '';
  private offered: Column[] | null = null;
  private shown = '';
  private waiting = 0;
  private clock = 0;
  private wanted = new Signal<this, string>(this);
  private chose = new Signal<this, string[]>(this);
  private shownAnew = new Signal<this, void>(this);

  private groupName(group: (typeof GROUPS)[number]): string {
    const { trans } = this;
    return { none: trans.__('no groups'), experiment: trans.__('by experiment'), cell: trans.__('by cell'), notebook: trans.__('by notebook'), status: trans.__('by status') }[group];
  }
}

const headRow = (line: Extract<Line, { group: string }>): Row => ({
  id: `group-${line.group}`,
  key: `${line.label}\n${line.count}\n${line.open}`,
  selected: false,
  head: true,
  open: line.open,
  label: `${line.label}, ${line.count}`,
  nodes: () => [h('span', { class: 'nbt-list-fold', 'aria-hidden': 'true', text: line.open ? '▾' : '▸' }), h('strong', { title: line.label, text: line.label }), h('span', { class: 'nbt-dim', text: thousands(line.count) })]
});

/** Give a choice other options, and keep what was chosen where it is still there. */
function refill(select: HTMLSelectElement, options: (Node | null)[], value = select.value): void {
  select.replaceChildren(...options.filter(each => each !== null));
  select.value = value;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
}

interface Check {
  label: HTMLElement;
  input: HTMLInputElement;
}

function check(text: string, title: string, onchange: () => void): Check {
  const input = h('input', { type: 'checkbox', onchange });
  return { input, label: h('label', { class: 'nbt-panel-check', title }, input, text) };
}
