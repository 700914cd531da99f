import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, type Failure, succeed, type Result } from '../../shared/contract/failure.ts';
import type { Certificate, CertificateOrder } from '../../shared/model/certificate.ts';
import { normaliseSerial } from '../../shared/model/serial.ts';
import type { AuditLog, CertificateStore, ImportedFile, SecretStore } from '../broker/ports.ts';
import { type CertifiedKey, clockSkewMs, createAuthority, issueCertificate } from './certificateAuthority.ts';
import type { CertificateDocument, CertificateRecords } from './certificateDocument.ts';
import { mergeImported } from './certificateImport.ts';
import { parseNames } from './certificateNames.ts';
import { packMachineFiles } from './bundle.ts';
import {
  authoritiesAbove,
  chainPem,
  describeCertificate,
  describeUnfit,
  linkIssuers,
  servesAsClient,
} from './certificateRecord.ts';
import { readImportedFile } from './importedFile.ts';
import { createKeyVault } from './keyVault.ts';
import { composeBundle } from './machineBundle.ts';

const dayMs = 86_400_000;
/** RFC 5280, ub-common-name. */
const maximumNameLength = 64;

/** What the audit log is told before a change. */
interface Deed {
  readonly who: string;
  readonly what: string;
  readonly details: readonly string[];
}

/** A key of another node's certificate may be heard of a little later than the certificate. */
const clientRetryMs = 1_000;
const clientRetries = 5;

/**
 * Opens the certificates: what is known of them in `document`, their private keys in `secrets`. Where the list was damaged, or the key
 * of this broker's client certificate can't be read, it opens all the same and a notice says so.
 *
 * Creating and importing keys fails with `secrets_unavailable` where `secrets` protects nothing.
 */
export async function openCertificateStore(options: {
  readonly document: CertificateDocument;
  readonly secrets: SecretStore;
  readonly audit: Pick<AuditLog, 'append'>;
  readonly log: Pick<Logger, 'warn'>;
  readonly now?: () => number;
}): Promise<{ readonly store: CertificateStore; readonly notices: readonly Notice[] }> {
  const { document, secrets, audit, log, now = Date.now } = options;
  const vault = createKeyVault(secrets);

  let records: CertificateRecords = document.records;
  let revoked = revokedSerials(records);
  let client: CertifiedKey | undefined;
  /** One change after the other: each is made on what the one before has left. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work, work);
    turn = result.catch(() => undefined);
    return result;
  };

  function readRecords(): void {
    records = document.records;
    revoked = revokedSerials(records);
  }

  const find = (serial: string): Result<Certificate> => {
    const found = records.certificates.find((certificate) => certificate.serial === normaliseSerial(serial));
    return found ? succeed(found) : fail('certificate_unknown', `serial ${serial}`);
  };

  async function readCertified(certificate: Certificate): Promise<Result<CertifiedKey>> {
    const { pin, name, certificatePem } = certificate;
    const key = certificate.hasPrivateKey ? await vault.read(pin) : succeed(undefined);
    if (!key.ok) return key;
    if (key.value === undefined) return fail('private_key_missing', name);
    return succeed({ certificatePem, privateKeyPem: key.value });
  }

  const unfitNow = (certificate: Certificate, certificates = records.certificates) =>
    describeUnfit(certificate, certificates, now());

  async function save(next: CertificateRecords): Promise<Result<void>> {
    const written = await document.write(next);
    if (written.ok) readRecords();
    return written;
  }

  /** Tells the audit log first; where the change then fails, that is told as well. */
  async function audited<T>(deed: Deed, work: () => Promise<Result<T>>): Promise<Result<T>> {
    const told = await audit.append(deed);
    if (!told.ok) return told;
    const done = await work();
    if (!done.ok)
      await audit.append({ ...deed, what: `Not done: ${deed.what}`, details: [done.failure.code] });
    return done;
  }

  /** Keys come first, so that at no moment a certificate is listed whose key was lost; they go again where the rest fails. */
  async function saveWithKeys(
    next: CertificateRecords,
    keys: ReadonlyMap<string, string>,
  ): Promise<Result<void>> {
    const added: string[] = [];
    let result: Result<void> = succeed(undefined);
    for (const [pin, privateKeyPem] of keys) {
      const before = await vault.read(pin);
      if (before.ok && before.value !== undefined) continue;
      // What can't be read is put right, and isn't ours to remove.
      if (before.ok) added.push(pin);
      result = await vault.write(pin, privateKeyPem);
      if (!result.ok) break;
    }
    if (result.ok) result = await save(next);
    if (!result.ok && added.length > 0) await vault.remove(added);
    return result;
  }

  /** Lists what was just made and keeps its key. */
  async function keep(
    made: CertifiedKey,
    describeDeed: (certificate: Certificate) => Deed,
    managerId?: string,
  ): Promise<Result<{ serial: string }>> {
    const described = describeCertificate(made.certificatePem, {
      origin: 'made',
      hasPrivateKey: true,
      ...(managerId !== undefined && { managerId }),
    });
    if (!described.ok) return described;
    const [certificate] = linkIssuers([described.value], records.certificates);
    if (!certificate) return described;
    const next = { ...records, certificates: [...records.certificates, certificate] };
    const kept = await audited(describeDeed(certificate), () =>
      saveWithKeys(next, new Map([[certificate.pin, made.privateKeyPem]])),
    );
    return kept.ok ? succeed({ serial: certificate.serial }) : kept;
  }

  /** `predecessor` is the certificate that the new one renews. */
  async function issue(
    authoritySerial: string,
    order: CertificateOrder,
    who: string,
    predecessor?: Certificate,
  ): Promise<Result<{ serial: string }>> {
    if (!vault.isProtected) return noVault;
    const found = find(authoritySerial);
    if (!found.ok) return found;
    const authority = found.value;
    if (authority.kind !== 'authority') return fail('input_invalid', 'only an authority issues certificates');
    const unfit = unfitNow(authority);
    if (unfit !== undefined) return fail('input_invalid', `the authority can't issue: ${unfit}`);
    const names = parseNames(order);
    if (!names.ok) return names;
    const signer = await readCertified(authority);
    if (!signer.ok) return signer;
    const made = await attempt(() =>
      issueCertificate(signer.value, {
        commonName: order.name,
        ...names.value,
        usage: order.isMember ? 'member' : order.kind,
        notBefore: new Date(now() - clockSkewMs),
        notAfter: new Date(Math.min(now() + order.lifetimeDays * dayMs, authority.notAfter)),
      }),
    );
    if (!made.ok) return made;
    const describeDeed = (certificate: Certificate): Deed => ({
      who,
      what: `${predecessor ? 'Renewed' : 'Issued'} the ${certificate.kind} certificate ${quote(certificate.name)}`,
      details: [
        ...describeDetails(certificate),
        `authority ${quote(authority.name)}`,
        ...(predecessor ? [`in place of serial ${predecessor.serial}`] : []),
      ],
    });
    return keep(made.value, describeDeed, order.managerId);
  }

  async function importFile(
    file: ImportedFile,
    who: string,
  ): Promise<Result<{ serials: readonly string[] }>> {
    const read = await readImportedFile(file);
    if (!read.ok) return read;
    const { keys } = read.value;
    if (keys.size > 0 && !vault.isProtected) return noVault;
    const merged = await mergeImported(records.certificates, read.value, vault);
    if (!merged.ok) return merged;
    const { certificates, touched } = merged.value;
    const deed: Deed = {
      who,
      what: `Imported ${touched.length === 1 ? 'one certificate' : `${touched.length} certificates`}`,
      details: touched.map(
        ({ kind, name, serial, hasPrivateKey }) =>
          `${kind} ${quote(name)}, serial ${serial}${hasPrivateKey ? ', with its private key' : ''}`,
      ),
    };
    const saved = await audited(deed, () => saveWithKeys({ ...records, certificates }, keys));
    return saved.ok ? succeed({ serials: touched.map(({ serial }) => serial) }) : saved;
  }

  async function revoke(serial: string, who: string): Promise<Result<void>> {
    const found = find(serial);
    if (!found.ok) return found;
    const certificate = found.value;
    if (certificate.revokedAt !== undefined) return succeed(undefined);
    const certificates = records.certificates.map((each) =>
      each === certificate ? { ...each, revokedAt: now() } : each,
    );
    // With an authority, what it issued is of no use any more.
    const chosen = certificates.find((each) => each.serial === records.client);
    const losesClient = chosen !== undefined && unfitNow(chosen, certificates) !== undefined;
    const deed: Deed = {
      who,
      what: `Revoked the ${certificate.kind} certificate ${quote(certificate.name)}`,
      details: [
        `serial ${certificate.serial}`,
        ...(losesClient ? ['this broker shows no client certificate any more'] : []),
      ],
    };
    const done = await audited(deed, () =>
      save({ client: losesClient ? null : records.client, certificates }),
    );
    if (done.ok && losesClient) client = undefined;
    return done;
  }

  async function loadClient(serial: string): Promise<Result<CertifiedKey>> {
    const found = find(serial);
    if (!found.ok) return found;
    const certificate = found.value;
    const unfit = unfitNow(certificate);
    if (unfit !== undefined) return fail('input_invalid', unfit);
    if (!servesAsClient(certificate)) return fail('input_invalid', 'it is not a client certificate');
    const certified = await readCertified(certificate);
    return certified.ok
      ? succeed({ ...certified.value, certificatePem: chainPem(certificate, records.certificates) })
      : certified;
  }

  /** Shows what is chosen now, and tells why it can't. */
  async function showClient(): Promise<Failure | undefined> {
    const loaded = records.client === null ? succeed(undefined) : await loadClient(records.client);
    client = loaded.ok ? loaded.value : undefined;
    return loaded.ok ? undefined : loaded.failure;
  }

  async function showClientAnew(retries: number): Promise<void> {
    const failure = await showClient();
    if (!failure) return;
    log.warn({ failure }, 'The client certificate can not be shown');
    if (retries > 0) setTimeout(() => void inTurn(() => showClientAnew(retries - 1)), clientRetryMs).unref();
  }

  const lost = await showClient();
  if (lost) log.warn({ failure: lost }, 'The client certificate can not be shown');
  const notices = [...document.notices, ...(lost ? [describeLostClient(lost.detail ?? lost.code)] : [])];
  document.onChange(() => {
    readRecords();
    void inTurn(() => showClientAnew(clientRetries));
  });

  const store: CertificateStore = {
    list: () => records.certificates,
    createAuthority: ({ name, lifetimeDays }, who) =>
      inTurn(async () => {
        if (!vault.isProtected) return noVault;
        const made = await attempt(() => createAuthority({ commonName: name, lifetimeDays }));
        if (!made.ok) return made;
        return keep(made.value, (certificate) => ({
          who,
          what: `Created the authority ${quote(certificate.name)}`,
          details: describeDetails(certificate),
        }));
      }),
    issue: (authority, order, who) => inTurn(() => issue(authority, order, who)),
    renew: (serial, lifetimeDays, who) =>
      inTurn(async () => {
        const found = find(serial);
        if (!found.ok) return found;
        const { kind, dnsNames, ipAddresses, issuedBy, managerId } = found.value;
        if (kind === 'authority')
          return fail(
            'input_invalid',
            'an authority is not renewed: create a new one, and let groups trust both',
          );
        if (issuedBy === undefined)
          return fail('private_key_missing', 'the authority that issued it is not here');
        const name = found.value.name.slice(0, maximumNameLength);
        const isMember = kind === 'server' && servesAsClient(found.value);
        const order = { kind, name, dnsNames, ipAddresses, lifetimeDays, isMember };
        return issue(issuedBy, managerId === undefined ? order : { ...order, managerId }, who, found.value);
      }),
    revoke: (serial, who) => inTurn(() => revoke(serial, who)),
    exportBundle: (serial, who) =>
      inTurn(async () => {
        const found = find(serial);
        if (!found.ok) return found;
        const { certificates } = records;
        const composed = await composeBundle(found.value, { certificates, readCertified, now: now() });
        if (!composed.ok) return composed;
        const deed: Deed = {
          who,
          what: `Exported the bundle of ${quote(found.value.name)}, with its private key`,
          details: [`${found.value.kind} certificate, serial ${found.value.serial}`],
        };
        return audited(deed, () => Promise.resolve(composed));
      }),
    importFile: (file, who) => inTurn(() => importFile(file, who)),
    chooseClient: (serial, who) =>
      inTurn(async () => {
        const loaded = serial === null ? succeed(undefined) : await loadClient(serial);
        if (!loaded.ok) return loaded;
        const chosen = serial === null ? null : normaliseSerial(serial);
        const deed: Deed = {
          who,
          what: 'Chose the client certificate of this broker',
          details: [chosen === null ? 'none' : `serial ${chosen}`],
        };
        const done = await audited(deed, () => save({ ...records, client: chosen }));
        if (done.ok) client = loaded.value;
        return done;
      }),
    clientCertificate: () => client,
    readClient: loadClient,
    packFor: (serial, who, describe) =>
      inTurn(async () => {
        const found = find(serial);
        if (!found.ok) return found;
        const certificate = found.value;
        const unfit = unfitNow(certificate);
        if (unfit !== undefined) return fail('input_invalid', unfit);
        const certified = await readCertified(certificate);
        if (!certified.ok) return certified;
        const { certificates } = records;
        const files = describe({
          chainPem: chainPem(certificate, certificates),
          privateKeyPem: certified.value.privateKeyPem,
          authoritiesPem: authoritiesAbove(certificate, certificates)
            .map(({ certificatePem }) => certificatePem)
            .join(''),
        });
        const deed: Deed = {
          who,
          what: `Exported the bundle of ${quote(certificate.name)}, with its private key`,
          details: [`${certificate.kind} certificate, serial ${certificate.serial}`],
        };
        return audited(deed, async () =>
          succeed(await packMachineFiles(certificate.name, files, new Date(now()))),
        );
      }),
    isRevoked: (serial) => revoked.has(normaliseSerial(serial)),
  };
  return { store, notices };
}

const noVault = fail(
  'secrets_unavailable',
  'private keys are only kept in a keychain, or in the encrypted file (--key-file)',
);

const revokedSerials = ({ certificates }: CertificateRecords): ReadonlySet<string> =>
  new Set(certificates.filter(({ revokedAt }) => revokedAt !== undefined).map(({ serial }) => serial));

async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return succeed(await work());
  } catch (error) {
    return fail(
      'input_invalid',
      error instanceof Error ? error.message : 'the certificate could not be made',
    );
  }
}

const quote = (name: string): string => `“${name.slice(0, 100)}”`;

const describeDetails = (certificate: Certificate): readonly string[] => [
  `serial ${certificate.serial}`,
  `valid until ${new Date(certificate.notAfter).toISOString().slice(0, 10)}`,
  ...certificate.dnsNames.map((name) => `name ${name}`),
  ...certificate.ipAddresses.map((address) => `address ${address}`),
];

const describeLostClient = (reason: string): Notice => ({
  id: `client-certificate-${Date.now()}`,
  title: 'No client certificate is shown to session managers',
  text: `The chosen one can't be used: ${reason}. Session managers that ask for one refuse this broker. Unlock the keychain and start again, or choose another one in Settings, Certificates.`,
});
