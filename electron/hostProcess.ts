import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AppDescription, Notice } from '../shared/contract/contract.ts';
import type { Result } from '../shared/contract/failure.ts';
import type { Person } from '../shared/model/access.ts';
import type { SessionCounts } from '../shared/model/placement.ts';
import type { PolicyDocument } from '../shared/model/policy.ts';
import type { Session } from '../shared/model/session.ts';
import { checkProvider } from './access/providers/providers.ts';
import { addHosts } from './broker/addHosts.ts';
import { type Caller, createOwner } from './broker/caller.ts';
import { createHandlers } from './broker/handlers.ts';
import { createHostEditor } from './broker/hostEditor.ts';
import { adoptPersonalFields, createPersonal } from './broker/personal.ts';
import type { Links, PreferencesStore, TunnelWire, Unsubscribe, Updates } from './broker/ports.ts';
import { forbidStoring } from './broker/restrictions.ts';
import { createSessionDesk } from './broker/sessionDesk.ts';
import { openPreferences } from './desktop/preferences.ts';
import { openRecovery } from './desktop/recovery.ts';
import type { ConnectedFarm } from './farmFlags.ts';
import { createManagerCheck } from './guacd/check.ts';
import type { ClientCertificate } from './guacd/line.ts';
import type { OpenedSecrets } from './keyedSecrets.ts';
import { type FarmStoreOptions, openFarmStores, openLocalStores, type Stores } from './openStores.ts';
import { readPolicyDocuments } from './policy/readPolicy.ts';
import type { LocalManagerOptions } from './localManager.ts';
import { prepareCluster } from './registry/clusterKit.ts';
import { checkPool } from './registryPools.ts';
import { sentenceOf } from './sentence.ts';
import { type MachinePolicy, parsePolicy } from './store/policy.ts';
import { createWhatIfEngine } from './whatIf/engine.ts';
import { type UpdatePorts, wireDesktop } from './wireDesktop.ts';
import { type GatewayParts, type GatewaySetup, wirePeople } from './wirePeople.ts';
import { wireSessions } from './wireSessions.ts';

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
  /** Of the session manager that is run on this machine where none is configured; left out, there is none. */
  readonly localManager?: Omit<LocalManagerOptions, 'version'>;
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
  if (!opened.ok) throw new Error(sentenceOf(opened.failure));
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
  const { dataFolder, log, gateway, farm } = options;
  const { restrictions, managedBy } = policy;
  const { hosts, settings, audit, certificates } = stores;
  /** Of hosts; keys of certificates aren't what a policy means. */
  const secrets =
    restrictions?.storeSecrets === false ? forbidStoring(stores.secrets, managedBy) : stores.secrets;
  const editor = createHostEditor({ hosts, secrets, now });
  if (options.hostFile !== undefined) {
    const added = await addHosts(await readFile(options.hostFile, 'utf8'), { hosts, secrets, editor, now });
    if (!added.ok)
      throw new Error(`the hosts in ${options.hostFile} could not be added: ${sentenceOf(added.failure)}`);
  }
  const owner = createOwner(options.runsIn === 'gateway' ? 'owner' : options.administrator);
  const adopted = await adoptPersonalFields(owner.id, stores.personal, hosts);
  if (!adopted.ok) log.warn({ failure: adopted.failure }, 'Favourites were not taken over');
  const personal = createPersonal(stores.personal, now);

  const wired = await wireSessions({
    stores,
    secrets,
    policy,
    dataFolder,
    farm,
    route: gateway?.route ?? '',
    clientCertificate: options.clientCertificate,
    localManager: options.localManager && { ...options.localManager, version: options.version },
    log,
    now,
  });
  const { topology, registry, cluster, book, sessions } = wired;
  const recovery = await openRecovery({ folder: dataFolder, book, hosts, ownerId: owner.id, log, now });
  const people = await wirePeople({
    stores,
    secrets,
    sessions: wired,
    owner,
    gateway,
    farm,
    version: options.version,
    dataFolder,
    log,
    now,
  });
  const { rights, access } = people;
  const desk = createSessionDesk({ book, sessions, hosts, rights, personal, audit });
  const whatIf = createWhatIfEngine({
    hosts,
    topology,
    inUse: wired.inUse,
    health: cluster.health,
    countsOf: (managerId) => registry.counts().byManager.get(managerId) ?? noSessions,
    workerFile: options.whatIfWorkerFile,
    log,
    now,
  });

  const preferences = await openPreferences({ folder: dataFolder, log, now });
  const describeApp = () => ({
    version: options.version,
    runsIn: options.runsIn,
    secretStorage: secrets.kind,
    notices: [
      ...stores.notices,
      ...preferences.notices,
      ...(topology.current().managers.length === 0 ? [noManagerNotice] : []),
    ],
    ...(wired.ownManager.engine !== undefined && { localManager: { engine: wired.ownManager.engine } }),
    ...(restrictions && { restrictions }),
  });
  const desktop = wireDesktop({
    stores,
    policy,
    editor,
    personal,
    preferences,
    recovery,
    sessions: wired,
    desk,
    people,
    owner,
    runsIn: options.runsIn,
    describeApp,
    openUpdates: options.openUpdates,
    administrator: options.administrator,
    dataFolder,
    log,
    now,
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
      hosts,
      audit,
      certificates,
      whatIf,
      checkManager: createManagerCheck(wired.identity),
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
    providers: { settings, secrets: people.providerSecrets, audit, check: checkProvider },
    farm: { directory: people.farm.directory, takeover: people.farm.takeover, audit },
    desktop,
    ownManager: wired.ownManager,
  });

  return {
    router,
    owner,
    links: desktop.linksOf(owner.id),
    preferences: preferences.store,
    updates: desktop.updates,
    sessions: {
      current: () => book.entries().map(({ session }) => session),
      onChange: (listener) => book.onChange(listener),
    },
    wake: () => registry.wake(),
    attachTunnel: (sessionId, wire, caller) => desk.attach(caller, sessionId, wire),
    gateway() {
      if (!gateway) throw new Error('this host process serves no gateway');
      return { access, node: people.node, farm: people.farm };
    },
    async close() {
      wired.stopWatching();
      await people.close();
      await wired.close();
      await recovery.close();
      await whatIf.close();
      await editor.close();
      await stores.close();
      await wired.stopLocalManager();
    },
  };
}

const noSessions: SessionCounts = { active: 0, pending: 0, source: 'registry', ageMs: 0 };

const noManagerNotice: Notice = {
  id: 'no-session-manager',
  title: 'No session manager yet',
  text: 'Hosts can be saved, but not opened. Add a session manager in the settings.',
};
