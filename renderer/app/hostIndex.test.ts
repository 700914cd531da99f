import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostSummary } from '../../shared/model/host.ts';
import { createHostIndex } from './hostIndex.ts';
import { compareEntries } from './hostOrder.ts';

const hostOf = (id: string, part: Partial<HostSummary> = {}): HostSummary => ({
  id,
  name: id,
  address: '10.0.0.1',
  port: 22,
  protocol: 'ssh',
  vaultId: 'one',
  tags: [],
  favourite: false,
  ...part,
});

const namesIn = (entries: readonly { host: HostSummary }[] | undefined) =>
  entries?.map(({ host }) => host.name);

describe('createHostIndex', () => {
  test('orders names naturally, without regard to case and accents', () => {
    const index = createHostIndex();
    index.put(['web-10', 'Web-9', 'émile', 'Zoe', 'edgar'].map((name) => hostOf(name)));
    expect(namesIn(index.lists().all)).toEqual(['edgar', 'émile', 'Web-9', 'web-10', 'Zoe']);
  });

  test('moves a host that was renamed, and that went to another vault', () => {
    const index = createHostIndex();
    index.put([hostOf('a'), hostOf('b'), hostOf('c')]);
    index.put([hostOf('a', { name: 'z', vaultId: 'two' })]);
    expect(namesIn(index.lists().all)).toEqual(['b', 'c', 'z']);
    expect(namesIn(index.lists().byVault.get('one'))).toEqual(['b', 'c']);
    expect(namesIn(index.lists().byVault.get('two'))).toEqual(['z']);
  });

  test('leaves lists that a change does not touch as they were', () => {
    const index = createHostIndex();
    index.put([hostOf('a', { favourite: true }), hostOf('b', { vaultId: 'two' })]);
    const before = index.lists();
    index.put([hostOf('c')]);
    const after = index.lists();
    expect(after.favourites).toBe(before.favourites);
    expect(after.byVault.get('two')).toBe(before.byVault.get('two'));
    expect(before.all).toHaveLength(2);
  });

  test('keeps the six that were opened last, and lets an older one move up when one is deleted', () => {
    const index = createHostIndex();
    index.put(Array.from({ length: 8 }, (_, n) => hostOf(`h${n}`, { lastOpenedAt: 100 + n })));
    expect(namesIn(index.lists().recent)).toEqual(['h7', 'h6', 'h5', 'h4', 'h3', 'h2']);
    index.put([hostOf('h0', { lastOpenedAt: 200 })]);
    expect(namesIn(index.lists().recent)).toEqual(['h0', 'h7', 'h6', 'h5', 'h4', 'h3']);
    index.remove(['h5', 'h6']);
    expect(namesIn(index.lists().recent)).toEqual(['h0', 'h7', 'h4', 'h3', 'h2', 'h1']);
  });

  test('sorts vaults by name, and takes away those that are gone', () => {
    const index = createHostIndex();
    index.putVaults([{ id: '2', name: 'Ärzte' }]);
    index.putVaults([{ id: '1', name: 'Bank' }]);
    expect(index.lists().vaults.map(({ name }) => name)).toEqual(['Ärzte', 'Bank', 'General']);
    index.replaceVaults([{ id: '1', name: 'Bank' }]);
    expect(index.lists().vaults.map(({ name }) => name)).toEqual(['Bank']);
  });

  test('merges many at once, among which are some that it has', () => {
    const index = createHostIndex();
    const names = (from: number, step: number) =>
      Array.from({ length: 100 }, (_, n) => `h${from + n * step}`);
    index.put(names(0, 2).map((name) => hostOf(name)));
    index.put(names(1, 2).map((name) => hostOf(name)));
    index.put(names(50, 1).map((name) => hostOf(name, { favourite: true })));
    const { all, favourites } = index.lists();
    expect(namesIn(all)).toEqual(names(0, 1).concat(names(100, 1)));
    expect(namesIn(favourites)).toEqual(names(50, 1));
  });

  test('is always what sorting everything anew would give', () => {
    const change = fc.record({
      remove: fc.boolean(),
      ids: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 50 }),
      name: fc.constantFrom('a', 'b1', 'b02', 'C'),
      favourite: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const index = createHostIndex();
        const expected = new Map<string, HostSummary>();
        for (const { remove, ids, name, favourite } of changes) {
          const hosts = [...new Set(ids)].map((id) =>
            hostOf(String(id), { name: `${name}${id % 7}`, favourite, vaultId: `v${id % 3}` }),
          );
          if (remove) index.remove(hosts.map(({ id }) => id));
          else index.put(hosts);
          for (const host of hosts) {
            if (remove) expected.delete(host.id);
            else expected.set(host.id, host);
          }
        }
        const { all, byVault, favourites } = index.lists();
        expect(all.map(({ host }) => host.id).sort()).toEqual([...expected.keys()].sort());
        expect(all).toEqual(all.toSorted(compareEntries));
        expect([...byVault.values()].flat().toSorted(compareEntries)).toEqual(all);
        expect(favourites).toEqual(all.filter(({ host }) => host.favourite));
      }),
    );
  });
});
