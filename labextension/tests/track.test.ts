import { expect, it } from 'vitest';
import { isTracked, toggled } from '../src/track';

it.each([
  ['x = 1', '%%track\nx = 1'],
  ['%%track\nx = 1', 'x = 1'],
  ['%%track lr=0.1 -e forests\nx = 1', 'x = 1'],
  ['\n%%track\nx = 1', 'x = 1'],
  ['', '%%track\n'],
  ['%%track', '']
])('turns %j into %j', (before, after) => expect(toggled(before)).toBe(after));

it('takes no other magic for it', () => {
  expect(isTracked('%%tracker\nx')).toBe(false);
  expect(isTracked('%%time\n%%track\nx')).toBe(false);
  expect(isTracked('# %%track')).toBe(false);
});
