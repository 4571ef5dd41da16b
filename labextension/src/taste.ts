import { Signal, type ISignal } from '@lumino/signaling';

/** What a person wants, as the settings have it. */
export interface Wanted {
  badges: boolean;
  context: boolean;
  /** The metric beside names; empty for the one that most runs have. */
  metric: string;
}

/** What a person wants, told to whoever shows it whenever it changes. */
export class Taste {
  now: Wanted = { badges: true, context: true, metric: '' };

  get changed(): ISignal<this, Wanted> {
    return this.told;
  }

  /** Where a choice is kept; without settings it holds until the page is left. */
  keep: (metric: string) => void = metric => this.take({ ...this.now, metric });

  take(wanted: Wanted): void {
    const { badges, context, metric } = this.now;
    this.now = wanted;
    if (badges !== wanted.badges || context !== wanted.context || metric !== wanted.metric) this.told.emit(wanted);
  }

  private told = new Signal<this, Wanted>(this);
}
