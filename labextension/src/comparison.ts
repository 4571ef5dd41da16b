import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';
import { mount } from '../../nbtrack/view/static/compare/index.js';
import { join } from '../../nbtrack/view/static/compare/live.js';
import style from '../../nbtrack/view/static/compare.css';
import type { Connection } from './connection';
import { unpacked } from './packed';
import type { Heard, Up } from './protocol';
import { runsIcon } from './icons';

let number = 0;

/** What a comparison is of: the runs that `ask` names, a filter or ids, of the store of a notebook. */
export interface Compared {
  ask: string;
  notebook: string;
  /** Of the tab: the same after the page was left and opened again, so that it stands where it stood. */
  id: string;
}

/** The comparison of `%compare` in a tab of its own, kept up to date by the server. */
export class ComparisonTab extends Widget {
  constructor(
    private connection: Connection,
    readonly of: Compared,
    title: string
  ) {
    super();
    this.channel = `nbt-lab-${++number}`;
    this.title.label = title;
    this.title.icon = runsIcon;
    this.title.closable = true;
    for (const name of ['nbt', 'nbt-compare', 'nbt-tab']) this.addClass(name);
    this.root = document.createElement('div');
    this.root.className = 'nbt-app';
    const sheet = document.createElement('style');
    sheet.textContent = style;
    this.node.append(sheet, this.root);
    document.addEventListener(`nbtrack:up:${this.channel}`, this.up);
    this.following = connection.follow(this.channel, of.ask, message => this.hear(message), true);
  }

  dispose(): void {
    if (this.isDisposed) return;
    document.removeEventListener(`nbtrack:up:${this.channel}`, this.up);
    this.following.dispose();
    this.app?.stop();
    super.dispose();
  }

  /** What the comparison says goes to the server; its greeting is answered with what is known. */
  private up = (event: Event): void => {
    const said = (event as CustomEvent).detail;
    if (said.do === 'hello' || said.do === 'edit') this.connection.say({ ...said, channel: this.channel } as Up);
  };

  private hear(message: Heard): void {
    if (message.do === 'refused') {
      this.root.textContent = message.problem;
      return;
    }
    if (!this.app && message.do === 'news' && message.payload) {
      this.root.textContent = '';
      this.app = mount(this.root, unpacked(message.payload));
      join(this.app, this.channel, message.state);
      if (this.connection.because.write && this.app.link) this.app.link.fixed = true;
      return;
    }
    const detail = message.do === 'news' && message.payload ? { ...message, payload: unpacked(message.payload) } : message;
    document.dispatchEvent(new CustomEvent(`nbtrack:down:${this.channel}`, { detail }));
  }

  private app: ReturnType<typeof mount> | undefined;
  private root: HTMLElement;
  private channel: string;
  private following: IDisposable;
}

/** A tab for the main area. */
export const comparisonTab = (connection: Connection, of: Compared, title: string): MainAreaWidget<ComparisonTab> => {
  const content = new ComparisonTab(connection, of, title);
  return new MainAreaWidget({ content });
};

/** A question of at most so many characters is taken. */
const LONGEST = 10_000;

/** Runs by their ids, as a question; shortened to what tells them apart where they are many, null where they are too many. */
export function askOf(ids: string[]): string | null {
  const whole = ids.join(' ');
  if (whole.length <= LONGEST) return whole;
  const short = ids.map(id => id.slice(id.lastIndexOf('-') + 1)).join(' ');
  return short.length <= LONGEST ? short : null;
}
