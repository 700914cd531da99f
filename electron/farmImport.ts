import { access } from 'node:fs/promises';
import type { Logger } from 'pino';
import { describeFailure, fail, type Failure, type Result, succeed } from '../shared/contract/failure.ts';
import { generalVault, type Secret } from '../shared/model/host.ts';
import { emptySettings } from '../shared/model/settings.ts';
import type { SettingsStore } from './broker/ports.ts';
import type { Collection } from './collections/collection.ts';
import type { FarmConnection } from './farmFlags.ts';
import { keepProcess } from './keepProcess.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';
import { type FarmDocuments, openFarmDocuments, openLocalStores, type Stores } from './openStores.ts';
import { type CertificateRecords, openCertificateDocument } from './secrets/certificateDocument.ts';
import { certificateClientId, createFarmCertificates } from './secrets/farmCertificates.ts';
import type { EncryptedFile } from './secrets/encryptedFile.ts';
import { openFarmSecrets } from './secrets/farmSecrets.ts';
import { readAuditFiles } from './store/auditLog.ts';
import { createFarmAuditLog } from './store/farmAuditLog.ts';
import { currentSettingsId, revisionIdOf } from './store/farmSettingsStore.ts';
import { parsePolicy } from './store/policy.ts';
import type { RevisionRecord } from './store/settingsHistory.ts';

export interface ImportOptions {
  /** Of a gateway by itself, which must not run. */
  readonly folder: string;
  /** Of its encrypted file; the farm's nodes are to be given the same. */
  readonly key: string;
  readonly farm: FarmConnection;
  /** Looks, and changes nothing in the farm. */
  readonly isCheck: boolean;
  /** Whatever the farm has goes. */
  readonly isReplacing: boolean;
  readonly who: string;
  readonly log: Logger;
  readonly now: () => number;
}

/** `exitCode` 1 where nothing was imported, or not all of it. */
interface ImportOutcome {
  readonly sentence: string;
  readonly exitCode: 0 | 1;
}

/** What is in a data folder, read out. */
interface Cargo {
  readonly stores: Stores;
  readonly certificates: CertificateRecords;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly revisions: readonly RevisionRecord[];
}

/**
 * `farm import`: brings hosts, vaults, settings with their history, passwords and keys, certificates, accounts and favourites of a data
 * folder into a farm that has nothing yet. The folder stays as it is, and so does its audit log: that of the farm begins with a record
 * that names its newest hash. A repeated import begins from the start. The connection to the farm is closed then.
 *
 * @throws with a sentence for the person where the key isn't that of the folder.
 */
export async function importDataFolder(options: ImportOptions): Promise<ImportOutcome> {
  try {
    return await keepProcess(() => importOpened(options));
  } finally {
    await options.farm.engine.close();
  }
}

async function importOpened(options: ImportOptions): Promise<ImportOutcome> {
  const { folder, key, farm, log, now } = options;
  if (!(await isThere(folder))) return refuse(`There is no data folder ${folder}.`);
  let file: EncryptedFile | undefined;
  const stores = await openLocalStores({
    dataFolder: folder,
    async openSecrets() {
      const opened = await openKeyedSecrets(folder, key);
      file = opened.store;
      return opened;
    },
    // A policy belongs to a machine, not to what is stored.
    policy: parsePolicy([]),
    log,
    now,
  });
  if (!stores.ok) return refuseFor(stores.failure);
  const documents = await openFarmDocuments({ ...farm, log });
  try {
    if (!documents.ok) return refuseFor(documents.failure);
    const cargo = await readCargo(stores.value, file?.listEntryIds() ?? [], options);
    return cargo.ok ? await unload(cargo.value, documents.value, options) : refuseFor(cargo.failure);
  } finally {
    if (documents.ok) await documents.value.close();
    await stores.value.close();
  }
}

async function readCargo(
  stores: Stores,
  entryIds: readonly string[],
  { folder, log }: ImportOptions,
): Promise<Result<Cargo>> {
  const document = await openCertificateDocument({ folder, log });
  if (!document.ok) return document;
  const certificates = document.value.records;
  const secrets = new Map<string, Secret>();
  for (const entryId of entryIds) {
    const secret = await stores.secrets.read(entryId);
    if (!secret.ok)
      return fail(secret.failure.code, `${secret.failure.detail ?? 'unreadable'}: the entry ${entryId}`);
    if (Object.keys(secret.value).length > 0) secrets.set(entryId, secret.value);
  }
  const revisions = await readRevisions(stores.settings);
  return revisions.ok ? succeed({ stores, certificates, secrets, revisions: revisions.value }) : revisions;
}

/** Newest first; empty where nothing was ever saved. */
async function readRevisions(settings: SettingsStore): Promise<Result<readonly RevisionRecord[]>> {
  const history = await settings.history();
  if (!history.ok) return history;
  const revisions: RevisionRecord[] = [];
  for (const saved of history.value) {
    const state = await settings.readRevision(saved.revision);
    // One that is damaged is of no use anywhere.
    if (state.ok) revisions.push({ ...saved, settings: state.value });
  }
  const { settings: current, revision } = settings.current();
  if (revisions[0]?.revision === revision || (revision === 0 && current === emptySettings))
    return succeed(revisions);
  return succeed([{ revision, at: 0, who: '', changes: [], settings: current }, ...revisions]);
}

async function unload(
  cargo: Cargo,
  documents: FarmDocuments,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { key, isCheck, isReplacing, folder } = options;
  const there = describeCounts(countFarm(documents));
  const what = describeCounts(countCargo(cargo));
  if (there !== undefined && !isReplacing)
    return refuse(`The farm has ${there} already, and nothing was changed. With --replace all of that goes.`);
  const goes = there === undefined ? '' : `, in place of ${there}`;
  if (what === undefined) return refuse(`There is nothing to import in ${folder}.`);
  // Without a key of its own yet the farm takes the one that is given.
  if (isCheck && documents.keys.all().size === 0)
    return accept(`Would import ${what}${goes}. Nothing was changed.`);
  const secrets = await openFarmSecrets({ keys: documents.keys, entries: documents.sealed, key });
  if (!secrets.ok) return refuseFor(secrets.failure);
  if (isCheck) return accept(`Would import ${what}${goes}. Nothing was changed.`);

  const audited = await audit(what, documents, options);
  const written = audited.ok ? await write(cargo, documents, secrets.value.writeAll) : audited;
  if (!written.ok) {
    const { sentence } = refuseFor(written.failure);
    return refuse(
      `${sentence} Not all of it is in the farm: import it again, with --replace, before you start a node.`,
    );
  }
  return accept(
    `Imported ${what}${goes}. Start the nodes of the farm with the same key file. ${folder} is as it was.`,
  );
}

async function audit(what: string, documents: FarmDocuments, options: ImportOptions): Promise<Result<void>> {
  const { folder, who, log, now } = options;
  const { tip, records, brokenAt } = await readAuditFiles(folder);
  const before =
    records.length === 0
      ? 'its audit log has no records'
      : `its audit log ends with record ${tip.number}, hash ${tip.hash}${brokenAt === undefined ? '' : ', and is not intact'}`;
  return createFarmAuditLog({ chain: documents.chain, log, now }).append({
    who,
    what: 'Imported the data folder of a single gateway',
    details: [folder, what, before],
  });
}

/** What a document refers to is there before it; what was there before goes last. */
async function write(
  cargo: Cargo,
  documents: FarmDocuments,
  writeSecrets: (secrets: ReadonlyMap<string, Secret>) => Promise<Result<void>>,
): Promise<Result<void>> {
  const { stores, secrets } = cargo;
  const [newest] = cargo.revisions;
  const revisions = new Map(cargo.revisions.map((each) => [revisionIdOf(each.revision), each]));
  const vaults = new Map(stores.hosts.vaults().map((vault) => [vault.id, vault]));
  const settings = new Map(newest ? [[currentSettingsId, newest]] : []);
  const certificates = new Set([
    certificateClientId,
    ...cargo.certificates.certificates.map(({ serial }) => serial),
  ]);
  const steps: (() => Promise<Result<void>>)[] = [
    () => writeSecrets(secrets),
    () => createFarmCertificates(documents.certificates).write(cargo.certificates),
    () => documents.vaults.putAll(vaults),
    () => documents.hosts.putAll(stores.hosts.hosts()),
    () => documents.accounts.putAll(stores.accounts.all()),
    () => documents.accessKeys.putAll(stores.accessKeys.all()),
    () => documents.personal.putAll(stores.personal.all()),
    () => documents.history.putAll(revisions),
    () => documents.settings.putAll(settings),
    () => removeOthers(documents.hosts, stores.hosts.hosts()),
    () => removeOthers(documents.vaults, vaults),
    () => removeOthers(documents.accounts, stores.accounts.all()),
    () => removeOthers(documents.accessKeys, stores.accessKeys.all()),
    () => removeOthers(documents.personal, stores.personal.all()),
    () => removeOthers(documents.history, revisions),
    () => removeOthers(documents.settings, settings),
    () => removeOthers(documents.certificates, certificates),
    () => removeOthers(documents.sealed, secrets),
    () => removeOthers(documents.removedHosts, new Map()),
    () => removeOthers(documents.signIns, new Map()),
  ];
  for (const step of steps) {
    const done = await step();
    if (!done.ok) return done;
  }
  return succeed(undefined);
}

const removeOthers = <T>(
  collection: Collection<T>,
  kept: { has(id: string): boolean },
): Promise<Result<void>> => collection.removeAll([...collection.all().keys()].filter((id) => !kept.has(id)));

type Counts = Readonly<Record<'host' | 'vault' | 'revision' | 'secret' | 'certificate' | 'account', number>>;

const countCargo = ({ stores, certificates, secrets, revisions }: Cargo): Counts => ({
  host: stores.hosts.hosts().size,
  vault: stores.hosts.vaults().filter(({ id, name }) => id !== generalVault.id || name !== generalVault.name)
    .length,
  revision: revisions.length,
  secret: secrets.size,
  certificate: certificates.certificates.length,
  account: stores.accounts.all().size,
});

const countFarm = (documents: FarmDocuments): Counts => ({
  host: documents.hosts.all().size,
  vault: documents.vaults.all().size,
  revision: documents.settings.all().size,
  secret: documents.sealed.all().size,
  certificate: documents.certificates.all().size,
  account: documents.accounts.all().size,
});

const words: Readonly<Record<keyof Counts, readonly [one: string, many: string]>> = {
  host: ['host', 'hosts'],
  vault: ['vault', 'vaults'],
  revision: ['revision of the settings', 'revisions of the settings'],
  secret: ['entry of passwords and keys', 'entries of passwords and keys'],
  certificate: ['certificate', 'certificates'],
  account: ['account', 'accounts'],
};

/** `undefined` where there is nothing of anything. */
function describeCounts(counts: Counts): string | undefined {
  const parts = (Object.keys(words) as (keyof Counts)[])
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${words[kind][counts[kind] === 1 ? 0 : 1]}`);
  const last = parts.pop();
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const accept = (sentence: string): ImportOutcome => ({ sentence, exitCode: 0 });
const refuse = (sentence: string): ImportOutcome => ({ sentence, exitCode: 1 });

function refuseFor(failure: Failure): ImportOutcome {
  const { what, next } = describeFailure(failure);
  const detail = failure.detail === undefined ? '' : ` (${failure.detail})`;
  return refuse(`${what.replace(/\.$/, '')}${detail}. ${next}`);
}
