import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { describeFailure, type Failure } from '../shared/contract/failure.ts';
import { endpointSchema, poolIdSchema } from '../shared/model/pool.ts';
import { createEtcdEngine } from './registry/etcd/engine.ts';
import type { EtcdIdentity } from './registry/etcd/identity.ts';
import { initialisePool, type InitialisationStep } from './registry/etcd/initialise.ts';
import { publishPoolKey } from './registry/poolKey.ts';
import { issueCertificate, type CertifiedKey } from './secrets/certificateAuthority.ts';

const usage = `Usage: node dist/electron/headless.js registry init --endpoints URL,URL,URL --authority FILE
         (--certificate FILE --key FILE | --authority-key FILE) [options]

proxima registry init gives an etcd cluster the roles and users of a pool, and has it check rights from then on. It may be run
again: what is there already stays. Each user is the name (CN) in a client certificate; there are no passwords.

  --endpoints URL,…     the members, such as https://etcd-1.corp.example:2379
  --authority FILE      PEM, the authority of the members' certificates
  --certificate FILE    PEM, a client certificate for “root”
  --key FILE            PEM, its private key
  --authority-key FILE  PEM, the authority's private key: issues certificates, and root's where none is given
  --pool ID             the pool's id in the settings (default main)
  --gateways NAME,…     gateways and administrators: everything in the pool
  --desktops NAME,…     desktops: their own sessions, and what everybody counts
  --auditors NAME,…     read everything, and change nothing
  --issue-into FOLDER   writes a certificate and key for each of them that has none there yet, and the pool's key for sealing
  --check               looks, and changes nothing; exit code 1 where something is missing
  --json                one object per line, instead of the table
  --help                this text
`;

const options = {
  endpoints: { type: 'string' },
  authority: { type: 'string' },
  certificate: { type: 'string' },
  key: { type: 'string' },
  'authority-key': { type: 'string' },
  pool: { type: 'string', default: 'main' },
  gateways: { type: 'string', default: '' },
  desktops: { type: 'string', default: '' },
  auditors: { type: 'string', default: '' },
  'issue-into': { type: 'string' },
  check: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Names that a certificate can carry (RFC 5280, ub-common-name), without what would need quoting somewhere. */
const names = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== ''))
  .pipe(
    z.array(
      z
        .string()
        .regex(
          /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
          'takes names of letters, digits, dots, hyphens, _ and @, separated by commas',
        ),
    ),
  );

const orderSchema = z
  .object({
    endpoints: z
      .string({ error: 'is missing' })
      .transform((text) => text.split(',').map((url) => url.trim()))
      .pipe(z.array(endpointSchema).min(1)),
    authority: z.string({ error: 'is missing' }),
    certificate: z.string().optional(),
    key: z.string().optional(),
    'authority-key': z.string().optional(),
    pool: poolIdSchema,
    gateways: names,
    desktops: names,
    auditors: names,
    'issue-into': z.string().optional(),
    check: z.boolean(),
    json: z.boolean(),
  })
  .superRefine((order, context) => {
    const complain = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ((order.certificate === undefined) !== (order.key === undefined))
      complain('certificate', 'goes with --key');
    if (order.certificate === undefined && order['authority-key'] === undefined)
      complain('certificate', 'is missing; with --authority-key it would be issued');
    if (order['issue-into'] !== undefined && order['authority-key'] === undefined)
      complain('issue-into', 'takes --authority-key as well');
    const all = [...order.gateways, ...order.desktops, ...order.auditors];
    const twice = all.find((name, index) => all.indexOf(name) !== index);
    if (twice !== undefined) complain('gateways', `${twice} is named twice`);
    if (all.includes('root')) complain('gateways', 'root is not a name for a client');
  });
type Order = z.infer<typeof orderSchema>;

/** Where what a command says goes. */
export interface CommandOutput {
  out(text: string): void;
  error(text: string): void;
}

/** `registry init`: 0 where all is as it is to be, 1 where it isn't or can't be, 2 where the flags can't be understood. */
export async function runRegistryCommand(args: readonly string[], output: CommandOutput): Promise<0 | 1 | 2> {
  const [verb, ...rest] = args;
  const parsed = parseFlags(rest);
  if (verb !== 'init' || parsed.kind === 'help') {
    output.out(usage);
    return parsed.kind === 'help' || verb === '--help' ? 0 : 2;
  }
  if (parsed.kind === 'wrong') {
    output.error(`${parsed.sentence}\n\n${usage}`);
    return 2;
  }
  const { order } = parsed;
  const steps: InitialisationStep[] = [];
  const failure = await initialise(order, steps);
  output.out(order.json ? formatLines(steps) : formatTable(steps, order.check));
  if (failure !== undefined) {
    output.error(`${failure}\n`);
    return 1;
  }
  return order.check && steps.some(({ state }) => state !== 'unchanged') ? 1 : 0;
}

type Flags =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly sentence: string }
  | { readonly kind: 'order'; readonly order: Order };

function parseFlags(args: readonly string[]): Flags {
  try {
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return { kind: 'help' };
    const order = orderSchema.safeParse(values);
    if (order.success) return { kind: 'order', order: order.data };
    const issue = order.error.issues[0];
    return { kind: 'wrong', sentence: `--${String(issue?.path[0] ?? '')} ${issue?.message ?? ''}` };
  } catch (error) {
    return { kind: 'wrong', sentence: error instanceof Error ? error.message : String(error) };
  }
}

/** @returns the sentence about what went wrong; what was done until then is among the steps. */
async function initialise(order: Order, steps: InitialisationStep[]): Promise<string | undefined> {
  try {
    const authority = await readAuthority(order);
    const identity = await readIdentity(order, authority);
    const { endpoints, pool: poolId, check: isDryRun } = order;
    const done = await initialisePool({ endpoints, identity, poolId, users: order, isDryRun });
    if (!done.ok) return describe(done.failure);
    steps.push(...done.value);
    const folder = order['issue-into'];
    if (folder === undefined || !authority) return undefined;
    if (!isDryRun) await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of [...order.gateways, ...order.desktops, ...order.auditors])
      steps.push(await ensureCertificate(name, authority, folder, isDryRun));
    const key = await ensurePoolKey(order, identity, folder);
    if ('code' in key) return describe(key);
    steps.push(key);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function describe(failure: Failure): string {
  // Its own words say more than that something isn't valid.
  if (failure.code === 'input_invalid' && failure.detail !== undefined)
    return `Nothing was done: ${failure.detail}.`;
  const { what, next } = describeFailure(failure);
  return `${what} ${failure.detail === undefined ? '' : `(${failure.detail}) `}${next}`;
}

async function readAuthority(order: Order): Promise<CertifiedKey | undefined> {
  const keyFile = order['authority-key'];
  if (keyFile === undefined) return undefined;
  const [certificatePem, privateKeyPem] = await Promise.all([
    readFile(order.authority, 'utf8'),
    readFile(keyFile, 'utf8'),
  ]);
  return { certificatePem, privateKeyPem };
}

async function readIdentity(order: Order, authority: CertifiedKey | undefined): Promise<EtcdIdentity> {
  const authoritiesPem = await readFile(order.authority, 'utf8');
  if (order.certificate !== undefined && order.key !== undefined) {
    const [certificatePem, privateKeyPem] = await Promise.all([
      readFile(order.certificate, 'utf8'),
      readFile(order.key, 'utf8'),
    ]);
    return { authoritiesPem, clientCertificate: { certificatePem, privateKeyPem } };
  }
  return authority
    ? { authoritiesPem, clientCertificate: await issueClient(authority, 'root', oneDay()) }
    : { authoritiesPem };
}

const oneDay = () => new Date(Date.now() + 86_400_000);

const issueClient = (authority: CertifiedKey, commonName: string, notAfter?: Date) =>
  issueCertificate(authority, {
    commonName,
    dnsNames: [],
    ipAddresses: [],
    usage: 'client',
    ...(notAfter && { notAfter }),
  });

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );

/** A pair that is there is never replaced: it may be in use. */
async function ensureCertificate(
  name: string,
  authority: CertifiedKey,
  folder: string,
  isDryRun: boolean,
): Promise<InitialisationStep> {
  const [certificateFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const step = { kind: 'certificate', name, what: certificateFile } as const;
  if ((await exists(certificateFile)) && (await exists(keyFile))) return { ...step, state: 'unchanged' };
  if (isDryRun) return { ...step, state: 'missing' };
  const { certificatePem, privateKeyPem } = await issueClient(authority, name);
  await writeFile(keyFile, privateKeyPem, { mode: 0o600 });
  await writeFile(certificateFile, certificatePem, { mode: 0o600 });
  return { ...step, state: 'made' };
}

async function ensurePoolKey(
  order: Order,
  identity: EtcdIdentity,
  folder: string,
): Promise<InitialisationStep | Failure> {
  const file = join(folder, `pool-${order.pool}.key`);
  const step = { kind: 'pool key', name: order.pool, what: file } as const;
  if (order.check) return { ...step, state: (await exists(file)) ? 'unchanged' : 'missing' };
  const engine = createEtcdEngine({ endpoints: order.endpoints, identity });
  try {
    const published = await publishPoolKey(engine, order.pool, {
      keep: (pem) => writeFile(file, pem, { mode: 0o600, flag: 'wx' }),
      discard: () => rm(file),
    });
    return published.ok ? { ...step, state: published.value } : published.failure;
  } finally {
    await engine.close();
  }
}

const formatLines = (steps: readonly InitialisationStep[]) =>
  steps.map((step) => `${JSON.stringify(step)}\n`).join('');

const wordsOf: Readonly<Record<InitialisationStep['state'], { done: string; checked: string }>> = {
  made: { done: 'made', checked: 'missing' },
  changed: { done: 'changed', checked: 'differs' },
  unchanged: { done: 'was there', checked: 'there' },
  missing: { done: 'missing', checked: 'missing' },
};

function formatTable(steps: readonly InitialisationStep[], isDryRun: boolean): string {
  const rows = steps.map(({ kind, name, what, state }) => [
    kind,
    name,
    wordsOf[state][isDryRun ? 'checked' : 'done'],
    what,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
