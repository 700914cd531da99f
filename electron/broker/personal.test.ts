import { expect, test } from 'vitest';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import { generalVault, type Host } from '../../shared/model/host.ts';
import type { PersonalDocument } from '../../shared/model/personal.ts';
import { defaultPreferences } from '../../shared/model/preferences.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { adoptPersonalFields, createPersonal } from './personal.ts';

const idOf = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

function createHost(index: number, changes: Partial<Host> = {}): Host {
  return {
    ...{ id: idOf(index), name: `Host ${index}`, address: '10.0.0.1', port: 22, protocol: 'ssh' },
    ...{ vaultId: generalVault.id, tags: [], favourite: false, username: '', domain: '', settings: {} },
    updatedAt: 0,
    ...changes,
  };
}

function setUp() {
  let time = 0;
  const collection = createMemoryCollection<PersonalDocument>();
  return { collection, personal: createPersonal(collection, () => ++time) };
}

test('a person is the same however their provider spells them, and nobody else', async () => {
  const { personal, collection } = setUp();
  await personal.setFavourite('Ada@ldap', idOf(1), true);
  await personal.noteOpened('ada@ldap', idOf(1));
  await personal.savePreferences('ada@ldap', { ...defaultPreferences, keepInTray: true });
  expect(collection.all().size).toBe(1);
  expect(personal.dress(createHost(1), 'ada@LDAP')).toMatchObject({ favourite: true, lastOpenedAt: 1 });
  expect(personal.preferencesOf('ADA@ldap').keepInTray).toBe(true);
  expect(personal.dress(createHost(1, { favourite: true, lastOpenedAt: 9 }), 'bob')).toEqual(createHost(1));
  expect(personal.preferencesOf('bob')).toEqual(defaultPreferences);
});

test('the latest openings are kept, each host once', async () => {
  const { personal } = setUp();
  for (let index = 1; index <= 205; index += 1) await personal.noteOpened('ada', idOf(index));
  await personal.noteOpened('ada', idOf(205));
  const { openedAt } = personal.hostsOf('ada');
  expect(openedAt.size).toBe(200);
  expect(openedAt.get(idOf(205))).toBe(206);
  expect(openedAt.has(idOf(5))).toBe(false);
});

test('there are only so many favourites, and whoever has them is told', async () => {
  const { personal, collection } = setUp();
  const full = Array.from({ length: 10_000 }, (_, index) => idOf(index));
  await personal.setFavourite('ada', idOf(1), true);
  const [documentId = ''] = collection.all().keys();
  await collection.putAll(new Map([[documentId, { version: 1, favourites: full, opened: [] }]]));
  expect(await personal.setFavourite('ada', idOf(10_001), true)).toMatchObject({
    failure: { code: 'input_invalid' },
  });
  expect(await personal.setFavourite('ada', idOf(0), false)).toEqual(succeed(undefined));
  expect(await personal.setFavourite('ada', idOf(10_001), true)).toEqual(succeed(undefined));
  expect(personal.hostsOf('ada').favourites.has(idOf(10_001))).toBe(true);
});

test('a person hears of their own changes only', async () => {
  const { personal } = setUp();
  let heard = 0;
  const stop = personal.onChange('ada', () => (heard += 1));
  await personal.setFavourite('bob', idOf(1), true);
  expect(heard).toBe(0);
  await personal.setFavourite('Ada', idOf(1), true);
  expect(heard).toBe(1);
  stop();
  await personal.setFavourite('ada', idOf(1), false);
  expect(heard).toBe(1);
});

test('what was the hosts’ own is taken over once, beside what the owner has', async () => {
  const { personal, collection } = setUp();
  await personal.setFavourite('owner', idOf(7), true);
  await personal.noteOpened('owner', idOf(2));
  const marked = [
    createHost(1, { favourite: true }),
    createHost(2, { lastOpenedAt: 50 }),
    createHost(3, { favourite: true, lastOpenedAt: 40 }),
    createHost(4),
  ];
  const stored = new Map(marked.map((host) => [host.id, host]));
  let isBroken = true;
  const puts: string[][] = [];
  const hosts = {
    hosts: () => stored,
    putHosts(list: readonly Host[]): Promise<Result<void>> {
      if (isBroken) return Promise.resolve(fail('store_failed'));
      puts.push(list.map(({ id }) => id));
      for (const host of list) stored.set(host.id, host);
      return Promise.resolve(succeed(undefined));
    },
  };
  expect(await adoptPersonalFields('owner', collection, hosts)).toEqual(fail('store_failed'));
  isBroken = false;
  // Taken up again at the next start, and not twice.
  for (let start = 0; start < 2; start += 1)
    expect(await adoptPersonalFields('owner', collection, hosts)).toEqual(succeed(undefined));
  expect(puts).toEqual([[idOf(1), idOf(2), idOf(3)]]);
  expect([...stored.values()]).toEqual([1, 2, 3, 4].map((index) => createHost(index)));
  const { favourites, openedAt } = personal.hostsOf('owner');
  expect([...favourites].toSorted()).toEqual([idOf(1), idOf(3), idOf(7)]);
  expect(Object.fromEntries(openedAt)).toEqual({ [idOf(3)]: 40, [idOf(2)]: 1 });
});
