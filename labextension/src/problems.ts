import type { TranslationBundle } from '@jupyterlab/translation';

/** Where there is no page's language, such as in a test: the texts as they stand here. */
const PLAIN: Pick<TranslationBundle, '__'> = { __: text => text };

/** Why there is no answer, in the page's language. */
export const problemsIn = (trans: Pick<TranslationBundle, '__'> = PLAIN) => ({
  silent: trans.__('The server did not answer.'),
  away: trans.__('The server does not answer.'),
  closed: trans.__('The notebook was closed.'),
  lost: trans.__('The connection to the server was lost.'),
  notSaved: trans.__('Not saved: the server does not answer.'),
  perhapsSaved: trans.__('The connection to the server was lost; whether it was saved is seen when it is back.')
});

export type Problems = ReturnType<typeof problemsIn>;
