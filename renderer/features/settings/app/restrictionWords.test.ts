import { expect, it } from 'vitest';
import { tellRestrictions } from './restrictionWords.ts';

it('tells nothing where nothing is taken away', () => {
  expect(tellRestrictions({})).toBe('');
  expect(tellRestrictions({ clipboard: 'both', storeSecrets: true, plainAllowed: true })).toBe('');
});

it('tells each restriction', () => {
  expect(tellRestrictions({ clipboard: 'none', fileTransfer: false })).toBe(
    'no text goes between this computer and hosts and no files go between this computer and hosts',
  );
  expect(tellRestrictions({ plainAllowed: false })).toContain('encrypted and verified only');
  expect(tellRestrictions({ clipboard: 'to-host' })).toContain('not copied from them');
  expect(tellRestrictions({ clipboard: 'from-host' })).toContain('not pasted to them');
  expect(tellRestrictions({ storeSecrets: false })).toContain('never stored');
});
