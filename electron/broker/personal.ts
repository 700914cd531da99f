import { createHash } from 'node:crypto';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Host } from '../../shared/model/host.ts';
import type { PersonalDocument } from '../../shared/model/personal.ts';
import { defaultPreferences, type Preferences } from '../../shared/model/preferences.ts';
import type { Collection } from '../collections/collection.ts';
import type { HostStore, Unsubscribe } from './ports.ts';

/** What one person has for themselves of the hosts. */
export interface PersonalHosts {
  readonly favourites: ReadonlySet<string>;
  /** By host, epoch ms of the last opening. */
  readonly openedAt: ReadonlyMap<string, number>;
}

/** What each person has for themselves, by the person's id. The same on every node. */
export interface Personal {
  hostsOf(personId: string): PersonalHosts;
  /** A host as that person has it. */
  dress(host: Host, personId: string): Host;
  setFavourite(personId: string, hostId: string, favourite: boolean): Promise<Result<void>>;
  noteOpened(personId: string, hostId: string): Promise<Result<void>>;
  preferencesOf(personId: string): Preferences;
  savePreferences(personId: string, preferences: Preferences): Promise<Result<void>>;
  onChange(personId: string, listener: () => void): Unsubscribe;
}

const mostFavourites = 10_000;
const mostOpened = 200;
const nothing: PersonalDocument = { version: 1, favourites: [], opened: [] };

/** Ids of people may be of any length and have any character; ids of documents not. */
const documentIdOf = (personId: string) => createHash('sha256').update(personId.toLowerCase()).digest('hex');

export function createPersonal(collection: Collection<PersonalDocument>, now: () => number): Personal {
  /** Read once for each state of a document: a list asks for every one of its hosts. */
  const read = new WeakMap<PersonalDocument, PersonalHosts>();

  const documentOf = (personId: string) => collection.all().get(documentIdOf(personId)) ?? nothing;

  function hostsOf(personId: string): PersonalHosts {
    const document = documentOf(personId);
    const known = read.get(document) ?? {
      favourites: new Set(document.favourites),
      openedAt: new Map(document.opened.map(({ hostId, at }) => [hostId, at])),
    };
    read.set(document, known);
    return known;
  }

  async function change(
    personId: string,
    decide: (document: PersonalDocument) => PersonalDocument,
  ): Promise<Result<void>> {
    const changed = await collection.change(documentIdOf(personId), (current) => decide(current ?? nothing));
    return changed.ok ? succeed(undefined) : changed;
  }

  return {
    hostsOf,
    dress(host, personId) {
      const { favourites, openedAt } = hostsOf(personId);
      const lastOpenedAt = openedAt.get(host.id);
      const { lastOpenedAt: _, ...bare } = host;
      return {
        ...bare,
        favourite: favourites.has(host.id),
        ...(lastOpenedAt !== undefined && { lastOpenedAt }),
      };
    },
    async setFavourite(personId, hostId, favourite) {
      const { favourites } = hostsOf(personId);
      if (favourites.has(hostId) === favourite) return succeed(undefined);
      if (favourite && favourites.size >= mostFavourites)
        return fail('input_invalid', 'you have as many favourites as there can be');
      return change(personId, (document) => {
        const others = document.favourites.filter((id) => id !== hostId).slice(-mostFavourites + 1);
        return { ...document, favourites: favourite ? [...others, hostId] : others };
      });
    },
    noteOpened: (personId, hostId) =>
      change(personId, (document) => {
        const others = document.opened.filter((opened) => opened.hostId !== hostId);
        return { ...document, opened: [{ hostId, at: now() }, ...others].slice(0, mostOpened) };
      }),
    preferencesOf: (personId) => documentOf(personId).preferences ?? defaultPreferences,
    savePreferences: (personId, preferences) =>
      change(personId, (document) => ({ ...document, preferences })),
    onChange: (personId, listener) => {
      const documentId = documentIdOf(personId);
      return collection.onChange((ids) => {
        if (ids.includes(documentId)) listener();
      });
    },
  };
}

/**
 * Favourites and openings were once fields of the hosts themselves, and still come so from a host file: they become the owner's, and
 * the fields are emptied, so that this is done once. Fails as the stores do; what was taken over until then stays.
 */
export async function adoptPersonalFields(
  ownerId: string,
  collection: Collection<PersonalDocument>,
  hosts: Pick<HostStore, 'hosts' | 'putHosts'>,
): Promise<Result<void>> {
  const marked = [...hosts.hosts().values()].filter(
    ({ favourite, lastOpenedAt }) => favourite || lastOpenedAt !== undefined,
  );
  if (marked.length === 0) return succeed(undefined);
  const favourites = marked.filter(({ favourite }) => favourite).map(({ id }) => id);
  const openings = marked.flatMap(({ id, lastOpenedAt }) =>
    lastOpenedAt === undefined ? [] : { hostId: id, at: lastOpenedAt },
  );
  const changed = await collection.change(documentIdOf(ownerId), (current = nothing) => {
    const known = new Set(current.opened.map(({ hostId }) => hostId));
    const opened = [...current.opened, ...openings.filter(({ hostId }) => !known.has(hostId))];
    return {
      ...current,
      favourites: [...new Set([...current.favourites, ...favourites])].slice(0, mostFavourites),
      opened: opened.toSorted((left, right) => right.at - left.at).slice(0, mostOpened),
    };
  });
  if (!changed.ok) return changed;
  return hosts.putHosts(marked.map(({ lastOpenedAt: _, ...host }) => ({ ...host, favourite: false })));
}
