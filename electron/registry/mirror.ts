import type { Failure } from '../../shared/contract/failure.ts';
import type { ManagerDefinition } from '../broker/ports.ts';
import type { KeyEvent, KeyValue } from './engine.ts';
import { follow, type Following, type FollowPorts } from './follow.ts';
import type { PoolKeys } from './keys.ts';
import { readDefinition, readPlace } from './records.ts';

/** A session's place as the index tells it. */
export interface MirroredPlace {
  readonly managerId: string;
  readonly phase: 'active' | 'pending';
  readonly modRevision: number;
}

/** What a claim is guarded by: nobody took a place on the manager, and nobody changed it, since this was heard. */
export interface Guard {
  readonly createRevision: number;
  readonly version: number;
}

export interface MirrorListener {
  /** Something was heard, up to `mirror.revision()`. */
  onAdvance(): void;
  /** Definitions of managers changed. */
  onManagers(): void;
  /** An administrator's ending was written or is found written. */
  onEndings(): void;
  /** A process of the pool let a mark pass. */
  onProbe(owner: string, value: string): void;
  /** As many places were taken. */
  onClaims(count: number): void;
  onState(failure: Failure | undefined): void;
}

/** The part of a pool that every process knows by heart. Looking something up asks nobody, and takes no longer with more sessions. */
export interface Mirror {
  revision(): number;
  /** By manager; the objects are this mirror's own and change with it. */
  counts(): ReadonlyMap<string, { readonly active: number; readonly pending: number }>;
  placesOf(owner: string): ReadonlyMap<string, MirroredPlace>;
  /** Sessions by owner. */
  owners(): ReadonlyMap<string, ReadonlyMap<string, MirroredPlace>>;
  ownerOf(sessionId: string): string | undefined;
  guard(managerId: string): Guard;
  /** 0 where the manager isn't defined. */
  managerRevision(managerId: string): number;
  managers(): ReadonlyMap<string, ManagerDefinition>;
  /** The revision of the last wish to end a session, or all of a user; 0 for none. */
  endingRevision(sessionId: string): number;
  signOutRevision(userHash: string): number;
  sealingKey(): string | undefined;
  /** What isn't understood, in words; no more than is told. */
  strange(): readonly string[];
  readonly following: Following;
}

type OwnPlace = { managerId: string; phase: 'active' | 'pending'; modRevision: number; listing: number };

const noGuard: Guard = { createRevision: 0, version: 0 };
const noPlaces: ReadonlyMap<string, MirroredPlace> = new Map();
const toldStrange = 20;
const keptStrange = 1_000;

/** Mirrors the index of a pool with one watch. */
export function createMirror(
  keys: PoolKeys,
  ports: Omit<FollowPorts, 'prefix'>,
  listener: MirrorListener,
): Mirror {
  const owners = new Map<string, Map<string, OwnPlace>>();
  const counts = new Map<string, { active: number; pending: number }>();
  const guards = new Map<string, Guard>();
  const managerRevisions = new Map<string, number>();
  const managers = new Map<string, ManagerDefinition>();
  const endings = new Map<string, number>();
  const signOuts = new Map<string, number>();
  const strange = new Map<string, string>();
  let sealingKey: string | undefined;
  let revision = 0;
  /** Counts the lists, so that what a list doesn't hold any more is found. */
  let listing = 0;
  let isManagersChanged = false;
  let isEndingsChanged = false;
  let claims = 0;
  let isListing = false;

  function count(place: OwnPlace, by: 1 | -1): void {
    let sum = counts.get(place.managerId);
    if (!sum) counts.set(place.managerId, (sum = { active: 0, pending: 0 }));
    sum[place.phase] += by;
    if (sum.active + sum.pending === 0) counts.delete(place.managerId);
  }

  function putPlace(owner: string, sessionId: string, entry: KeyValue): void {
    let places = owners.get(owner);
    const before = places?.get(sessionId);
    if (before?.modRevision === entry.modRevision) {
      before.listing = listing;
      return;
    }
    const read = readPlace(entry.value);
    removePlace(owner, sessionId);
    if (!read) return noteStrange(entry.key);
    strange.delete(entry.key);
    places = owners.get(owner);
    if (!places) owners.set(owner, (places = new Map()));
    // The manager's name is kept once, not once per session.
    const managerId = internedId(read.managerId);
    const place: OwnPlace = { managerId, phase: read.phase, modRevision: entry.modRevision, listing };
    places.set(sessionId, place);
    count(place, 1);
  }

  const interned = new Map<string, string>();
  function internedId(managerId: string): string {
    const known = interned.get(managerId);
    if (known !== undefined) return known;
    if (interned.size > 10_000) interned.clear();
    interned.set(managerId, managerId);
    return managerId;
  }

  function removePlace(owner: string, sessionId: string): void {
    const places = owners.get(owner);
    const place = places?.get(sessionId);
    if (!places || !place) return;
    places.delete(sessionId);
    if (places.size === 0) owners.delete(owner);
    count(place, -1);
  }

  function noteStrange(key: string): void {
    if (strange.size >= keptStrange) return;
    const shown = key.length > 120 ? `${key.slice(0, 120)}…` : key;
    // Keys are others' bytes: what can't be shown isn't.
    strange.set(key, shown.replace(/\p{C}/gu, '\uFFFD'));
  }

  function put(entry: KeyValue): void {
    const name = keys.parseIndex(entry.key);
    switch (name?.kind) {
      case 'place':
        return putPlace(name.owner, name.sessionId, entry);
      case 'probe':
        // What passed before the list was read was answered then.
        if (!isListing) listener.onProbe(name.owner, entry.value);
        return;
      case 'guard':
        claims += 1;
        guards.set(name.managerId, { createRevision: entry.createRevision, version: entry.version });
        return;
      case 'manager': {
        managerRevisions.set(name.managerId, entry.modRevision);
        const definition = readDefinition(name.managerId, entry.value);
        if (definition) managers.set(name.managerId, definition);
        else {
          managers.delete(name.managerId);
          noteStrange(entry.key);
        }
        isManagersChanged = true;
        return;
      }
      case 'ending':
        endings.set(name.sessionId, entry.modRevision);
        isEndingsChanged = true;
        return;
      case 'sign-out':
        signOuts.set(name.userHash, entry.modRevision);
        isEndingsChanged = true;
        return;
      case 'sealing':
        sealingKey = entry.value;
        return;
      case undefined:
        noteStrange(entry.key);
    }
  }

  function remove(key: string): void {
    strange.delete(key);
    const name = keys.parseIndex(key);
    if (name?.kind === 'place') removePlace(name.owner, name.sessionId);
    if (name?.kind === 'guard') guards.delete(name.managerId);
    if (name?.kind === 'ending') endings.delete(name.sessionId);
    if (name?.kind === 'sign-out') signOuts.delete(name.userHash);
    if (name?.kind === 'sealing') sealingKey = undefined;
    if (name?.kind !== 'manager') return;
    managers.delete(name.managerId);
    managerRevisions.delete(name.managerId);
    isManagersChanged = true;
  }

  function applyList(entries: readonly KeyValue[]): void {
    listing += 1;
    for (const map of [guards, managerRevisions, managers, endings, signOuts, strange]) map.clear();
    sealingKey = undefined;
    isListing = true;
    for (const entry of entries) put(entry);
    isListing = false;
    for (const [owner, places] of owners)
      for (const [sessionId, place] of places) if (place.listing !== listing) removePlace(owner, sessionId);
    isManagersChanged = true;
    claims = 0;
  }

  function applyEvents(events: readonly KeyEvent[]): void {
    for (const event of events) {
      if (event.kind === 'put') put(event.entry);
      else remove(event.key);
    }
  }

  /** Listeners hear only once all is applied, so that nobody sees half a transaction. */
  function tell(): void {
    const told = { managers: isManagersChanged, endings: isEndingsChanged, claims };
    isManagersChanged = false;
    isEndingsChanged = false;
    claims = 0;
    if (told.claims > 0) listener.onClaims(told.claims);
    listener.onAdvance();
    if (told.managers) listener.onManagers();
    if (told.endings) listener.onEndings();
  }

  const following = follow(
    { ...ports, prefix: keys.index },
    {
      onList(entries, upTo) {
        applyList(entries);
        revision = upTo;
        tell();
      },
      onEvents(events, upTo) {
        applyEvents(events);
        revision = upTo;
        tell();
      },
      onState: (failure) => listener.onState(failure),
    },
  );

  return {
    revision: () => revision,
    counts: () => counts,
    placesOf: (owner) => owners.get(owner) ?? noPlaces,
    owners: () => owners,
    ownerOf(sessionId) {
      for (const [owner, places] of owners) if (places.has(sessionId)) return owner;
      return undefined;
    },
    guard: (managerId) => guards.get(managerId) ?? noGuard,
    managerRevision: (managerId) => managerRevisions.get(managerId) ?? 0,
    managers: () => managers,
    endingRevision: (sessionId) => endings.get(sessionId) ?? 0,
    signOutRevision: (userHash) => signOuts.get(userHash) ?? 0,
    sealingKey: () => sealingKey,
    strange: () => [...strange.values()].slice(0, toldStrange),
    following,
  };
}
