import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import type { Connection } from './connection';
import type { Plan } from './protocol';
import { verdictWord } from './words';

/** Show what reproducing a run would execute, ask, and have it done; the verdict is kept with the run. */
export async function reproduce(connection: Connection, run: string, trans: TranslationBundle): Promise<void> {
  const plan = await connection.ask({ what: 'plan', run });
  const current = h('input', { type: 'checkbox' });
  const choice = h('label', { class: 'nbt-plan-choice' }, current, trans.__('In the environment as it is now, without building the recorded one'));
  const body = new Widget({ node: planNode(plan, choice) });
  body.addClass('nbt-plan');
  const { button } = await showDialog({ title: trans.__('Reproduce this run?'), body, buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Run it') })] });
  if (!button.accept) return;
  let last = plan.headline;
  const hear = (line: string) => {
    last = line;
    Notification.update({ id, message: last.slice(0, 140) });
  };
  const work = connection.reproduce(run, hear, current.checked ? 'current' : 'restore');
  const id = Notification.emit(last, 'in-progress', { autoClose: false, actions: [{ label: trans.__('Stop'), callback: () => work.stop() }] });
  try {
    const { level, text } = await work.verdict;
    const good = ['identical', 'within tolerance', 'statistically consistent'].includes(level);
    Notification.update({ id, message: `${verdictWord(level, trans)}: ${text}`, type: good ? 'success' : 'warning', autoClose: false, actions: [] });
  } catch (problem) {
    Notification.update({ id, message: (problem as Error).message, type: 'error', autoClose: 10_000, actions: [] });
  }
}

const planNode = ({ headline, sections }: Plan, choice: HTMLElement): HTMLElement =>
  h(
    'div',
    {},
    h('p', { text: headline }),
    ...sections.map(({ title, lines, grave, cells }) =>
      h(
        'section',
        { class: grave ? 'nbt-plan-grave' : '' },
        h('h4', { text: title }),
        ...(cells.length
          ? cells.map(({ place, line, source }) => h('details', {}, h('summary', { text: `${place} ${line}` }), h('pre', { text: source })))
          : lines.map(line => h('p', { text: line })))
      )
    ),
    choice
  );
