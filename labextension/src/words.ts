import type { TranslationBundle } from '@jupyterlab/translation';
import { verdict } from '../../nbtrack/view/static/compare/format.js';
import type { Phrases } from '../../nbtrack/view/static/compare/phrases.js';

/** What the filter box says, in the page's language. The box is shared with homes that have one language only, so its
 * texts stand there in English as well (`phrases.js`); a test holds the two against each other. */
export const filterPhrases = (trans: TranslationBundle): Phrases => ({
  completions: trans.__('Completions'),
  filter: trans.__('Filter: %1', '%1'),
  example: trans.__('a word of a run, or loss<0.1'),
  label: trans.__('Filter runs by words and comparisons'),
  help: trans.__("Words, comparisons (lr<0.1  kernel=rbf  -failed), or the whole language of %runs: params.lr < 0.01 and not status = 'failed' order by metrics.f1 desc limit 20"),
  taken: trans.__('%1 taken', '%1'),
  ofTheRun: trans.__('of the run'),
  meant: trans.__('did you mean'),
  meantFirst: trans.__('Did you mean %2? %1', '%1', '%2'),

  didYouMean: trans.__('%1; did you mean %2?', '%1', '%2'),
  thereAre: trans.__('%1; there are %2', '%1', '%2'),
  and: trans.__('%1, %2', '%1', '%2'),
  or: trans.__('%1 or %2', '%1', '%2'),
  andMore: trans.__('%1 and %2 more', '%1', '%2'),

  expectedAt: trans.__('expected %1 at `%2`', '%1', '%2'),
  expectedAtEnd: trans.__('expected %1 at the end', '%1'),
  aName: trans.__('a name such as `metrics.accuracy`'),
  aComparison: trans.__('a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)'),
  aNumber: trans.__('a number'),
  aText: trans.__('a text in quotes'),
  theEnd: trans.__('the end'),
  somethingElse: trans.__('something else'),
  needsQuotes: trans.__("%1; text needs quotes: '%2'", '%1', '%2'),
  notClosed: trans.__('the text that starts here has no closing %1', '%1'),
  tooLong: trans.__('a filter has at most %1 characters; this one has %2', '%1', '%2'),
  tooDeep: trans.__('a filter nests at most %1 levels deep', '%1'),
  wholeLimit: trans.__('limit needs a whole number of runs, not %1', '%1'),

  noParam: trans.__('no param %1', '%1'),
  noMetric: trans.__('no metric %1', '%1'),
  noTag: trans.__('no tag %1', '%1'),
  noRunHas: trans.__('%1; no run has any %2', '%1', '%2'),
  runsHaveNo: trans.__('runs have no %1', '%1'),
  writeSpace: trans.__('%1; write `params.…`, `metrics.…` or `tags.…` before a name of your own', '%1'),
  needsName: trans.__('%1 needs a name after it: %2', '%1', '%2'),
  noColumn: trans.__('no column `%1`', '%1'),
  what: trans.__('%1 %2 what?', '%1', '%2'),
  notHere: trans.__('this comparison holds no `%1`', '%1'),
  noSuch: trans.__('no %1 %2', '%1', '%2'),
  needsDate: trans.__("`%1` needs a date such as '2026-11-01' or '2026-11-01 14:30', not %2", '%1', '%2'),
  holdsNumbers: trans.__('%1 holds numbers; %2 is text', '%1', '%2')
});

/** What became of a run. A filter asks for it by its English word. */
export function statusWord(status: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    running: trans.__('running'),
    finished: trans.__('finished'),
    failed: trans.__('failed'),
    interrupted: trans.__('interrupted'),
    lost: trans.__('lost')
  };
  return words[status] ?? status;
}

/** What a reproduction found, with its sign. */
export function verdictWord(level: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    identical: trans.__('identical'),
    'within tolerance': trans.__('within tolerance'),
    'statistically consistent': trans.__('statistically consistent'),
    different: trans.__('different'),
    failed: trans.__('failed'),
    'cannot run': trans.__('cannot run')
  };
  return verdict(level).replace(level, () => words[level] ?? level);
}
