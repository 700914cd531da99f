import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runManagerCommand } from './managerCommand.ts';
import { signRevocationList } from './secrets/testRevocationList.ts';
import { issueTestCertificates, type TestCertificates } from './secrets/testPairs.ts';

let folder: string;
let certificates: TestCertificates;
let lines: string[];
let running: Promise<number> | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-manager-'));
  certificates = await issueTestCertificates();
  const files = {
    'server.pem': certificates.server.certificatePem,
    'server.key': certificates.server.privateKeyPem,
    'client.pem': certificates.client.certificatePem,
    'client.key': certificates.client.privateKeyPem,
    'other.pem': certificates.otherClient.certificatePem,
    'other.key': certificates.otherClient.privateKeyPem,
    'authority.pem': certificates.authorityPem,
    'revoked.txt': '# none yet\n',
    'policy.json': JSON.stringify({ version: 1, administrators: ['broker'] }),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(fileOf(name), text, { mode: 0o600 });
  lines = [];
  running = undefined;
});
afterEach(async () => {
  if (running) process.emit('SIGINT', 'SIGINT');
  await running;
  await rm(folder, { recursive: true, force: true });
});

const fileOf = (name: string) => join(folder, name);

async function run(...args: string[]) {
  let out = '';
  let error = '';
  const code = await runManagerCommand(args, '1.2.3', {
    out: (text) => void (out += text),
    error: (text) => void (error += text),
  });
  return { code, out, error };
}

const secured = () => [
  ...['--certificate', fileOf('server.pem'), '--key', fileOf('server.key')],
  ...['--client-authority', fileOf('authority.pem'), '--revoked', fileOf('revoked.txt')],
];

/** Starts a manager in front of a guacd that isn't there: none of these tests opens a session. */
async function start(...args: string[]): Promise<string> {
  const given = ['--listen', '127.0.0.1:0', '--guacd-address', '127.0.0.1:9', ...args];
  running = runManagerCommand(given, '1.2.3', { out: (text) => void lines.push(text), error: () => {} });
  const line = await vi.waitFor(() => {
    const found = lines.find((text) => text.includes('The manager listens'));
    expect(found).toBeDefined();
    return found ?? '';
  });
  return `127.0.0.1:${(JSON.parse(line) as { port: number }).port}`;
}

const ask = (action: string, at: string, who = 'client') =>
  run(
    ...[action, '--at', at, '--server-authority', fileOf('authority.pem')],
    ...['--certificate', fileOf(`${who}.pem`), '--key', fileOf(`${who}.key`)],
  );

describe('a manager that runs', () => {
  it('tells its load, drains and resumes for an administrator and by signals, and ends by SIGTERM', async () => {
    const at = await start(...secured(), '--policy', fileOf('policy.json'), '--limit', '7');
    expect(JSON.parse((await ask('load', at)).out)).toMatchObject({
      version: '1.2.3',
      limit: 7,
      draining: false,
    });
    expect(JSON.parse((await ask('drain', at)).out)).toMatchObject({ draining: true });
    expect(JSON.parse((await ask('resume', at)).out)).toMatchObject({ draining: false });
    expect(await ask('drain', at, 'other')).toMatchObject({ code: 1, out: '' });
    process.emit('SIGUSR1', 'SIGUSR1');
    expect(JSON.parse((await ask('load', at)).out)).toMatchObject({ draining: true });
    process.emit('SIGUSR2', 'SIGUSR2');
    expect(JSON.parse((await ask('load', at)).out)).toMatchObject({ draining: false });
    process.emit('SIGTERM', 'SIGTERM');
    expect(await running).toBe(0);
    running = undefined;
    expect((await ask('load', at)).code).toBe(1);
    expect(process.listenerCount('SIGUSR1')).toBe(0);
  });

  it('refuses a certificate once a file names its serial, and keeps what it has where a file has a mistake', async () => {
    const at = await start(...secured());
    expect((await ask('load', at)).code).toBe(0);
    await appendFile(fileOf('revoked.txt'), `${certificates.client.serial}\n`);
    await vi.waitFor(async () => expect((await ask('load', at)).code).toBe(1), {
      timeout: 5_000,
      interval: 200,
    });
    expect((await ask('load', at, 'other')).code).toBe(0);

    await writeFile(fileOf('revoked.txt'), 'nonsense\n');
    process.emit('SIGHUP', 'SIGHUP');
    await vi.waitFor(() => expect(lines.join('')).toContain('line 1 of'));
    expect((await ask('load', at)).code).toBe(1);
    expect(lines.join('')).not.toContain('PRIVATE KEY');
  });

  it('takes revocation lists, too', async () => {
    const authority = {
      certificatePem: certificates.authorityPem,
      privateKeyPem: certificates.authorityKeyPem,
    };
    const list = await signRevocationList(authority, [certificates.client.serial]);
    await writeFile(fileOf('list.crl.pem'), list);
    const at = await start(...secured(), '--revoked', fileOf('list.crl.pem'));
    expect((await ask('load', at)).code).toBe(1);
    expect((await ask('load', at, 'other')).code).toBe(0);
  });
});

describe('what it does not start with', () => {
  it.each<[string, () => string[], RegExp]>([
    ['no certificate', () => [], /--certificate and --key are needed/],
    ['no authority', () => secured().slice(0, 4), /--client-authority is needed/],
    ['both open and an authority', () => [...secured(), '--open'], /one of them has to go/],
    ['a key of somebody else', () => [...secured(), '--key', fileOf('client.key')], /can't be used/],
    [
      'an authority that is none',
      () => [...secured(), '--client-authority', fileOf('revoked.txt')],
      /no certificate/,
    ],
    ['a policy with a mistake', () => [...secured(), '--policy', fileOf('server.pem')], /can't be read/],
  ])('%s', async (_, args, message) => {
    await expect(run('--listen', '127.0.0.1:0', '--guacd-address', '127.0.0.1:9', ...args())).rejects.toThrow(
      message,
    );
    expect(process.listenerCount('SIGUSR1')).toBe(0);
  });

  it.each([
    ['a listening address that is none', ['--listen', 'nowhere']],
    ['a limit of words', ['--limit', 'many']],
    ['an action that does not exist', ['dance']],
  ])('%s', async (_, args) => {
    expect(await run(...args)).toMatchObject({ code: 2, out: '' });
  });

  it('explains itself', async () => {
    expect((await run('--help')).out).toContain('--client-authority FILE');
  });
});
