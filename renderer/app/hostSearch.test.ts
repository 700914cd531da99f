import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostSummary } from '../../shared/model/host.ts';
import { createHostIndex } from './hostIndex.ts';
import { fold } from './hostOrder.ts';
import { createHostSearch } from './hostSearch.ts';

const listsOf = (...hosts: readonly Partial<HostSummary>[]) => {
  const index = createHostIndex();
  index.putVaults([
    { id: 'berlin', name: 'Berlin Büro' },
    { id: 'paris', name: 'Paris' },
  ]);
  index.put(
    hosts.map((part, n) => ({
      id: `id-${n}`,
      name: `host-${n}`,
      address: '10.0.0.1',
      port: 22,
      protocol: 'ssh' as const,
      vaultId: 'paris',
      tags: [],
      favourite: false,
      ...part,
    })),
  );
  return index.lists();
};

const search = (lists: ReturnType<typeof listsOf>, query: string) =>
  createHostSearch()(lists, query).map(({ host }) => host.name);

describe('createHostSearch', () => {
  test('looks at name, address, tags and the name of the vault; all words have to be there', () => {
    const lists = listsOf(
      { name: 'alpha', address: 'db.example', tags: ['Production'], vaultId: 'berlin' },
      { name: 'beta', tags: ['staging'] },
    );
    expect(search(lists, 'db.ex')).toEqual(['alpha']);
    expect(search(lists, 'PROD alpha')).toEqual(['alpha']);
    expect(search(lists, 'berlin')).toEqual(['alpha']);
    expect(search(lists, 'paris stag')).toEqual(['beta']);
    expect(search(lists, 'alpha stag')).toEqual([]);
  });

  test('finds accents without typing them', () => {
    const lists = listsOf({ name: 'Zürich' }, { name: 'x', vaultId: 'berlin' });
    expect(search(lists, 'zurich')).toEqual(['Zürich']);
    expect(search(lists, 'zÜr')).toEqual(['Zürich']);
    expect(search(lists, 'buro')).toEqual(['x']);
  });

  test('puts the whole name first, then beginnings of names, of words and addresses, insides, and the rest', () => {
    const lists = listsOf(
      { name: 'a', tags: ['web'] },
      { name: 'b', address: 'web.example' },
      { name: 'c', address: 'x.web' },
      { name: 'cobweb' },
      { name: 'my-web' },
      { name: 'web' },
      { name: 'web-1' },
    );
    expect(search(lists, 'web')).toEqual(['web', 'web-1', 'b', 'my-web', 'cobweb', 'a', 'c']);
  });

  test('shows all for an empty query', () => {
    expect(search(listsOf({ name: 'b' }, { name: 'a' }), '  ')).toEqual(['a', 'b']);
  });

  test('sees a change of the list in the middle of typing', () => {
    const typing = createHostSearch();
    expect(typing(listsOf({ name: 'web' }), 'we')).toHaveLength(1);
    expect(typing(listsOf({ name: 'web' }, { name: 'web-2' }), 'web')).toHaveLength(2);
  });

  test('finds more again when what was typed is taken back or changed', () => {
    const lists = listsOf({ name: 'web' }, { name: 'wide' });
    const typing = createHostSearch();
    expect(typing(lists, 'web')).toHaveLength(1);
    expect(typing(lists, 'w')).toHaveLength(2);
    expect(typing(lists, 'ide')).toHaveLength(1);
  });

  test('finds the same whether a query was typed or pasted, and no more than a plain look at every text', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '-', '1', 'É'), minLength: 1, maxLength: 3 });
    const host = fc.record({
      name: word,
      address: word,
      tags: fc.array(word, { maxLength: 2 }),
      vaultId: fc.constantFrom('berlin', 'paris'),
    });
    fc.assert(
      fc.property(
        fc.array(host, { maxLength: 20 }),
        fc.array(word, { minLength: 1, maxLength: 3 }),
        (hosts, words) => {
          const lists = listsOf(...hosts);
          const query = words.join(' ');
          const typing = createHostSearch();
          for (let length = 1; length < query.length; length++) typing(lists, query.slice(0, length));
          const typed = typing(lists, query);
          expect(typed).toEqual(createHostSearch()(lists, query));
          const plain = lists.all.filter(({ host: { name, address, tags, vaultId } }) => {
            const vault = lists.vaults.find(({ id }) => id === vaultId)?.name ?? '';
            const text = [name, address, ...tags, vault].map(fold).join('\n');
            return words.every((each) => text.includes(fold(each)));
          });
          expect(new Set(typed)).toEqual(new Set(plain));
        },
      ),
    );
  });
});
