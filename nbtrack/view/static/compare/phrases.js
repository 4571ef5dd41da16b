// @ts-check
/**
 * What the filter box says, by name and in English. Whoever shows it in another language hands over the same names in
 * other words. What was told is kept as a phrase and what stands in it until it is shown, in whatever words then.
 */

export const ENGLISH = {
  completions: "Completions",
  filter: "Filter: %1",
  example: "a word of a run, or loss<0.1",
  label: "Filter runs by words and comparisons",
  help: "Words, comparisons (lr<0.1  kernel=rbf  -failed), or the whole language of %runs: params.lr < 0.01 and not status = 'failed' order by metrics.f1 desc limit 20",
  taken: "%1 taken",
  ofTheRun: "of the run",
  meant: "did you mean",
  meantFirst: "Did you mean %2? %1",

  didYouMean: "%1; did you mean %2?",
  thereAre: "%1; there are %2",
  and: "%1, %2",
  or: "%1 or %2",
  andMore: "%1 and %2 more",

  expectedAt: "expected %1 at `%2`",
  expectedAtEnd: "expected %1 at the end",
  aName: "a name such as `metrics.accuracy`",
  aComparison: "a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)",
  aNumber: "a number",
  aText: "a text in quotes",
  theEnd: "the end",
  somethingElse: "something else",
  needsQuotes: "%1; text needs quotes: '%2'",
  notClosed: "the text that starts here has no closing %1",
  tooLong: "a filter has at most %1 characters; this one has %2",
  tooDeep: "a filter nests at most %1 levels deep",
  wholeLimit: "limit needs a whole number of runs, not %1",

  noParam: "no param %1",
  noMetric: "no metric %1",
  noTag: "no tag %1",
  noRunHas: "%1; no run has any %2",
  runsHaveNo: "runs have no %1",
  writeSpace: "%1; write `params.…`, `metrics.…` or `tags.…` before a name of your own",
  needsName: "%1 needs a name after it: %2",
  noColumn: "no column `%1`",
  what: "%1 %2 what?",
  notHere: "this comparison holds no `%1`",
  noSuch: "no %1 %2",
  needsDate: "`%1` needs a date such as '2026-11-01' or '2026-11-01 14:30', not %2",
  holdsNumbers: "%1 holds numbers; %2 is text",
};

/** @typedef {keyof typeof ENGLISH} Phrase */
/** @typedef {Record<Phrase, string>} Phrases */
/** @typedef {string | {phrase: Phrase, values: Told[]}} Told  a text as it is, or a phrase and what stands in it */

/** @param {Phrase} phrase @param {...Told} values @returns {Exclude<Told, string>} */
export const told = (phrase, ...values) => ({ phrase, values });

/** Put into words what was told. @param {Told} text @param {Phrases} [phrases] @returns {string} */
export function say(text, phrases = ENGLISH) {
  if (typeof text === "string") return text;
  return phrases[text.phrase].replace(/%(\d)/g, (_, at) => say(text.values[at - 1] ?? "", phrases));
}

/** @param {Told[]} texts @returns {Told} all of them, with commas between */
export const listed = (texts) => texts.reduce((all, each) => told("and", all, each));

/** @param {Told[]} texts @returns {Told} one of them */
export const oneOf = (texts) => (texts.length > 1 ? told("or", listed(texts.slice(0, -1)), texts[texts.length - 1]) : texts[0]);
