import type { Logger } from 'pino';
import { fail } from '../shared/contract/failure.ts';
import type { SessionManager } from '../shared/model/sessionManager.ts';
import type { Settings } from '../shared/model/settings.ts';
import { shareManagers } from './broker/managerDefinitions.ts';
import type { OwnManager, SecretStore, SettingsStore, TopologySource } from './broker/ports.ts';
import { prepareRules } from './broker/ruleIndex.ts';
import { SessionBook } from './broker/sessionBook.ts';
import { createSessions } from './broker/sessions.ts';
import { inSlices } from './disk/slices.ts';
import type { ConnectedFarm } from './farmFlags.ts';
import { type ClientCertificate, createChannelOpener } from './guacd/line.ts';
import { probeManager } from './guacd/probe.ts';
import { watchClusterHealth } from './health/clusterHealth.ts';
import { type LocalManager, type LocalManagerOptions, startLocalManager } from './localManager.ts';
import type { Stores } from './openStores.ts';
import { type FarmPool, openRegistry } from './registryPools.ts';
import { sentenceOf } from './sentence.ts';
import type { MachinePolicy } from './store/policy.ts';

export interface SessionWiring {
  readonly stores: Stores;
  /** Of hosts. */
  readonly secrets: SecretStore;
  readonly policy: MachinePolicy;
  readonly dataFolder: string;
  readonly farm: ConnectedFarm | undefined;
  /** The route of this gateway; `''` for a desktop. */
  readonly route: string;
  readonly clientCertificate: ClientCertificate | undefined;
  /** Of this machine's own session manager; left out, it has none. */
  readonly localManager: LocalManagerOptions | undefined;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Managers, the registry and the sessions: the broker's own half.
 *
 * @throws with a sentence for the person where the registry can't be opened.
 */
export async function wireSessions(wiring: SessionWiring) {
  const { stores, secrets, dataFolder, log, now } = wiring;
  const { settings, certificates } = stores;
  // One that a policy forbids isn't run at all; one that a person removed waits to be taken back.
  const isForbidden = wiring.policy.values.usesLocalManager === false;
  const local =
    wiring.localManager && !isForbidden
      ? await startLocalManager(settings.current().settings, dataFolder, wiring.localManager, log)
      : undefined;
  const topology = local ? serveWith(settings, local) : { current: () => settings.current().settings };
  const prepare = () => prepareRules(topology.current().groups);

  /** Read anew for every connection: a certificate that is chosen or revoked counts at once. */
  const clientCertificateOf = (manager: Pick<SessionManager, 'address' | 'port'>) =>
    local?.clientCertificateFor(manager) ?? certificates.clientCertificate() ?? wiring.clientCertificate;
  const isRevoked = (serial: string) => certificates.isRevoked(serial);
  const identity = (manager: Pick<SessionManager, 'address' | 'port'>) => ({
    clientCertificate: clientCertificateOf(manager),
    isRevoked,
  });
  const lineOptions = { clientCertificateOf, isRevoked, log };

  const farmPool = wiring.farm && describeFarmPool(wiring.farm);
  /** Those of the settings; without any, a farm counts its sessions where its documents are. */
  const poolsOf = () => {
    const { pools } = settings.current().settings;
    return pools.length === 0 && farmPool ? [farmPool.pool] : pools;
  };
  const opened = await openRegistry({
    pools: poolsOf(),
    certificates,
    dataFolder,
    route: wiring.route,
    log,
    farmPool,
  });
  if (!opened.ok) throw new Error(sentenceOf(opened.failure));
  const registry = opened.value;

  const cluster = watchClusterHealth({
    topology,
    settings,
    registry,
    traffic: () => sessions.traffic(),
    probe: (manager, trust, signal) => probeManager({ ...identity(manager), manager, trust }, signal),
    now,
    random: Math.random,
  });
  const book = new SessionBook();
  const sessions = createSessions({
    book,
    topology,
    health: cluster.health,
    journal: cluster.journal,
    registry,
    channels: createChannelOpener(lineOptions),
    secrets,
    now,
    clock: () => performance.now(),
    tieBreak: Math.random,
    restrictions: wiring.policy.restrictions,
  });

  void inTheBackground(prepare());
  registry.onEnding((ending) => sessions.endByAdministrator(ending));
  let pools = poolsOf();
  settings.onChange(() => {
    void inTheBackground(prepare());
    sessions.noteSettings();
    const saved = poolsOf();
    if (JSON.stringify(saved) === JSON.stringify(pools)) return;
    pools = saved;
    void registry.reconfigure(saved);
  });
  const stopSharing = shareManagers({ settings, registry, log });

  return {
    topology,
    /** Settings with this machine's own session manager, where that would serve. */
    inUse: (imagined: Settings) => local?.serve(imagined) ?? imagined,
    ownManager: local ?? withoutLocalManager,
    identity,
    lineOptions,
    registry,
    cluster,
    book,
    sessions,
    /** Nothing is probed or told any more; sessions go on. */
    stopWatching: () => cluster.close(),
    async close() {
      await sessions.closeAll();
      stopSharing();
      await registry.close();
    },
    /** After the stores: until then somebody may still ask for the topology. */
    stopLocalManager: async () => local?.stop(),
  };
}

/** Its hosts are opened by the managers of the settings. */
const withoutLocalManager: OwnManager = {
  guacdOffer: () => Promise.resolve(undefined),
  adoptGuacd: () => Promise.resolve(fail('guacd_missing')),
};

/** The stored settings with the manager of this machine; of the same settings the same, by which what is made of them is found. */
function serveWith(settings: Pick<SettingsStore, 'current'>, local: LocalManager): TopologySource {
  let known = settings.current().settings;
  let served = local.serve(known);
  return {
    current() {
      const stored = settings.current().settings;
      if (stored !== known) {
        known = stored;
        served = local.serve(stored);
      }
      return served;
    },
  };
}

/** The event loop relays sessions meanwhile. */
async function inTheBackground(steps: Iterable<unknown>): Promise<void> {
  for await (const _step of inSlices(steps));
}

/** A session of a node that is gone leaves the counts after this long. */
const farmLeaseSeconds = 10;

const describeFarmPool = ({ endpoints, identity, poolId }: ConnectedFarm): FarmPool => ({
  pool: {
    id: poolId,
    name: 'The farm',
    endpoints: [...endpoints],
    ...(identity.authoritiesPem !== undefined && { authoritiesPem: identity.authoritiesPem }),
    slack: 2,
    leaseSeconds: farmLeaseSeconds,
  },
  identity,
});
