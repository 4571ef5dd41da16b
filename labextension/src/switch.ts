import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

/** What may turn tracking on or off in a cell. */
const TELLING = /%track\s+(on|off)|%(un)?load_ext\s+nbtrack|%reload_ext\s+nbtrack/;
const ASK = "getattr(getattr(get_ipython(), '_nbtrack', None), 'tracker', None) is not None and get_ipython()._nbtrack.tracker.on";

/** Whether every cell of a notebook is tracked, as its kernel has it: `%track on` and `%track off` at a press. */
export class Switch implements IDisposable {
  constructor(
    private panel: NotebookPanel,
    private trans: TranslationBundle
  ) {
    panel.sessionContext.kernelChanged.connect(this.restarted, this);
    panel.sessionContext.statusChanged.connect(this.status, this);
    NotebookActions.executed.connect(this.executed, this);
    panel.disposed.connect(() => this.dispose());
  }

  /** Whether it is on, as far as is known. */
  on = false;

  get changed(): ISignal<this, boolean> {
    return this.told;
  }

  get isDisposed(): boolean {
    return this.gone;
  }

  dispose(): void {
    if (this.gone) return;
    this.gone = true;
    NotebookActions.executed.disconnect(this.executed, this);
    Signal.clearData(this);
  }

  /** Turn it on, with nbtrack loaded where it is not, or off. Rejected where there is no kernel. */
  async turn(on: boolean): Promise<void> {
    const code = on ? '%load_ext nbtrack\n%track on' : '%track off';
    await this.run(code);
  }

  /** Ask the kernel. */
  async ask(): Promise<void> {
    await this.run('');
  }

  private async run(code: string): Promise<void> {
    const kernel = this.panel.sessionContext.session?.kernel;
    if (!kernel) throw new Error(this.trans.__('This notebook has no kernel.'));
    const reply = await kernel.requestExecute({ code, silent: true, store_history: false, user_expressions: { on: ASK } }).done;
    if (reply?.content.status === 'error') throw new Error(reply.content.evalue);
    const answer = (reply?.content as { user_expressions?: Record<string, { data?: Record<string, string> }> }).user_expressions?.on;
    this.be(answer?.data?.['text/plain'] === 'True');
  }

  private be(on: boolean): void {
    if (this.gone || on === this.on) return;
    this.on = on;
    this.told.emit(on);
  }

  private restarted(): void {
    this.be(false);
  }

  private status(_: unknown, status: string): void {
    if (status === 'restarting' || status === 'autorestarting' || status === 'dead') this.be(false);
  }

  private executed(_: unknown, { notebook, cell }: { notebook: unknown; cell: { model: { sharedModel: { getSource(): string } } } }): void {
    if (notebook === this.panel.content && TELLING.test(cell.model.sharedModel.getSource())) void this.ask().catch(() => undefined);
  }

  private gone = false;
  private told = new Signal<this, boolean>(this);
}
