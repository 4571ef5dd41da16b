import { MainAreaWidget } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';
import { mount } from '../../nbtrack/view/static/compare/index.js';
import { join } from '../../nbtrack/view/static/compare/live.js';
import style from '../../nbtrack/view/static/compare.css';
import type { Connection } from './connection';
import type { Heard, Up } from './protocol';
import { runsIcon } from './icons';

let number = 0;

/** The comparison of `%compare` in a tab of its own, kept up to date by the server. */
export class ComparisonTab extends Widget {
  constructor(
    private connection: Connection,
    ask: string,
    title: string
  ) {
    super();
    this.channel = `nbt-lab-${++number}`;
    this.title.label = title;
    this.title.icon = runsIcon;
    this.title.closable = true;
    this.addClass('nbt');
    this.addClass('nbt-compare');
    this.addClass('nbt-tab');
    this.node.dataset.lmSuppressShortcuts = 'true';
    this.root = document.createElement('div');
    this.root.className = 'nbt-app';
    const sheet = document.createElement('style');
    sheet.textContent = style;
    this.node.append(sheet, this.root);
    document.addEventListener(`nbtrack:up:${this.channel}`, this.up);
    this.following = connection.follow(this.channel, ask, message => this.hear(message), true);
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
      this.app = mount(this.root, message.payload);
      join(this.app, this.channel, message.state);
      return;
    }
    document.dispatchEvent(new CustomEvent(`nbtrack:down:${this.channel}`, { detail: message }));
  }

  private app: ReturnType<typeof mount> | undefined;
  private root: HTMLElement;
  private channel: string;
  private following: IDisposable;
}

/** A tab for the main area. */
export const comparisonTab = (connection: Connection, ask: string, title: string): MainAreaWidget<ComparisonTab> => {
  const content = new ComparisonTab(connection, ask, title);
  return new MainAreaWidget({ content });
};
