import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AppDescription, Notice } from '../shared/contract/contract.ts';
import { type Result, succeed } from '../shared/contract/failure.ts';
import { describeFailure } from '../shared/contract/failure.ts';
import type { Host } from '../shared/model/host.ts';
import type { SessionCounts } from '../shared/model/placement.ts';
import type { Session } from '../shared/model/session.ts';
import type { Person } from '../shared/model/access.ts';
import type { PolicyDocument, UpdatePolicy } from '../shared/model/policy.ts';
import { addHosts } from './broker/addHosts.ts';
import { createGatewayAccess, type GatewayAccess } from './access/access.ts';
import { openAccessKey } from './access/accessKey.ts';
import { createPasswords, createPasswordWorker } from './access/passwords.ts';
import { createToken } from './access/token.ts';
import { checkProvider, createProviderFactory } from './access/providers/providers.ts';
import { type Caller, createOwner } from './broker/caller.ts';
import { createCallerRights } from './broker/callerRights.ts';
import { createHandlers } from './broker/handlers.ts';
import { createHostEditor } from './broker/hostEditor.ts';
import { foreseePlace } from './broker/foreseePlace.ts';
import { perPerson } from './broker/perPerson.ts';
import { adoptPersonalFields, createPersonal } from './broker/personal.ts';
import { createProviderSecrets, forgetSecretsOfRemovedProviders } from './broker/providerSecrets.ts';
import { forbidStoring } from './broker/restrictions.ts';
import type { Links, PreferencesStore, TunnelWire, Updates, Unsubscribe } from './broker/ports.ts';
import { SessionBook } from './broker/sessionBook.ts';
import { createSessionDesk } from './broker/sessionDesk.ts';
import { createSessions } from './broker/sessions.ts';
import type { ConnectedFarm } from './farmFlags.ts';
import { createDrain, type Drain } from './gateway/drain.ts';
import type { NodeView } from './gateway/nodeView.ts';
import { type ClientCertificate, createChannelOpener, createLineJoiner } from './guacd/line.ts';
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
import { createNodeView } from './nodeView.ts';
import { createFarm, createSoleCollections, type Farm, openFarmCollections } from './openFarm.ts';
import { type FarmStoreOptions, openFarmStores, openLocalStores, type Stores } from './openStores.ts';
import { readPolicyDocuments } from './policy/readPolicy.ts';
import { shareManagers } from './broker/managerDefinitions.ts';
import { prepareCluster } from './registry/clusterKit.ts';
import { checkPool, type FarmPool, openRegistry } from './registryPools.ts';
import { type MachinePolicy, parsePolicy } from './store/policy.ts';
import { createWhatIfEngine } from './whatIf/engine.ts';

export interface HostProcessOptions {
  readonly version: string;
  readonly runsIn: AppDescription['runsIn'];
  readonly dataFolder: string;
  /** Called once nobody else can have the data folder, where there is no farm. Throws with a sentence for the person. */
  readonly openSecrets: () => Promise<OpenedSecrets>;
  /** What this node shares with others; left out, all of it lies in the data folder. */
  readonly farm?: ConnectedFarm & Pick<FarmStoreOptions, 'key'>;
  /** People sign in; left out, whoever sits at the app is its owner. */
  readonly gateway?: GatewaySetup;
  readonly log: Logger;
  readonly clientCertificate?: ClientCertificate;
  /** Whether a guacd of this machine is run where no session manager is configured. */
  readonly useLocalManager: boolean;
  /** The account that Proxima runs as: of the desktop app that is its person. */
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

export interface GatewaySetup {
  /** The end of the sticky cookie. */
  readonly route: string;
  /** The one-time token works although there is an administrator. */
  readonly wantsToken: boolean;
  /** The built worker of passwords. */
  readonly passwordWorkerFile: URL;
  readonly drain: Drain;
}

/** What a gateway is served by. */
export interface GatewayParts {
  readonly access: GatewayAccess;
  readonly node: NodeView;
  readonly farm: Farm;
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
  /** Whoever sits at the app, or holds the one-time token of a gateway. */
  readonly owner: Person;
  /** Where the shell brings links and files that the system gives to Proxima. */
  readonly links: Links;
  readonly preferences: PreferencesStore;
  readonly updates: Updates;
  /** The sessions, for tray, menus, badge and notifications. */
  readonly sessions: { current(): readonly Session[]; onChange(listener: () => void): Unsubscribe };
  /** The machine woke up: connections may be gone without a word. */
  wake(): void;
  attachTunnel(sessionId: string, wire: TunnelWire, caller: Caller): Promise<Result<void>>;
  /** @throws where it was started without one. */
  gateway(): GatewayParts;
  /** Ends all sessions, writes what is open, and stops what was started. */
  close(): Promise<void>;
}

/**
 * Wires the broker; the desktop app and the gateway share it.
 *
 * @throws with a sentence for the person where it can't start at all.
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const policy = parsePolicy(await (options.readPolicies ?? readPolicyDocuments)());
  const { dataFolder, openSecrets, farm, log } = options;
  const common = { dataFolder, policy, log, now };
  const opened = farm
    ? await openFarmStores({ ...common, ...farm })
    : await openLocalStores({ ...common, openSecrets });
  if (!opened.ok) throw new Error(sentenceOf(opened));
  try {
    return await wireBroker(options, policy, opened.value);
  } catch (error) {
    await opened.value.close();
    throw error;
  }
}

const now = () => Date.now();

async function wireBroker(
  options: HostProcessOptions,
  policy: MachinePolicy,
  stores: Stores,
): Promise<HostProcess> {
  const { dataFolder, log } = options;
  const { restrictions, managedBy } = policy;
  const { hosts, settings, audit, certificates } = stores;
  /** Of hosts; keys of certificates aren't what a policy means. */
  const secrets =
    restrictions?.storeSecrets === false ? forbidStoring(stores.secrets, managedBy) : stores.secrets;
  const preferences = await openPreferences({ folder: dataFolder, log, now });
  const editor = createHostEditor({ hosts, secrets, now });
  if (options.hostFile !== undefined) {
    const added = await addHosts(await readFile(options.hostFile, 'utf8'), { hosts, secrets, editor, now });
    if (!added.ok)
      throw new Error(`the hosts in ${options.hostFile} could not be added: ${sentenceOf(added)}`);
  }
  const owner = createOwner(options.runsIn === 'gateway' ? 'owner' : options.administrator);
  const adopted = await adoptPersonalFields(owner.id, stores.personal, hosts);
  if (!adopted.ok) log.warn({ failure: adopted.failure }, 'Favourites were not taken over');
  const personal = createPersonal(stores.personal, now);

  const local = options.useLocalManager
    ? await startLocalManager(settings.current().settings, dataFolder, log)
    : undefined;
  const topology = {
    current: () => {
      const stored = settings.current().settings;
      return local?.serve(stored) ?? stored;
    },
  };
  const notices = (): Notice[] => [
    ...stores.notices,
    ...preferences.notices,
    ...(topology.current().managers.length === 0 ? [noManagerNotice] : []),
  ];

  /** Read anew for every connection: a certificate that is chosen or revoked counts at once. */
  const identity = () => ({
    clientCertificate: certificates.clientCertificate() ?? options.clientCertificate,
    isRevoked: (serial: string) => certificates.isRevoked(serial),
  });
  const { gateway, farm: farmConnection } = options;
  const farmPool = farmConnection && describeFarmPool(farmConnection);
  /** Those of the settings; without any, a farm counts its sessions where its documents are. */
  const poolsOf = () => {
    const { pools: set } = settings.current().settings;
    return set.length === 0 && farmPool ? [farmPool.pool] : set;
  };
  const openedRegistry = await openRegistry({
    pools: poolsOf(),
    certificates,
    dataFolder,
    route: gateway?.route ?? '',
    log,
    farmPool,
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
  const recovery = await openRecovery({ folder: dataFolder, book, hosts, ownerId: owner.id, log, now });
  const lineOptions = {
    get clientCertificate() {
      return identity().clientCertificate;
    },
    isRevoked: identity().isRevoked,
    log,
  };
  const sessions = createSessions({
    book,
    topology,
    health: cluster.health,
    journal: cluster.journal,
    registry,
    channels: createChannelOpener(lineOptions),
    secrets,
    now,
    tieBreak: Math.random,
    restrictions,
  });
  const rights = createCallerRights({
    current: () => settings.current().settings.access,
    onChange: (listener) => {
      const stop = [settings.onChange(listener), stores.accounts.onChange(listener)];
      return () => stop.forEach((end) => end());
    },
  });
  const desk = createSessionDesk({ book, sessions, hosts, rights, personal, audit });
  registry.onEnding((ending) => sessions.endByAdministrator(ending));
  let pools = poolsOf();
  settings.onChange(() => {
    sessions.noteSettings();
    const saved = poolsOf();
    if (JSON.stringify(saved) === JSON.stringify(pools)) return;
    pools = saved;
    void registry.reconfigure(saved);
  });
  const providerSecrets = createProviderSecrets(secrets);
  const stopForgetting = forgetSecretsOfRemovedProviders(settings, providerSecrets, log);
  // Whoever sits at the app signs in to nothing.
  const accessKey = gateway ? await openAccessKey(stores.accessKeys, stores.secrets) : succeed(createToken());
  if (!accessKey.ok) throw new Error(sentenceOf(accessKey));
  const access = createGatewayAccess({
    accounts: stores.accounts,
    signIns: stores.signIns,
    access: () => settings.current().settings.access,
    passwords: createPasswords(
      createPasswordWorker({
        workerFile: gateway?.passwordWorkerFile ?? new URL('./passwordWorker.js', import.meta.url),
        log,
      }),
    ),
    keyMaterial: accessKey.value,
    owner,
    isTokenWanted: gateway?.wantsToken ?? false,
    route: gateway?.route ?? soleRoute,
    createProvider: createProviderFactory((providerId) => providerSecrets.read(providerId)),
    audit,
  });
  const drain = gateway?.drain ?? createDrain();
  const farmCollections = farmConnection
    ? await openFarmCollections({ ...farmConnection, log })
    : succeed(createSoleCollections());
  if (!farmCollections.ok) throw new Error(sentenceOf(farmCollections));
  const farm = createFarm({
    collections: farmCollections.value,
    route: gateway?.route ?? soleRoute,
    software: options.version,
    keyMaterial: accessKey.value,
    access,
    book,
    sessions,
    hosts,
    topology,
    rights,
    joiner: createLineJoiner(lineOptions),
    drain,
    log,
    now,
  });
  const node = createNodeView({
    sessions: {
      current: () => book.entries().map(({ session }) => session),
      onChange: (listener) => book.onChange(listener),
    },
    registry,
    health: cluster.health,
    topology,
    now,
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
  const preferencesOf = perPerson((personId): PreferencesStore =>
    options.runsIn === 'desktop'
      ? preferences.store
      : {
          current: () => personal.preferencesOf(personId),
          save: (preferred) => personal.savePreferences(personId, preferred),
          onChange: (listener) => personal.onChange(personId, listener),
        },
  );
  const maySee = (caller: Caller, hostId: string) => {
    const host = hosts.hosts().get(hostId);
    return host !== undefined && rights.has(caller, host.vaultId, 'see');
  };
  const linksOf = perPerson((personId) =>
    createLinks({
      hostsOf(caller = { person: () => owner }) {
        const visible = new Set(
          hosts
            .vaults()
            .filter(({ id }) => rights.has(caller, id, 'see'))
            .map(({ id }) => id),
        );
        const seen = (host: Host | undefined) =>
          host && visible.has(host.vaultId) ? personal.dress(host, personId) : undefined;
        return {
          get: (hostId) => seen(hosts.hosts().get(hostId)),
          *values() {
            for (const host of hosts.hosts().values())
              if (visible.has(host.vaultId)) yield personal.dress(host, personId);
          },
        };
      },
      editor,
      check: (caller, vaultId, needed) => rights.check(caller, vaultId, needed, 'vault_unknown'),
      open: (caller, { host, display, credential }) => desk.open(caller, { host, display, credential }),
      preferences: preferencesOf(personId),
      foresee: (request) => foreseePlace(request, { topology, health: cluster.health, registry, now }),
      log,
      now,
    }),
  );
  const describeApp = () => ({
    version: options.version,
    runsIn: options.runsIn,
    secretStorage: secrets.kind,
    notices: notices(),
    ...(restrictions && { restrictions }),
  });
  const router = createHandlers({
    describeApp,
    topology,
    hosts,
    editor,
    rights,
    personal,
    desk,
    administration: {
      settings,
      audit,
      certificates,
      whatIf,
      checkManager: createManagerCheck(identity),
      health: cluster.view,
      moveSession: (caller, sessionId) => desk.move(caller, sessionId),
    },
    registry: {
      registry,
      audit,
      checkPool: (pool) => checkPool(pool, certificates),
      prepareCluster: (order, who) => prepareCluster(order, certificates, who),
    },
    access: {
      accounts: access.accounts,
      signIns: access.signIns,
      tries: access.names,
      endSessions: (personId, who) => registry.signOutUser(personId, who),
      hosts,
      settings,
      audit,
    },
    providers: { settings, secrets: providerSecrets, audit, check: checkProvider },
    farm: { directory: farm.directory, takeover: farm.takeover, audit },
    desktop: {
      linksOf,
      recovery,
      preferencesOf,
      updates,
      maySee,
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
    owner,
    links: linksOf(owner.id),
    preferences: preferences.store,
    updates,
    sessions: {
      current: () => book.entries().map(({ session }) => session),
      onChange: (listener) => book.onChange(listener),
    },
    wake: () => registry.wake(),
    attachTunnel: (sessionId, wire, caller) => desk.attach(caller, sessionId, wire),
    gateway() {
      if (!gateway) throw new Error('this host process serves no gateway');
      return { access, node, farm };
    },
    async close() {
      cluster.close();
      await farm.close();
      stopForgetting();
      await access.close();
      await sessions.closeAll();
      stopSharing();
      await registry.close();
      await recovery.close();
      await whatIf.close();
      await editor.close();
      await stores.close();
      await local?.stop();
    },
  };
}

/** The end of the cookie of a gateway that is in no farm. */
const soleRoute = 'gateway';

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

const whyNoUpdates = {
  gateway: 'A gateway does not update itself: whoever runs it installs new versions.',
  desktop: 'This Proxima was started without an update address: new versions are installed by hand.',
};

const noSessions: SessionCounts = { active: 0, pending: 0, source: 'registry', ageMs: 0 };

const noManagerNotice: Notice = {
  id: 'no-session-manager',
  title: 'No session manager yet',
  text: 'Hosts can be saved, but not opened. Install guacd on this machine and start Proxima again, or add a session manager in the settings.',
};

function sentenceOf({ failure }: { failure: Parameters<typeof describeFailure>[0] }): string {
  const { what, next } = describeFailure(failure);
  return [what, next, failure.detail && `(${failure.detail})`].filter(Boolean).join(' ');
}
