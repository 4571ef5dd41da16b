import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { h } from '../../nbtrack/view/static/compare/dom.js';
import { ARCHIVED, STARRED } from './book';
import { Doing, type Home } from './doing';
import { runsIcon } from './icons';
import type { Need } from './refusal';
import type { Switch } from './switch';
import { isTracked, toggleTracking } from './track';

type Args = Record<string, unknown>;

interface Command {
  label: string;
  execute: (ids: string[]) => unknown;
  /** How many runs it is for. */
  least?: number;
  most?: number;
  /** What it needs beside reading. */
  needs?: Need;
  isVisible?: (ids: string[]) => boolean;
  isToggled?: (ids: string[]) => boolean;
}

/** Everything a person can do, as commands, in the palette and - `schema/panel.json` - in menus; and the most of it as buttons. */
export function addCommands(home: Home, palette: ICommandPalette | null, switches: Map<NotebookPanel, Switch>): Doing {
  const { app, notebooks, runs, trans } = home;
  const doing = new Doing(home);
  const chosen = (args: Args): string[] => (Array.isArray(args.runs) ? args.runs.map(String) : runs.selected);
  const add = (id: string, { label, execute, least = 1, most = Infinity, needs, isVisible, isToggled }: Command) => {
    const refused = () => (needs ? doing.refusal(needs) : '');
    app.commands.addCommand(id, {
      label: () => (!refused() ? label : needs === 'execute' ? trans.__('%1 (not possible here)', label) : trans.__('%1 (read-only)', label)),
      caption: refused,
      isEnabled: args => doing.book !== null && !refused() && chosen(args).length >= least && chosen(args).length <= most,
      isVisible: args => isVisible?.(chosen(args)) ?? true,
      isToggled: isToggled && (args => isToggled(chosen(args))),
      execute: args => execute(chosen(args))
    });
    palette?.addItem({ command: id, category: 'nbtrack' });
  };
  const one = (label: string, work: (id: string) => Promise<unknown>, more: Partial<Command> = {}): Command => ({ label, most: 1, execute: ([id]) => doing.told(() => work(id)), ...more });
  const many = (label: string, work: (ids: string[]) => Promise<unknown>, more: Partial<Command> = {}): Command => ({ label, execute: ids => doing.told(() => work(ids)), ...more });

  app.commands.addCommand('nbtrack:show-runs', { label: trans.__('Show Runs'), execute: () => app.shell.activateById(runs.id) });
  palette?.addItem({ command: 'nbtrack:show-runs', category: 'nbtrack' });
  add('nbtrack:compare', many(trans.__('Compare Runs'), ids => doing.compare(ids), { least: 0 }));
  add('nbtrack:open-run', one(trans.__('Show Details of the Run'), id => doing.open(id)));
  add('nbtrack:star', many(trans.__('Star Runs'), ids => doing.star(ids), { needs: 'write', isToggled: ids => doing.all(ids, STARRED) }));
  add('nbtrack:tag', many(trans.__('Tag Runs…'), ids => doing.tag(ids), { needs: 'write' }));
  add('nbtrack:note', many(trans.__('Write a Note on Runs…'), ids => doing.note(ids), { needs: 'write' }));
  add('nbtrack:archive', many(trans.__('Archive Runs'), ids => doing.archive(ids, true), { needs: 'write', isVisible: ids => !doing.all(ids, ARCHIVED) }));
  add('nbtrack:unarchive', many(trans.__('Take Runs out of the Archive'), ids => doing.archive(ids, false), { needs: 'write', isVisible: ids => doing.all(ids, ARCHIVED) }));
  add('nbtrack:restore', one(trans.__('Insert the Run’s Cell into the Notebook'), id => doing.restore(id)));
  add('nbtrack:restore-in-place', one(trans.__('Put the Run’s Version Back into Its Cell'), id => doing.restoreInPlace(id)));
  add('nbtrack:reproduce', one(trans.__('Reproduce the Run…'), id => doing.reproduce(id), { needs: 'execute' }));
  const files: Partial<Command> = { needs: 'files' };
  add('nbtrack:export-script', many(trans.__('Export Runs as Scripts'), ids => doing.program(ids, 'script'), files));
  add('nbtrack:export-notebook', many(trans.__('Export Runs as Notebooks'), ids => doing.program(ids, 'notebook'), files));
  add('nbtrack:export-module', many(trans.__('Export Runs as Modules'), ids => doing.program(ids, 'module'), files));
  add('nbtrack:report', many(trans.__('Write a Report of Runs'), ids => doing.report(ids), files));
  add('nbtrack:copy-id', { label: trans.__('Copy the Ids of Runs'), execute: ids => doing.copyId(ids) });

  app.commands.addCommand('nbtrack:toggle-cell', {
    label: trans.__('Track'),
    caption: trans.__('Make every execution of this cell a run'),
    icon: runsIcon,
    isVisible: () => notebooks.activeCell?.model.type === 'code',
    isToggled: () => notebooks.activeCell !== null && isTracked(notebooks.activeCell.model.sharedModel.getSource()),
    execute: () => notebooks.activeCell && toggleTracking(notebooks.activeCell)
  });
  palette?.addItem({ command: 'nbtrack:toggle-cell', category: 'nbtrack' });
  const now = () => (notebooks.currentWidget ? switches.get(notebooks.currentWidget) : undefined);
  app.commands.addCommand('nbtrack:toggle-tracking', {
    label: args => (args.toolbar ? '' : trans.__('Track Every Cell')),
    caption: () => (now()?.on ? trans.__('Every cell with a metric becomes a run; press to stop') : trans.__('Make every cell with a metric a run (%track on)')),
    icon: runsIcon,
    isEnabled: () => Boolean(notebooks.currentWidget?.sessionContext.session?.kernel),
    isToggled: () => now()?.on === true,
    execute: () => doing.told(async () => now()?.turn(!now()!.on))
  });
  palette?.addItem({ command: 'nbtrack:toggle-tracking', category: 'nbtrack' });

  addButtons(home, doing);
  leadBack(home);
  runs.selectionChanged.connect(() => doing.follow());
  runs.asked.connect((_, id) => doing.told(() => doing.open(id)));
  return doing;
}

/** A context menu takes the focus: give it back to the list before what was chosen there begins, so that a dialog gives
 * it back to the list as well. */
function leadBack({ app, runs }: Home): void {
  const menu = (app as { contextMenu?: JupyterFrontEnd['contextMenu'] }).contextMenu?.menu;
  let ours = false;
  document.addEventListener('contextmenu', event => (ours = runs.node.contains(event.target as Node)), true);
  menu?.aboutToClose.connect(() => {
    if (ours) runs.enterList();
    ours = false;
  });
}

/** The buttons below the list, for the runs that are selected. */
function addButtons({ app, runs, trans }: Home, doing: Doing): void {
  const home = h('div', { class: 'nbt-panel-buttons', role: 'toolbar', 'aria-label': trans.__('Selected runs'), hidden: true });
  runs.foot.prepend(home);
  const button = (command: string, text: string, main = false) => {
    const { commands } = app;
    const refused = commands.caption(command);
    if (!commands.isVisible(command) || (!refused && !commands.isEnabled(command))) return null;
    return h('button', {
      type: 'button',
      class: main ? 'nbt-button nbt-primary' : 'nbt-button',
      title: refused || commands.label(command),
      'aria-disabled': refused ? 'true' : null, // and not `disabled`, so that who goes by keyboard can hear why
      'aria-description': refused || null,
      'data-command': command,
      text,
      onclick: () => !refused && void commands.execute(command)
    });
  };
  let drawn = '';
  const draw = () => {
    const { selected } = runs;
    const refused = [doing.refusal('write'), doing.refusal('execute')].join();
    const now = `${selected.length} ${doing.all(selected, ARCHIVED)} ${doing.book !== null} ${refused}`;
    if (now === drawn) return;
    drawn = now;
    const pressed = home.contains(document.activeElement) && (document.activeElement as HTMLElement).dataset.command;
    home.hidden = !selected.length;
    const nodes = [
      selected.length > 1 && button('nbtrack:compare', trans._n('Compare %1 run', 'Compare %1 runs', selected.length), true),
      button('nbtrack:open-run', trans.__('Details')),
      button('nbtrack:restore', trans.__('Restore')),
      button('nbtrack:reproduce', trans.__('Reproduce')),
      button('nbtrack:export-script', trans.__('Export')),
      button('nbtrack:report', trans.__('Report')),
      button('nbtrack:archive', trans.__('Archive')),
      button('nbtrack:unarchive', trans.__('Unarchive'))
    ];
    home.replaceChildren(...nodes.filter(each => each !== null && each !== false));
    if (!pressed) return;
    const again = home.querySelector<HTMLElement>(`[data-command="${pressed}"]`);
    if (again) again.focus();
    else runs.enterList();
  };
  runs.selectionChanged.connect(draw);
  runs.drew.connect(draw);
  app.commands.commandChanged.connect((_, { id }) => id?.startsWith('nbtrack:') && draw());
}
