import type { ClusterHealth, ManagerStatus, SessionTraffic } from '../../shared/model/clusterHealth.ts';
import type { SessionCounts } from '../../shared/model/placement.ts';
import { preferReported } from '../../shared/model/reportedCounts.ts';
import type {
  ClusterHealthView,
  HealthView,
  Registry,
  SessionJournal,
  SettingsStore,
  Topology,
  TopologySource,
} from '../broker/ports.ts';
import {
  noteEdits,
  noteExpiry,
  noteFailover,
  noteHealth,
  noteSave,
  noteSessionFailure,
} from './happenings.ts';
import { createOpenings, type Openings } from './openings.ts';
import { createProber, type Prober, type ProberPorts } from './prober.ts';
import { measureGroups } from './proximity.ts';
import { noteRegistry } from './registryHappenings.ts';
import { createTimeLine, type Happening } from './timeLine.ts';

export interface ClusterHealthPorts extends Omit<ProberPorts, 'countSessions'> {
  readonly topology: TopologySource;
  readonly settings: Pick<SettingsStore, 'current' | 'history' | 'onChange'>;
  readonly registry: Pick<Registry, 'counts' | 'health' | 'onHealth' | 'onStatus'>;
  /** Bytes of the live sessions. */
  readonly traffic: () => readonly SessionTraffic[];
}

/** Watches over the managers, and tells of it to whom it concerns. */
export interface ClusterHealthWatch {
  /** What placement and openings see. */
  readonly health: HealthView;
  /** Where openings tell how they went. */
  readonly journal: SessionJournal;
  /** What the panel sees. */
  readonly view: ClusterHealthView;
  /** Stops all probes; no listener hears anything any more. */
  close(): void;
}

/** How often counts and traffic, which tell nobody when they change, are compared while somebody looks. */
const compareMs = 2_000;
const keptFirstPictures = 60;

/** Starts to watch over the managers of the topology, now and whenever the settings change. */
export function watchClusterHealth(ports: ClusterHealthPorts): ClusterHealthWatch {
  const { topology, settings, registry, traffic, now } = ports;
  const prober = createProber({
    ...ports,
    countSessions(managerId) {
      const counted = registry.counts().byManager.get(managerId);
      return counted ? counted.active + counted.pending : 0;
    },
  });
  const timeLine = createTimeLine(now);
  const openings = createOpenings();
  const firstPictures = new Map<string, readonly number[]>();
  /** By manager, the end of the certificate that was warned of. */
  const warned = new Map<string, number>();
  const listeners = new Set<() => void>();
  let comparing: NodeJS.Timeout | undefined;

  const tellChange = () => {
    for (const listener of listeners) listener();
  };
  function record(...happenings: readonly (Happening | undefined)[]) {
    for (const happening of happenings) if (happening) timeLine.add(happening);
    tellChange();
  }

  const stopLooks = prober.onLook((managerId, before, after) => {
    const manager = topology.current().managers.find(({ id }) => id === managerId);
    const { certificateNotAfter } = prober.historyOf(managerId);
    if (!manager) return;
    const isNew = certificateNotAfter !== undefined && warned.get(managerId) !== certificateNotAfter;
    const expiry = isNew ? noteExpiry(manager, certificateNotAfter, now()) : undefined;
    if (expiry && certificateNotAfter !== undefined) warned.set(managerId, certificateNotAfter);
    record(noteHealth(manager, before, after), expiry);
  });

  const stopSettings = recordSaves(settings, topology, record, () => prober.refresh());
  prober.refresh();
  let knownRegistry = registry.health();
  /** Of a pool that hasn't answered yet since the start nothing has changed. */
  const seenLive = new Set<string>();
  function lookAtRegistry() {
    const known = knownRegistry.pools.filter(({ poolId }) => seenLive.has(poolId));
    knownRegistry = registry.health();
    record(...noteRegistry({ ...knownRegistry, pools: known }, knownRegistry));
    for (const { poolId, status } of knownRegistry.pools) if (status.kind === 'live') seenLive.add(poolId);
  }
  const stopStatus = registry.onStatus(lookAtRegistry);
  let stopAsking: () => void = () => undefined;

  /** Compares for as long as somebody listens. */
  function startComparing() {
    const read = () => JSON.stringify([[...registry.counts().byManager], traffic()]);
    let known = read();
    comparing = setInterval(() => {
      const current = read();
      if (current === known) return;
      known = current;
      tellChange();
    }, compareMs);
    comparing.unref();
    stopAsking = registry.onHealth(lookAtRegistry);
  }
  function stopComparing() {
    clearInterval(comparing);
    comparing = undefined;
    stopAsking();
  }

  return {
    health: prober,

    journal: {
      noteLive(session, groupId) {
        const durationMs = session.attempts.at(-1)?.durationMs;
        if (durationMs !== undefined) {
          const known = firstPictures.get(groupId) ?? [];
          firstPictures.set(groupId, [...known, durationMs].slice(-keptFirstPictures));
        }
        openings.note(session);
        record(noteFailover(session, groupId));
      },
      noteDrawn(session) {
        openings.note(session);
        tellChange();
      },
      noteFailed: (session, failure) => record(noteSessionFailure(session, failure)),
    },

    view: {
      current(): ClusterHealth {
        const { groups, managers } = topology.current();
        const counted = registry.counts().byManager;
        const countsOf = (id: string) => preferReported(prober.loadOf(id), counted.get(id), now());
        const statuses = describeManagers(topology.current(), prober, countsOf, openings);
        const measured = managers
          .filter(({ intent }) => intent === 'enabled')
          .map(({ id }) => ({
            managerId: id,
            isOpen: prober.healthOf(id).state === 'up',
            roundTrips: prober.historyOf(id).roundTrips,
          }));
        return {
          at: now(),
          managers: statuses,
          groups: measureGroups(groups, measured, firstPictures),
          events: timeLine.events(),
          traffic: [...traffic()],
          registry: registry.health(),
        };
      },

      onChange(listener) {
        const heard = () => listener();
        listeners.add(heard);
        if (!comparing) startComparing();
        return () => {
          listeners.delete(heard);
          if (listeners.size === 0) stopComparing();
        };
      },

      probeNow: (managerId) => prober.probeNow(managerId),
    },

    close() {
      stopSettings();
      stopLooks();
      stopStatus();
      stopComparing();
      listeners.clear();
      prober.close();
    },
  };
}

function describeManagers(
  { groups, managers }: Topology,
  prober: Prober,
  countsOf: (managerId: string) => SessionCounts,
  openings: Openings,
): ManagerStatus[] {
  return managers.map(({ id, name, address, port, intent, weight, sessionLimit }) => {
    const { roundTrips, security, certificateNotAfter } = prober.historyOf(id);
    const opened = openings.summarise(id);
    return {
      managerId: id,
      name,
      address,
      port,
      groupIds: groups.filter(({ managerIds }) => managerIds.includes(id)).map((group) => group.id),
      intent,
      health: prober.healthOf(id),
      counts: countsOf(id),
      weight,
      sessionLimit,
      roundTrips: [...roundTrips],
      ...(security !== undefined && { security }),
      ...(certificateNotAfter !== undefined && { certificateNotAfter }),
      ...(opened && { openings: opened }),
    };
  });
}

/** Records each save with what it did to the managers, in the order of the saves. */
function recordSaves(
  settings: ClusterHealthPorts['settings'],
  topology: TopologySource,
  record: (...happenings: readonly Happening[]) => void,
  onChange: () => void,
): () => void {
  let { managers } = topology.current();
  let { revision } = settings.current();
  let recording = Promise.resolve();
  return settings.onChange(() => {
    const before = managers;
    const known = revision;
    const after = topology.current().managers;
    managers = after;
    const saved = settings.current().revision;
    revision = saved;
    onChange();
    recording = recording.then(async () => {
      const history = await settings.history();
      const saves = (history.ok ? history.value : [])
        .filter((save) => save.revision > known && save.revision <= saved)
        .toSorted((left, right) => left.revision - right.revision);
      record(...saves.map(noteSave), ...noteEdits(before, after, saves.at(-1)?.who));
    });
  });
}
