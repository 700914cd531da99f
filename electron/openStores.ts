import { mkdir } from 'node:fs/promises';
import { namesOfVaults } from './broker/vaultNames.ts';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Notice } from '../shared/contract/contract.ts';
import { fail, type Failure, type Result, succeed } from '../shared/contract/failure.ts';
import { personalDocumentSchema, type PersonalDocument } from '../shared/model/personal.ts';
import { type AccessKeyDocument, accessKeyDocumentSchema } from './access/accessKey.ts';
import { type AccountDocument, accountDocumentSchema } from './access/accountDocument.ts';
import { type SignInDocument, signInDocumentSchema } from './access/signIns.ts';
import type { AuditLog, CertificateStore, HostStore, SecretStore, SettingsStore } from './broker/ports.ts';
import type { Collection } from './collections/collection.ts';
import { type EtcdCollection, openEtcdCollection, prefixOfCollection } from './collections/etcdCollection.ts';
import { openFileCollection } from './collections/fileCollection.ts';
import { createMemoryCollection } from './collections/memoryCollection.ts';
import { createSharedChain, type SharedChain } from './collections/sharedChain.ts';
import { type FolderLock, lockFolder } from './disk/folderLock.ts';
import { privateFolderMode } from './disk/replaceFile.ts';
import { describeWriteError } from './disk/writeError.ts';
import { keepProcess } from './keepProcess.ts';
import type { OpenedSecrets } from './keyedSecrets.ts';
import type { Engine } from './registry/engine.ts';
import { openCertificateDocument } from './secrets/certificateDocument.ts';
import { openCertificateStore } from './secrets/certificateStore.ts';
import {
  certificateDocumentSchema,
  createFarmCertificates,
  type FarmCertificateDocument,
} from './secrets/farmCertificates.ts';
import { type KeyDocument, keyDocumentSchema, openFarmSecrets } from './secrets/farmSecrets.ts';
import { createAuditLog } from './store/auditLog.ts';
import { createFarmAuditLog } from './store/farmAuditLog.ts';
import {
  createFarmHostStore,
  type FarmHostCollections,
  removeForgottenSecrets,
} from './store/farmHostStore.ts';
import { openFarmSettings } from './store/farmSettingsStore.ts';
import { storedHostSchema, storedVaultSchema } from './store/hostDocument.ts';
import { openHostStore } from './store/hostStore.ts';
import type { MachinePolicy } from './store/policy.ts';
import { type RevisionRecord, revisionRecordSchema } from './store/settingsHistory.ts';
import { openSettingsStore } from './store/settingsStore.ts';

/** Everything that outlives the process: in the data folder of one machine, or shared by all nodes of a farm. */
export interface Stores {
  readonly hosts: HostStore;
  readonly settings: SettingsStore;
  readonly audit: AuditLog;
  readonly secrets: SecretStore;
  readonly certificates: CertificateStore;
  /** By `accountIdOf`. */
  readonly accounts: Collection<AccountDocument>;
  readonly signIns: Collection<SignInDocument>;
  /** Where the key is that seals second factors. */
  readonly accessKeys: Collection<AccessKeyDocument>;
  /** By the SHA-256 of a person's id. */
  readonly personal: Collection<PersonalDocument>;
  /** What a person has to know about how it was found. */
  readonly notices: readonly Notice[];
  /** Once everything that was asked for is written. */
  close(): Promise<void>;
}

interface CommonOptions {
  readonly policy: MachinePolicy;
  readonly log: Logger;
  readonly now: () => number;
}

export interface LocalStoreOptions extends CommonOptions {
  readonly dataFolder: string;
  /** Called once nobody else can have the data folder. Throws with a sentence for the person. */
  readonly openSecrets: () => Promise<OpenedSecrets>;
}

/** What is undone, last first, when opening fails half-way or when all is closed. */
type Closers = (() => Promise<void>)[];

async function closeAll(closers: Closers): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close();
}

/**
 * Opens what lies in a data folder, and keeps every other process out of it. People are signed in until this process ends.
 *
 * @throws what `openSecrets` throws.
 */
export async function openLocalStores(options: LocalStoreOptions): Promise<Result<Stores>> {
  const closers: Closers = [];
  try {
    const opened = await openLocal(options, closers);
    if (!opened.ok) await closeAll(closers);
    return opened;
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function openLocal(options: LocalStoreOptions, closers: Closers): Promise<Result<Stores>> {
  const { dataFolder: folder, policy, log, now } = options;
  const hosts = await openHostStore({ folder, log });
  if (!hosts.ok) return hosts;
  closers.push(() => hosts.value.store.close());
  const secrets = await options.openSecrets();
  await removeOrphanedSecrets(hosts.value.removedHostIds, hosts.value.store, secrets.store, log);
  const audit = createAuditLog({ folder, log, now });
  const settings = await openSettingsStore({
    folder,
    log,
    audit,
    policy,
    now,
    vaultNames: () => namesOfVaults(hosts.value.store),
  });
  if (!settings.ok) return settings;
  const document = await openCertificateDocument({ folder, log });
  if (!document.ok) return document;
  const certificates = await openCertificateStore({
    document: document.value,
    secrets: secrets.store,
    audit,
    log,
  });
  const open = async <T>(name: string, title: string, schema: z.ZodType<T>) => {
    const opened = await openFileCollection({ folder, name, title, schema, log });
    if (opened.ok) closers.push(() => opened.value.collection.close());
    return opened;
  };
  const accounts = await open('accounts', 'accounts', accountDocumentSchema);
  if (!accounts.ok) return accounts;
  const accessKeys = await open(
    'access-key',
    'whereabouts of the key of second factors',
    accessKeyDocumentSchema,
  );
  if (!accessKeys.ok) return accessKeys;
  const personal = await open('personal', 'favourites', personalDocumentSchema);
  if (!personal.ok) return personal;
  return succeed({
    hosts: hosts.value.store,
    settings: settings.value.store,
    audit,
    secrets: secrets.store,
    certificates: certificates.store,
    accounts: accounts.value.collection,
    signIns: createMemoryCollection<SignInDocument>(),
    accessKeys: accessKeys.value.collection,
    personal: personal.value.collection,
    notices: [
      ...[hosts.value, secrets, settings.value, certificates],
      ...[accounts.value, accessKeys.value, personal.value],
    ].flatMap(({ notices }) => notices),
    close: () => closeAll(closers),
  });
}

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

export interface FarmStoreOptions extends CommonOptions {
  /** Of the farm's etcd; closed with the stores. */
  readonly engine: Engine;
  readonly poolId: string;
  /** The content of the farm's key file, at least 16 bytes. */
  readonly key: string | Uint8Array;
  /** This node's own, for what isn't shared; another process with the same would be the same node. */
  readonly dataFolder: string;
}

/** What the audit log is called among the documents. */
export const auditChainName = 'audit';

/** The documents of a farm as they lie in its etcd. */
export interface FarmDocuments extends FarmHostCollections {
  readonly settings: EtcdCollection<RevisionRecord>;
  readonly history: EtcdCollection<RevisionRecord>;
  readonly keys: EtcdCollection<KeyDocument>;
  readonly sealed: EtcdCollection<unknown>;
  readonly certificates: EtcdCollection<FarmCertificateDocument>;
  readonly accounts: EtcdCollection<AccountDocument>;
  readonly signIns: EtcdCollection<SignInDocument>;
  readonly accessKeys: EtcdCollection<AccessKeyDocument>;
  readonly personal: EtcdCollection<PersonalDocument>;
  readonly chain: SharedChain;
  /** How many there are that this version doesn't understand. */
  countStrange(): number;
  close(): Promise<void>;
}

/** Opens the documents of a farm, each kind with a watch of its own. Fails with the registry's failures. */
export async function openFarmDocuments({
  engine,
  poolId,
  log,
}: Pick<FarmStoreOptions, 'engine' | 'poolId' | 'log'>): Promise<Result<FarmDocuments>> {
  const opened: EtcdCollection<unknown>[] = [];
  let failure: Failure | undefined;
  async function open<T>(name: string, schema: z.ZodType<T>): Promise<EtcdCollection<T> | undefined> {
    const prefix = prefixOfCollection(poolId, name);
    const collection = await openEtcdCollection({ engine, prefix, schema, log });
    if (!collection.ok) {
      failure = collection.failure;
      return undefined;
    }
    opened.push(collection.value);
    return collection.value;
  }
  const close = async () => {
    for (const collection of opened) await collection.close();
  };
  const [
    hosts,
    vaults,
    removedHosts,
    settings,
    history,
    keys,
    sealed,
    certificates,
    accounts,
    signIns,
    accessKeys,
    personal,
  ] = await Promise.all([
    open('hosts', storedHostSchema),
    open('vaults', storedVaultSchema),
    open('removed-hosts', z.object({ at: z.int() })),
    open('settings', revisionRecordSchema),
    open('settings-history', revisionRecordSchema),
    open('keys', keyDocumentSchema),
    open('secrets', z.unknown()),
    open('certificates', certificateDocumentSchema),
    open('accounts', accountDocumentSchema),
    open('sign-ins', signInDocumentSchema),
    open('access-key', accessKeyDocumentSchema),
    open('personal', personalDocumentSchema),
  ]);
  const areAllThere =
    hosts && vaults && removedHosts && settings && history && keys && sealed && certificates;
  if (!areAllThere || !accounts || !signIns || !accessKeys || !personal) {
    await close();
    return { ok: false, failure: failure ?? { code: 'registry_unavailable' } };
  }
  return succeed({
    ...{
      hosts,
      vaults,
      removedHosts,
      settings,
      history,
      keys,
      sealed,
      certificates,
      accounts,
      signIns,
      accessKeys,
      personal,
    },
    chain: createSharedChain(engine, poolId, auditChainName),
    countStrange: () => opened.reduce((sum, collection) => sum + collection.strange().length, 0),
    close,
  });
}

/**
 * Opens what the nodes of a farm share. Every node has all of it in memory, and reads on from there while etcd is away; changes fail then,
 * and nothing of them is kept. Fails with `secrets_unreadable` where this node's key is another one than the farm's, and with the
 * registry's failures where etcd can't be read.
 */
export async function openFarmStores(options: FarmStoreOptions): Promise<Result<Stores>> {
  const closers: Closers = [() => options.engine.close()];
  const opened = await keepProcess(() => openFarm(options, closers));
  if (!opened.ok) await closeAll(closers);
  return opened;
}

async function openFarm(options: FarmStoreOptions, closers: Closers): Promise<Result<Stores>> {
  const { dataFolder, key, policy, log, now } = options;
  const lock = await lockDataFolder(dataFolder);
  if (!lock.ok) return lock;
  closers.push(() => lock.value.release());
  const found = await openFarmDocuments(options);
  if (!found.ok) return found;
  const documents = found.value;
  closers.push(() => documents.close());
  const secrets = await openFarmSecrets({ keys: documents.keys, entries: documents.sealed, key });
  if (!secrets.ok) return secrets;
  await removeForgottenSecrets(documents, secrets.value, { now, log });
  const audit = createFarmAuditLog({ chain: documents.chain, log, now });
  // A save on top of settings that aren't understood would undo them.
  if (documents.settings.strange().length > 0) return fail('document_too_new', 'the settings of the farm');
  const hosts = createFarmHostStore(documents, now);
  const settings = openFarmSettings({
    vaultNames: () => namesOfVaults(hosts),
    current: documents.settings,
    history: documents.history,
    log,
    audit,
    policy,
    now,
  });
  const certificates = await openCertificateStore({
    document: createFarmCertificates(documents.certificates),
    secrets: secrets.value,
    audit,
    log,
    now,
  });
  const { accounts, signIns, accessKeys, personal } = documents;
  return succeed({
    hosts,
    settings: settings.store,
    audit,
    secrets: secrets.value,
    certificates: certificates.store,
    accounts,
    signIns,
    accessKeys,
    personal,
    notices: [
      ...settings.notices,
      ...certificates.notices,
      ...describeStrange(documents.countStrange(), now()),
    ],
    close: () => closeAll(closers),
  });
}

async function lockDataFolder(folder: string): Promise<Result<FolderLock>> {
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    return await lockFolder(folder);
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
}

function describeStrange(count: number, now: number): readonly Notice[] {
  if (count === 0) return [];
  const what = count === 1 ? 'One of the documents' : `${count} of the documents`;
  return [
    {
      id: `farm-strange-${now}`,
      title: 'Another node may be newer than this one',
      text: `${what} that the farm shares can not be understood by this version, and is left as it is. Update this node.`,
    },
  ];
}
