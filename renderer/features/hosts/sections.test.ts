import { expect, test } from 'vitest';
import { createHostIndex } from '../../app/hostIndex.ts';
import { sectionsOf } from './sections.ts';

function listsOf(count: number, part = {}) {
  const index = createHostIndex();
  index.putVaults([{ id: 'v', name: 'Lab' }]);
  index.put(
    Array.from({ length: count }, (_, n) => ({
      id: `h${n}`,
      name: `h${n}`,
      address: 'a',
      port: 1,
      protocol: 'ssh' as const,
      vaultId: 'v',
      tags: [],
      favourite: false,
      ...part,
    })),
  );
  return index.lists();
}

const labels = (lists: ReturnType<typeof listsOf>) => sectionsOf(lists, {}).map(({ label }) => label);

test('favourites and recent show where there are any, empty vaults always', () => {
  expect(labels(listsOf(2))).toEqual(['General', 'Lab']);
  expect(labels(listsOf(1, { favourite: true, lastOpenedAt: 1 }))).toEqual([
    'Favourites',
    'Recent',
    'General',
    'Lab',
  ]);
});

test('vaults begin open in a short list and closed in a long one; what a person chose stays', () => {
  const openVaults = (lists: ReturnType<typeof listsOf>, choices = {}) =>
    sectionsOf(lists, choices)
      .filter(({ open }) => open)
      .map(({ label }) => label);
  expect(openVaults(listsOf(3))).toEqual(['General', 'Lab']);
  expect(openVaults(listsOf(201))).toEqual([]);
  expect(openVaults(listsOf(201), { 'vault:v': true })).toEqual(['Lab']);
  expect(openVaults(listsOf(3), { 'vault:v': false })).toEqual(['General']);
});
