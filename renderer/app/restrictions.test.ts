import { expect, it } from 'vitest';
import { clipboardWaysOf, switchesForcedBy } from './restrictions.ts';

const managedBy = 'IT';

it('leaves the clipboard alone where no policy decides', () => {
  expect(clipboardWaysOf(undefined)).toEqual({ toHost: true, fromHost: true });
  expect(clipboardWaysOf({ managedBy })).toEqual({ toHost: true, fromHost: true });
  expect(switchesForcedBy(undefined).size).toBe(0);
});

it.each([
  ['both', true, true, []],
  ['to-host', true, false, ['disable-copy']],
  ['from-host', false, true, ['disable-paste']],
  ['none', false, false, ['disable-copy', 'disable-paste']],
] as const)('reads “%s”', (clipboard, toHost, fromHost, forced) => {
  expect(clipboardWaysOf({ managedBy, clipboard })).toEqual({ toHost, fromHost });
  expect([...switchesForcedBy({ managedBy, clipboard })]).toEqual(forced);
});
