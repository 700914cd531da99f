import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayFlags, gatewayUsage, readGatewayOptions } from './gatewayOptions.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxima-options-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function writeConfig(config: unknown): Promise<string> {
  const file = join(folder, 'node.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  return file;
}

describe('options of the gateway', () => {
  it('are those of one machine by default', async () => {
    expect(await readGatewayOptions(['--data', '/data'])).toMatchObject({
      listen: { address: '127.0.0.1', port: 0 },
      isPlain: false,
      publicNames: [],
      trustedProxies: [],
      route: 'gateway',
      drainMs: 0,
      dataFolder: '/data',
      localEngine: 'auto',
      wantsToken: false,
    });
    expect(await readGatewayOptions(['--help'])).toBe('help');
  });

  it('are all told by --help', () => {
    for (const flag of Object.keys(gatewayFlags))
      expect(gatewayUsage).toMatch(new RegExp(`^  --${flag} `, 'm'));
  });

  it('come from a file, and flags win', async () => {
    const config = await writeConfig({
      listen: '10.0.0.1:6443',
      route: 'hosta',
      'public-name': ['proxima.example', 'Farm.example:443'],
      'trusted-proxies': '10.0.0.0/8, ::1',
      'local-manager': 'none',
      'drain-seconds': 5,
      metrics: '127.0.0.1:9464',
      registry: ['https://etcd-1:2379', 'https://etcd-2:2379'],
      'registry-authority': 'authority.pem',
    });
    const options = await readGatewayOptions(['--config', config, '--route', 'hostb', '--listen', '[::1]:1']);
    expect(options).toMatchObject({
      listen: { address: '::1', port: 1 },
      route: 'hostb',
      publicNames: ['proxima.example', 'farm.example'],
      localEngine: undefined,
      drainMs: 5_000,
      metrics: { address: '127.0.0.1', port: 9464 },
      registry: {
        endpoints: ['https://etcd-1:2379', 'https://etcd-2:2379'],
        authority: 'authority.pem',
        poolId: 'main',
      },
    });
    expect(options === 'help' ? 0 : options.trustedProxies.length).toBe(2);
  });

  it('give a node of a farm time to hand over', async () => {
    expect(await readGatewayOptions(['--route', 'hosta'])).toMatchObject({ drainMs: 30_000 });
  });

  it.each([
    [{ listn: '127.0.0.1:1' }, '“listn” in FILE is no option of the gateway; --help tells them all'],
    [{ route: 'Host A' }, '“route” in FILE: lower-case letters, digits and hyphens'],
    [{ plain: 'yes' }, '“plain” in FILE: '],
    [{ 'drain-seconds': 1.5 }, '“drain-seconds” in FILE: takes whole seconds'],
    [[1], 'FILE has to be one JSON object'],
    ['{', 'FILE is not JSON: '],
  ])('refuse a file of %j with one sentence', async (config, sentence) => {
    const file = await writeConfig(config);
    await expect(readGatewayOptions(['--config', file])).rejects.toThrow(sentence.replace('FILE', file));
  });

  const behind = ['--trusted-proxies', '127.0.0.1', '--public-name', 'proxima.example'];
  it.each([
    [['--listen', '6443'], '--listen takes ADDRESS:PORT, not 6443'],
    [['--certificate', 'a.pem'], '--certificate and --key are given together'],
    [['--trusted-proxies', 'balancer'], 'not balancer'],
    [['--plain'], 'name it with --trusted-proxies'],
    [['--plain', ...behind, '--listen', '10.0.0.1:80'], 'say --plain-behind-balancer'],
    [['--plain', ...behind, '--certificate', 'a', '--key', 'b'], '--plain shows no certificate'],
    [['--metrics', '0.0.0.0:9464'], '--metrics listens on loopback only'],
    [['--registry', 'https://etcd:2379'], 'needs its own --route'],
    [['--registry-authority', 'a.pem'], '--registry-… goes with --registry'],
    [['--registry', 'etcd:2379', '--route', 'hosta'], '--registry: an address like'],
    [['--public-name', 'https://proxima.example/'], '--public-name: takes a name'],
    [['--nonsense'], '--nonsense'],
  ])('refuse %j', async (flags, sentence) => {
    await expect(readGatewayOptions(flags)).rejects.toThrow(sentence);
  });

  it('take plain HTTP from a balancer on this machine, elsewhere where the risk is named', async () => {
    expect(await readGatewayOptions(['--plain', ...behind])).toMatchObject({ isPlain: true });
    const elsewhere = ['--plain-behind-balancer', ...behind, '--listen', '10.0.0.1:80'];
    expect(await readGatewayOptions(elsewhere)).toMatchObject({ isPlain: true });
    expect(gatewayUsage).toMatch(/--plain-behind-balancer.+RISK/s);
  });
});
