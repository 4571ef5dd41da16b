import { ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';

/** After so long (ms) without an answer, the server counts as gone. */
const PATIENCE = 10_000;

/** What an address answered to an ordinary request; null where nothing came back. */
export interface Answer {
  status: number;
  /** Whether another page answered: one to sign in on. */
  redirected?: boolean;
  /** What nbtrack's own side said. */
  said?: string;
}

/** Why a web socket was not let in, in words. A page is not told; so the same address is asked as pages are. */
export async function troubleAt(url: string, settings: ServerConnection.ISettings, trans: TranslationBundle): Promise<string> {
  return wordsFor(await answerOf(url, settings), trans);
}

async function answerOf(url: string, settings: ServerConnection.ISettings): Promise<Answer | null> {
  try {
    const response = await ServerConnection.makeRequest(url, { signal: AbortSignal.timeout(PATIENCE) }, settings);
    const { status, redirected } = response;
    return { status, redirected, said: saidIn(await response.text()) };
  } catch {
    return null;
  }
}

/** What nbtrack's side of the server says; nothing where another page came back. */
export function saidIn(text: string): string | undefined {
  try {
    const { nbtrack } = JSON.parse(text);
    return typeof nbtrack === 'string' && nbtrack ? nbtrack : undefined;
  } catch {
    return undefined;
  }
}

/** Say what an answer means for whoever waits for runs, and what to do. */
export function wordsFor(answer: Answer | null, trans: TranslationBundle): string {
  if (!answer) return trans.__('The server does not answer. It is asked again and again; when it is back, so are the runs.');
  const { status, redirected, said } = answer;
  if (said !== undefined) return said;
  if (status === 401 || status === 403 || redirected) return trans.__('The server does not know you any more: it was started anew, or your token ran out. Load this page again and sign in.');
  if (status === 404) return trans.__('This server was started without nbtrack. Start it again; if that does not help, “nbtrack doctor” in its environment says what is missing.');
  if (status >= 500) return trans.__('The server could not answer (%1); its log says why.', status);
  return trans.__('The server is there, but no connection to it stays open. If this stays so, a proxy on the way lets no web sockets through.');
}
