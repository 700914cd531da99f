import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AppDescription, Notice } from '../shared/contract/contract.ts';
import type { Result } from '../shared/contract/failure.ts';
import { describeFailure } from '../shared/contract/failure.ts';
import type { SessionCounts } from '../shared/model/placement.ts';
import type { Session } from '../shared/model/session.ts';
import type { PolicyDocument, UpdatePolicy } from '../shared/model/policy.ts';
import { addHosts } from './broker/addHosts.ts';
import { createHandlers } from './broker/handlers.ts';
import { createHostEditor } from './broker/hostEditor.ts';
import { foreseePlace } from './broker/foreseePlace.ts';
import { forbidStoring } from './broker/restrictions.ts';
import type {
  HostStore,
  Links,
  PreferencesStore,
  SecretStore,
  TunnelWire,
  Updates,
  Unsubscribe,
} from './broker/ports.ts';
import { SessionBook } from './broker/sessionBook.ts';
import { createSessions } from './broker/sessions.ts';
import { type ClientCertificate, createChannelOpener } from './guacd/line.ts';
import { probeManager } from './guacd/probe.ts';
import { createNoUpdates } from './desktop/noUpdates.ts';
import { writeDiagnostics } from './desktop/diagnostics.ts';
import { createLinks } from './desktop/links.ts';
import { openPreferences } from './desktop/preferences.ts';
import { openRecovery } from './desktop/recovery.ts';
import { createManagerCheck } from './guacd/check.ts';
import { watchClusterHealth } from './health/clusterHealth.ts';
import { logFileOf } from './log.ts';
import type { OpenedSecrets } from './keyedSecrets.ts';
import { startLocalManager } from './localManager.ts';
import { readPolicyDocuments } from './policy/readPolicy.ts';
import { openCertificateStore } from './secrets/certificateStore.ts';
import { shareManagers } from './broker/managerDefinitions.ts';
import { prepareCluster } from './registry/clusterKit.ts';
import { checkPool, openRegistry } from './registryPools.ts';
import { type OpenedHostStore, openHostStore } from './store/hostStore.ts';
import { createAuditLog } from './store/auditLog.ts';
import { parsePolicy } from './store/policy.ts';
import { openSettingsStore } from './store/settingsStore.ts';
import { createWhatIfEngine } from './whatIf/engine.ts';

export interface HostProcessOptions {
  readonly version: string;
  readonly runsIn: AppDescription['runsIn'];
  readonly dataFolder: string;
  /** Called once nobody else can have the data folder. Throws with a sentence for the person. */
  readonly openSecrets: () => Promise<OpenedSecrets>;
  readonly log: Logger;
  readonly clientCertificate?: ClientCertificate;
  /** Whether a guacd of this machine is run where no session manager is configured. */
  readonly useLocalManager: boolean;
  /** Who administers, for the audit log: the account that Proxima runs as, until people sign in by name. */
  readonly administrator: string;
  /** The built worker of the what-if. */
  readonly whatIfWorkerFile: URL;
  /** Hosts to be saved at start. */
  readonly hostFile?: string;
  /** How this app updates itself; left out, it doesn't. */
  readonly openUpdates?: (ports: UpdatePorts) => Updates;
  /** The policies of this machine; left out, those that its system has. */
  readonly readPolicies?: () => Promise<readonly PolicyDocument[]>;
}

/** What updates may know of the rest. */
export interface UpdatePorts {
  readonly preferences: PreferencesStore;
  readonly policy: UpdatePolicy | undefined;
  readonly countLiveSessions: () => number;
}

/** The broker, wired: what a window or a gateway is handed. */
export interface HostProcess {
  readonly router: ReturnType<typeof createHandlers>;
  /** Where the shell brings links and files that the system gives to Proxima. */
  readonly links: Links;
  readonly preferences: PreferencesStore;
  readonly updates: Updates;
  /** The sessions, for tray, menus, badge and notifications. */
  readonly sessions: { current(): readonly Session[]; onChange(listener: () => void): Unsubscribe };
  /** The machine woke up: connections may be gone without a word. */
  wake(): void;
  attachTunnel(sessionId: string, wire: TunnelWire): Promise<Result<void>>;
  /** Ends all sessions, writes what is open, and stops what was started. */
  close(): Promise<void>;
}

/**
 * Wires the broker; the desktop app and the gateway share it.
 *
 * @throws with a sentence for the person where it can't start at all.
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const openedHosts = await openHostStore({ folder: options.dataFolder, log: options.log });
  if (!openedHosts.ok) throw new Error(sentenceOf(openedHosts));
  try {
    return await wireBroker(options, openedHosts.value);
  } catch (error) {
    await openedHosts.value.store.close();
    throw error;
  }
}

async function wireBroker(options: HostProcessOptions, openedHosts: OpenedHostStore): Promise<HostProcess> {
  const { dataFolder, log } = options;
  const now = () => Date.now();
  const policy = parsePolicy(await (options.readPolicies ?? readPolicyDocuments)());
  const { restrictions, managedBy } = policy;
  /** Of hosts; keys of certificates aren't what a policy means. */
  const openedSecrets = await options.openSecrets();
  const secrets =
    restrictions?.storeSecrets === false
      ? forbidStoring(openedSecrets.store, managedBy)
      : openedSecrets.store;
  const hosts = openedHosts.store;
  const preferences = await openPreferences({ folder: dataFolder, log, now });
  const editor = createHostEditor({ hosts, secrets, now });
  if (options.hostFile !== undefined) {
    const added = await addHosts(await readFile(options.hostFile, 'utf8'), { hosts, secrets, editor, now });
    if (!added.ok)
      throw new Error(`the hosts in ${options.hostFile} could not be added: ${sentenceOf(added)}`);
  }

  await removeOrphanedSecrets(openedHosts.removedHostIds, hosts, secrets, log);

  const audit = createAuditLog({ folder: dataFolder, log, now });
  const openedSettings = await openSettingsStore({ folder: dataFolder, log, audit, policy, now });
  if (!openedSettings.ok) throw new Error(sentenceOf(openedSettings));
  const settings = openedSettings.value.store;
  const openedCertificates = await openCertificateStore({
    folder: dataFolder,
    secrets: openedSecrets.store,
    audit,
    log,
  });
  if (!openedCertificates.ok) throw new Error(sentenceOf(openedCertificates));
  const certificates = openedCertificates.value.store;

  const local = options.useLocalManager
    ? await startLocalManager(settings.current().settings, dataFolder, log)
    : undefined;
  const topology = {
    current: () => {
      const stored = settings.current().settings;
      return local?.serve(stored) ?? stored;
    },
  };
  const dismissed = new Set<string>();
  const notices = (): Notice[] =>
    [
      ...openedHosts.notices,
      ...openedSecrets.notices,
      ...openedSettings.value.notices,
      ...openedCertificates.value.notices,
      ...preferences.notices,
      ...(topology.current().managers.length === 0 ? [noManagerNotice] : []),
    ].filter(({ id }) => !dismissed.has(id));

  /** Read anew for every connection: a certificate that is chosen or revoked counts at once. */
  const identity = () => ({
    clientCertificate: certificates.clientCertificate() ?? options.clientCertificate,
    isRevoked: (serial: string) => certificates.isRevoked(serial),
  });
  const openedRegistry = await openRegistry({
    pools: settings.current().settings.pools,
    certificates,
    dataFolder,
    route: '',
    log,
  });
  if (!openedRegistry.ok) throw new Error(sentenceOf(openedRegistry));
  const registry = openedRegistry.value;
  const cluster = watchClusterHealth({
    topology,
    settings,
    registry,
    traffic: () => sessions.traffic(),
    probe: (manager, trust, signal) => probeManager({ ...identity(), manager, trust }, signal),
    now,
    random: Math.random,
  });

  const book = new SessionBook();
  const recovery = await openRecovery({ folder: dataFolder, book, hosts, log, now });
  const sessions = createSessions({
    book,
    topology,
    health: cluster.health,
    journal: cluster.journal,
    registry,
    channels: createChannelOpener({
      get clientCertificate() {
        return identity().clientCertificate;
      },
      isRevoked: identity().isRevoked,
      log,
    }),
    secrets,
    user: () => options.administrator,
    now,
    tieBreak: Math.random,
    restrictions,
  });
  registry.onEnding((ending) => sessions.endByAdministrator(ending));
  let { pools } = settings.current().settings;
  settings.onChange(() => {
    sessions.noteSettings();
    const saved = settings.current().settings.pools;
    if (JSON.stringify(saved) === JSON.stringify(pools)) return;
    pools = saved;
    void registry.reconfigure(saved);
  });
  const stopSharing = shareManagers({ settings, registry, log });
  const whatIf = createWhatIfEngine({
    hosts,
    topology,
    health: cluster.health,
    countsOf: (managerId) => registry.counts().byManager.get(managerId) ?? noSessions,
    workerFile: options.whatIfWorkerFile,
    log,
    now,
  });
  const countLiveSessions = () =>
    book.entries().filter((entry) => entry.session.state.kind === 'live').length;
  const updates =
    options.openUpdates?.({ preferences: preferences.store, policy: policy.updates, countLiveSessions }) ??
    createNoUpdates(whyNoUpdates[options.runsIn]);
  const links = createLinks({
    hosts,
    editor,
    sessions,
    preferences: preferences.store,
    foresee: (request) => foreseePlace(request, { topology, health: cluster.health, registry, now }),
    log,
    now,
  });
  const describeApp = () => ({
    version: options.version,
    runsIn: options.runsIn,
    secretStorage: secrets.kind,
    notices: notices(),
    ...(restrictions && { restrictions }),
  });
  const router = createHandlers({
    describeApp,
    dismissNotice: (noticeId) => void dismissed.add(noticeId),
    topology,
    hosts,
    editor,
    book,
    sessions,
    administration: {
      settings,
      audit,
      certificates,
      whatIf,
      checkManager: createManagerCheck(identity),
      health: cluster.view,
      moveSession: (sessionId) => sessions.move(sessionId),
      who: () => options.administrator,
    },
    registry: {
      registry,
      audit,
      checkPool: (pool) => checkPool(pool, certificates),
      prepareCluster: (order, who) => prepareCluster(order, certificates, who),
      who: () => options.administrator,
    },
    desktop: {
      links,
      recovery,
      preferences: preferences.store,
      updates,
      readDiagnostics: () =>
        writeDiagnostics({
          describeApp,
          settings,
          health: cluster.view,
          hosts,
          book,
          preferences: preferences.store,
          updates,
          administrator: options.administrator,
          logFile: logFileOf(dataFolder),
          now,
        }),
    },
  });

  return {
    router,
    links,
    preferences: preferences.store,
    updates,
    sessions: {
      current: () => book.entries().map(({ session }) => session),
      onChange: (listener) => book.onChange(listener),
    },
    wake: () => registry.wake(),
    attachTunnel: (sessionId, wire) => sessions.attach(sessionId, wire),
    async close() {
      cluster.close();
      await sessions.closeAll();
      stopSharing();
      await registry.close();
      await recovery.close();
      await whatIf.close();
      await editor.close();
      await hosts.close();
      await local?.stop();
    },
  };
}

const whyNoUpdates = {
  gateway: 'A gateway does not update itself: whoever runs it installs new versions.',
  desktop: 'This Proxima was started without an update address: new versions are installed by hand.',
};

const noSessions: SessionCounts = { active: 0, pending: 0, source: 'registry', ageMs: 0 };

/**
 * Hosts that were removed just before a crash leave their secrets behind. Only of those: the keychain is shared with other data
 * folders, and what is missing after a loss may still come back.
 */
async function removeOrphanedSecrets(
  removedHostIds: readonly string[],
  hosts: HostStore,
  secrets: SecretStore,
  log: Logger,
): Promise<void> {
  const listed = removedHostIds.length > 0 ? await secrets.listHostIds() : undefined;
  const orphans = (listed?.ok ? listed.value : []).filter(
    (hostId) => removedHostIds.includes(hostId) && !hosts.hosts().has(hostId),
  );
  if (orphans.length === 0) return;
  const removed = await secrets.remove(orphans);
  log.info({ count: orphans.length, removed: removed.ok }, 'Removed secrets of hosts that are gone');
}

const noManagerNotice: Notice = {
  id: 'no-session-manager',
  title: 'No session manager yet',
  text: 'Hosts can be saved, but not opened. Install guacd on this machine and start Proxima again, or add a session manager in the settings.',
};

function sentenceOf({ failure }: { failure: Parameters<typeof describeFailure>[0] }): string {
  const { what, next } = describeFailure(failure);
  return [what, next, failure.detail && `(${failure.detail})`].filter(Boolean).join(' ');
}
