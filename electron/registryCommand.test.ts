import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEtcd, type EtcdCluster } from '../e2e/rig/etcd.ts';
import { skipReasonOf } from '../e2e/rig/debianProgram.ts';
import { findEtcd } from '../e2e/rig/etcdProgram.ts';
import { createEtcdEngine } from './registry/etcd/engine.ts';
import { openConnectionId, sealConnectionId } from './registry/seal.ts';
import { runRegistryCommand } from './registryCommand.ts';

const etcd = await findEtcd();

async function run(...args: readonly string[]) {
  const [out, error]: [string[], string[]] = [[], []];
  const exitCode = await runRegistryCommand(args, {
    out: (text) => out.push(text),
    error: (text) => error.push(text),
  });
  return { exitCode, out: out.join(''), error: error.join('') };
}

describe('flags of “registry init”', () => {
  const endpoints = ['--endpoints', 'https://127.0.0.1:1'];
  const authority = ['--authority', 'ca.pem', '--authority-key', 'ca.key'];

  it.each([
    [['start'], ''],
    [['init', '--no-such-flag'], "Unknown option '--no-such-flag'"],
    [['init', ...authority], '--endpoints is missing'],
    [['init', ...authority, '--endpoints', 'etcd:2379'], '--endpoints an address like https://name:2379'],
    [['init', ...endpoints], '--authority is missing'],
    [['init', ...endpoints, '--authority', 'ca.pem'], '--certificate is missing'],
    [['init', ...endpoints, ...authority, '--key', 'root.key'], '--certificate goes with --key'],
    [['init', ...endpoints, ...authority, '--pool', 'Main!'], '--pool lower-case letters'],
    [['init', ...endpoints, ...authority, '--desktops', 'anna smith'], '--desktops takes names of letters'],
    [['init', ...endpoints, ...authority, '--desktops', 'anna', '--gateways', 'anna'], 'anna is named twice'],
    [['init', ...endpoints, ...authority, '--gateways', 'root'], 'root is not a name for a client'],
  ])('%j is refused', async (args, sentence) => {
    const { exitCode, error, out } = await run(...args);
    expect(exitCode).toBe(2);
    expect(error).toContain(sentence);
    expect(error + out).toContain('Usage:');
  });

  it('are explained where that is asked for', async () => {
    expect(await run('init', '--help')).toMatchObject({ exitCode: 0, error: '' });
  });

  it('name files that are there', async () => {
    const { exitCode, error } = await run('init', ...endpoints, ...authority);
    expect(exitCode).toBe(1);
    expect(error).toMatch(/ENOENT.*ca\.(pem|key)/);
  });
});

describe.skipIf(etcd.kind === 'missing')(`“registry init” with a real etcd${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  let folder: string;
  let common: string[];
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1, isSecured: true });
    folder = await mkdtemp(join(tmpdir(), 'proxima-registry-init-'));
    const [certificateFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
    await writeFile(certificateFile, cluster.authority?.certificatePem ?? '');
    await writeFile(keyFile, cluster.authority?.privateKeyPem ?? '', { mode: 0o600 });
    common = ['init', '--endpoints', cluster.endpoints.join(','), '--authority', certificateFile];
    common.push('--authority-key', keyFile);
  });
  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('makes what is missing, once, and gives out certificates and the pool’s key', async () => {
    const issued = join(folder, 'issued');
    const users = ['--gateways', 'gate', '--desktops', 'anna', '--auditors', 'audit', '--issue-into', issued];
    const states = (text: string) =>
      new Set(
        text
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { state: string }).state),
      );
    const checked = await run(...common, ...users, '--check', '--json');
    expect([checked.exitCode, states(checked.out)]).toEqual([1, new Set(['missing'])]);
    await expect(stat(issued)).rejects.toThrow('ENOENT');

    const made = await run(...common, ...users);
    expect([made.exitCode, made.error]).toEqual([0, '']);
    expect(made.out).toMatch(/^user +anna +made +proxima-main-desktops, proxima-main-desktop-anna$/m);
    expect((await stat(join(issued, 'anna.key'))).mode & 0o777).toBe(0o600);
    const certificate = await readFile(join(issued, 'anna.pem'));
    expect(new X509Certificate(certificate).subject).toBe('CN=anna');

    const again = await run(...common, ...users, '--json');
    expect([again.exitCode, states(again.out)]).toEqual([0, new Set(['unchanged'])]);
    expect(await readFile(join(issued, 'anna.pem'))).toEqual(certificate);
    expect((await run(...common, ...users, '--check')).exitCode).toBe(0);

    const [certificatePem, privateKeyPem, poolKeyPem] = await Promise.all(
      ['anna.pem', 'anna.key', 'pool-main.key'].map((name) => readFile(join(issued, name), 'utf8')),
    );
    const engine = createEtcdEngine({
      endpoints: cluster.endpoints,
      identity: {
        authoritiesPem: cluster.authority?.certificatePem,
        clientCertificate: { certificatePem: certificatePem ?? '', privateKeyPem: privateKeyPem ?? '' },
      },
    });
    const listed = await engine.list('proxima/v1/main/i/k');
    await engine.close();
    if (!listed.ok) throw new Error(listed.failure.detail);
    const sealed = await sealConnectionId(listed.value.entries[0]?.value ?? '', 'session', '$connection');
    if (!sealed.ok) throw new Error(sealed.failure.detail);
    expect(await openConnectionId(poolKeyPem ?? '', 'session', sealed.value)).toEqual({
      ok: true,
      value: '$connection',
    });
  });

  it('refuses what would lock everybody out', async () => {
    const plain = cluster.endpoints.map((url) => url.replace('https', 'http')).join(',');
    const overHttp = await run(...common.map((word) => (word.startsWith('https://') ? plain : word)));
    expect(overHttp.error).toContain('every endpoint has to begin with https');
    const [certificateFile, keyFile] = [join(folder, 'issued/anna.pem'), join(folder, 'issued/anna.key')];
    const asAnna = await run(...common, '--certificate', certificateFile, '--key', keyFile);
    expect(asAnna.error).toContain('the certificate is for anna; it takes one for root');
    expect([overHttp.exitCode, asAnna.exitCode]).toEqual([1, 1]);
  });
});
