import { expect, test } from 'vitest';
import { describeChain } from './chainState.ts';

test('an intact chain asks for nothing', () => {
  const words = describeChain({ intact: true });
  expect(words).toMatchObject({ isIntact: true, mark: 'Intact', next: undefined });
});

test('a broken one names the record, what holds and what to do', () => {
  const words = describeChain({ intact: false, brokenAt: 7 });
  expect(words.mark).toBe('Broken at record 7');
  expect(words.means).toMatch(/^Record 7 .*records before them fit/);
  expect(words.next).toMatch(/proxima audit verify/);
});

test('nothing comes before the first record', () => {
  expect(describeChain({ intact: false, brokenAt: 1 }).means).not.toMatch(/records before/);
});

test('a broken one without a number is broken all the same', () => {
  expect(describeChain({ intact: false })).toMatchObject({ isIntact: false, mark: 'Broken' });
});
