import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { CertificateOrder } from '../../shared/model/certificate.ts';
import type { AuditLog, CertificateStore, SecretStore } from '../broker/ports.ts';
import { type CertificateDocument, openCertificateDocument } from './certificateDocument.ts';
import { openCertificateStore } from './certificateStore.ts';
import { openEncryptedFile } from './encryptedFile.ts';

/** A store in a folder of its own, with the encrypted file for its keys, an audit log in memory and what was written to the log. */
export interface TestStore {
  readonly folder: string;
  readonly store: CertificateStore;
  readonly secrets: SecretStore;
  readonly told: { readonly who: string; readonly what: string; readonly details: readonly string[] }[];
  readonly logged: unknown[];
  readonly noticeTitles: readonly string[];
  readonly notices: readonly { readonly title: string; readonly text: string }[];
  /** Makes the audit log fail, or work again. */
  breakAudit(isBroken: boolean): void;
  /** What a next start finds. */
  reopen(options?: { readonly secrets?: SecretStore; readonly now?: () => number }): Promise<TestStore>;
}

const folders: string[] = [];

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-certificates-'));
  folders.push(folder);
  return folder;
}

export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

export async function openTestStore(
  options: {
    readonly folder?: string;
    readonly document?: CertificateDocument;
    readonly secrets?: SecretStore;
    readonly now?: () => number;
  } = {},
): Promise<TestStore> {
  const folder = options.folder ?? (await createFolder());
  const secrets =
    options.secrets ?? unwrap(await openEncryptedFile({ folder, key: 'the key of these tests' }));
  const told: { who: string; what: string; details: readonly string[] }[] = [];
  const logged: unknown[] = [];
  let isBroken = false;
  const audit: Pick<AuditLog, 'append'> = {
    append: (entry) => {
      if (isBroken) return Promise.resolve(fail('audit_unwritable'));
      told.push(entry);
      return Promise.resolve(succeed(undefined));
    },
  };
  const log = { warn: (...parts: unknown[]) => void logged.push(parts) };
  const { store, notices } = await openCertificateStore({
    document: options.document ?? unwrap(await openCertificateDocument({ folder, log: log as never })),
    secrets,
    audit,
    log: log as never,
    ...(options.now && { now: options.now }),
  });
  return {
    folder,
    store,
    secrets,
    told,
    logged,
    notices,
    noticeTitles: notices.map(({ title }) => title),
    breakAudit: (broken) => void (isBroken = broken),
    reopen: (more = {}) => openTestStore({ folder, secrets, ...more }),
  };
}

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.failure.code}: ${result.failure.detail}`);
}

export const serverOrder: CertificateOrder = {
  kind: 'server',
  name: 'Berlin 1',
  dnsNames: ['manager.test'],
  ipAddresses: ['127.0.0.1', '::1'],
  lifetimeDays: 30,
};

export const clientOrder: CertificateOrder = {
  kind: 'client',
  name: 'Broker A',
  dnsNames: [],
  ipAddresses: [],
  lifetimeDays: 30,
};

/** Creates an authority with one server and one client certificate; their serials. */
export async function createTrio(store: CertificateStore, order: Partial<CertificateOrder> = {}) {
  const authority = unwrap(await store.createAuthority({ name: 'Farm', lifetimeDays: 365 }, 'anna')).serial;
  const server = unwrap(await store.issue(authority, { ...serverOrder, ...order }, 'anna')).serial;
  const client = unwrap(await store.issue(authority, clientOrder, 'anna')).serial;
  return { authority, server, client };
}

/** Exports a bundle and unpacks it with tar; the folder that its files are in. */
export async function unpackBundle(store: CertificateStore, serial: string): Promise<string> {
  const bundle = unwrap(await store.exportBundle(serial, 'anna'));
  const folder = await createFolder();
  execFileSync('tar', ['-xz', '-C', folder], { input: Buffer.from(bundle.contentBase64, 'base64') });
  return join(folder, bundle.fileName.replace(/\.tar\.gz$/, ''));
}

/** Where a program is, on the PATH or where Debian puts servers. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

/** What the title of a test that can't run here ends with. */
export const skipReason = (...missing: readonly (string | false)[]): string => {
  const names = missing.filter((name) => name !== false);
  return names.length === 0 ? '' : ` (skipped: ${names.join(' and ')} not installed)`;
};
