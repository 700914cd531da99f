import type { HostEvent } from '../../shared/contract/contract.ts';
import { type Host, type HostSummary, hostSummarySchema, type Vault } from '../../shared/model/host.ts';
import type { Caller } from './caller.ts';
import type { CallerRights } from './callerRights.ts';
import { dirtyKeys } from './dirtyKeys.ts';
import type { Personal, PersonalHosts } from './personal.ts';
import type { HostStore } from './ports.ts';

export interface HostWatchPorts {
  readonly hosts: HostStore;
  readonly rights: CallerRights;
  readonly personal: Personal;
}

/** Hosts of one event: about 400 KB, some ten milliseconds of work at a time. */
const hostsPerEvent = 2000;

/** Keys beside the ids of hosts, none of which is one of these. */
const vaultsChanged = 'vaults';
const accessChanged = 'access';
const personalChanged = 'personal';

const summaryFields = Object.keys(hostSummarySchema.shape) as (keyof HostSummary)[];

function summarise(host: Host): HostSummary {
  return Object.fromEntries(summaryFields.map((field) => [field, host[field]])) as unknown as HostSummary;
}

/**
 * The hosts that a person may see, with what they have of them for themselves: all in pages, then every change, those of their rights
 * included. Of what they don't see they aren't told that it goes, either.
 */
export async function* watchHosts(
  { hosts, rights, personal }: HostWatchPorts,
  caller: Caller,
  signal: AbortSignal | undefined,
): AsyncGenerator<HostEvent> {
  const { id: personId } = caller.person();
  const told = new Set<string>();
  let visible = findVisible();
  let had: PersonalHosts = personal.hostsOf(personId);

  function findVisible(): ReadonlyMap<string, Vault> {
    return new Map(
      hosts
        .vaults()
        .filter(({ id }) => rights.has(caller, id, 'see'))
        .map((vault) => [vault.id, vault]),
    );
  }
  const isVisible = (host: Host | undefined): host is Host => host !== undefined && visible.has(host.vaultId);

  function tell(host: Host): HostSummary {
    told.add(host.id);
    return summarise(personal.dress(host, personId));
  }

  // Subscribed before the first page is read, so that no change falls between the pages and the changes.
  const changes = dirtyKeys((markDirty) => {
    const stop = [
      hosts.onChange((change) => {
        if (change.kind === 'put') for (const host of change.hosts) markDirty(host.id);
        else if (change.kind === 'removed') for (const hostId of change.hostIds) markDirty(hostId);
        else markDirty(vaultsChanged);
      }),
      rights.onChange(() => markDirty(accessChanged)),
      personal.onChange(personId, () => markDirty(personalChanged)),
    ];
    return () => stop.forEach((end) => end());
  }, signal);
  const started = changes.next();

  const all = [...hosts.hosts().values()].filter(isVisible);
  for (let from = 0; from === 0 || from < all.length; from += hostsPerEvent) {
    // Some may have gone since the list was made; a change tells that.
    const page = all.slice(from, from + hostsPerEvent).map(({ id }) => hosts.hosts().get(id));
    const complete = from + hostsPerEvent >= all.length;
    yield {
      kind: 'page',
      vaults: [...visible.values()],
      hosts: page.filter((host) => host !== undefined).map(tell),
      complete,
    };
    await new Promise(setImmediate);
  }

  for (let next = await started; !next.done; next = await changes.next()) {
    const dirty = new Set(next.value);
    const before = visible;
    if (dirty.has(vaultsChanged) || dirty.has(accessChanged)) visible = findVisible();
    if (!isSameVaults(before, visible)) {
      yield { kind: 'vaults', vaults: [...visible.values()] };
      if (!hasSameKeys(before, visible)) for (const { id } of hosts.hosts().values()) dirty.add(id);
    }
    if (dirty.has(personalChanged)) {
      const has = personal.hostsOf(personId);
      for (const hostId of differences(had, has)) dirty.add(hostId);
      had = has;
    }
    for (const key of [vaultsChanged, accessChanged, personalChanged]) dirty.delete(key);

    const gone: string[] = [];
    const put: Host[] = [];
    for (const hostId of dirty) {
      const host = hosts.hosts().get(hostId);
      if (isVisible(host)) put.push(host);
      else if (told.delete(hostId)) gone.push(hostId);
    }
    for (let from = 0; from < put.length; from += hostsPerEvent)
      yield { kind: 'put', hosts: put.slice(from, from + hostsPerEvent).map(tell) };
    if (gone.length > 0) yield { kind: 'removed', hostIds: gone };
  }
}

function hasSameKeys(left: ReadonlyMap<string, Vault>, right: ReadonlyMap<string, Vault>): boolean {
  return left.size === right.size && [...left.keys()].every((id) => right.has(id));
}

function isSameVaults(left: ReadonlyMap<string, Vault>, right: ReadonlyMap<string, Vault>): boolean {
  return left === right || JSON.stringify([...left.values()]) === JSON.stringify([...right.values()]);
}

/** The hosts that are a favourite in one of them only, or were opened at another time. */
function differences(left: PersonalHosts, right: PersonalHosts): readonly string[] {
  if (left === right) return [];
  return [
    ...[...left.favourites].filter((id) => !right.favourites.has(id)),
    ...[...right.favourites].filter((id) => !left.favourites.has(id)),
    ...[...left.openedAt.keys(), ...right.openedAt.keys()].filter(
      (id) => left.openedAt.get(id) !== right.openedAt.get(id),
    ),
  ];
}
