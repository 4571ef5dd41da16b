import { nullTranslator } from '@jupyterlab/translation';
import { expect, it } from 'vitest';
import { saidIn, wordsFor } from '../src/trouble';

const trans = nullTranslator.load('nbtrack');

it.each([
  [null, 'does not answer'],
  [{ status: 403 }, 'Load this page again and sign in'],
  [{ status: 401 }, 'Load this page again and sign in'],
  [{ status: 200, redirected: true }, 'Load this page again and sign in'],
  [{ status: 404 }, 'started without nbtrack'],
  [{ status: 404, said: 'behind a link' }, 'behind a link'],
  [{ status: 403, said: 'may not read' }, 'may not read'],
  [{ status: 502 }, 'could not answer (502)'],
  [{ status: 400 }, 'a proxy on the way']
])('says of %j what is the matter', (answer, words) => {
  expect(wordsFor(answer, trans)).toContain(words);
});

it('hears nbtrack’s side of the server alone', () => {
  expect(saidIn('{"nbtrack": "behind a link"}')).toBe('behind a link');
  for (const other of ['<html>404</html>', '{"message": "Not found"}', '{"nbtrack": ""}', '{"nbtrack": 1}', 'null', '']) expect(saidIn(other)).toBeUndefined();
});
