import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { skipReasonOf } from '../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../e2e/rig/etcdProgram.ts';
import { reservePort } from '../../e2e/rig/ports.ts';
import type { ClusterOrder, NodeStart } from '../../shared/contract/registry.ts';
import type { RegistryMember } from '../../shared/model/registryHealth.ts';
import { checkPool } from '../registryPools.ts';
import {
  clientOrder,
  createTrio,
  openTestStore,
  removeFolders,
  unwrap,
} from '../secrets/testCertificates.ts';
import { prepareCluster } from './clusterKit.ts';
import { eventually } from './testClient.ts';

const etcd = await findEtcd();
const children: { readonly child: ChildProcess; readonly closed: Promise<unknown> }[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const { child } of children) child.kill('SIGKILL');
  await Promise.all(children.splice(0).map(({ closed }) => closed));
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  await removeFolders();
});

const order = (authority: string, change: Partial<ClusterOrder> = {}): ClusterOrder => ({
  authority,
  clusterName: 'main',
  nodes: ['one', 'two', 'three'].map((name, index) => ({ name, address: `127.0.0.${index + 1}` })),
  clientPort: 2379,
  peerPort: 2380,
  ...change,
});

async function unpack({ name, bundle }: NodeStart): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `proxima-node-${name}-`));
  folders.push(folder);
  await writeFile(join(folder, bundle.fileName), bundle.contentBase64, 'base64');
  execFileSync('tar', ['-xzf', bundle.fileName, '--strip-components=1'], { cwd: folder });
  return folder;
}

describe('a prepared cluster', () => {
  it('has a start for each node three ways, and a bundle whose key only its owner reads', async () => {
    const { store, told } = await openTestStore();
    const { authority } = await createTrio(store);
    const { endpoints, nodes } = unwrap(await prepareCluster(order(authority), store, 'anna'));
    expect(endpoints).toEqual(['https://127.0.0.1:2379', 'https://127.0.0.2:2379', 'https://127.0.0.3:2379']);
    for (const { name, command, systemdUnit, containerFile } of nodes) {
      for (const text of [command, systemdUnit, containerFile]) {
        expect(text).toContain(`--name=${name}`);
        expect(text).toContain(
          '--initial-cluster=one=https://127.0.0.1:2380,two=https://127.0.0.2:2380,three=https://127.0.0.3:2380',
        );
        expect(text).not.toContain('PRIVATE KEY');
      }
    }
    expect(told.filter(({ what }) => what.startsWith('Issued'))).toHaveLength(3 + 2);
    expect(told.filter(({ what }) => what.includes('with its private key'))).toHaveLength(3);
    const [node] = nodes;
    const folder = node ? await unpack(node) : '';
    const listing = execFileSync('ls', ['-l', folder], { encoding: 'utf8' });
    expect(listing).toMatch(/-rw------- .* key\.pem/);
    const texts = await Promise.all(
      (node?.bundle.files ?? []).map(({ name }) => readFile(join(folder, name), 'utf8')),
    );
    expect(texts.filter((text) => text.includes('BEGIN PRIVATE KEY'))).toHaveLength(1);
  });

  it.each([
    [
      'a name',
      {
        nodes: [
          { name: 'a', address: '10.0.0.1' },
          { name: 'a', address: '10.0.0.2' },
          { name: 'b', address: '10.0.0.3' },
        ],
      },
    ],
    [
      'an address',
      {
        nodes: [
          { name: 'a', address: '10.0.0.1' },
          { name: 'b', address: '10.0.0.1' },
          { name: 'c', address: '10.0.0.3' },
        ],
      },
    ],
  ])('is not made of nodes that share %s, and then nothing was issued', async (_, change) => {
    const { store, told } = await openTestStore();
    const { authority } = await createTrio(store);
    const before = told.length;
    expect(await prepareCluster(order(authority, change), store, 'anna')).toMatchObject({
      failure: { code: 'input_invalid' },
    });
    expect(told).toHaveLength(before);
  });
});

describe.skipIf(etcd.kind === 'missing')(`a prepared cluster, started${skipReasonOf(etcd)}`, () => {
  it('answers to who has a certificate of its authority, with a leader, and to nobody else', async () => {
    const { store } = await openTestStore();
    const { authority } = await createTrio(store);
    const client = unwrap(await store.issue(authority, { ...clientOrder, name: 'gateway' }, 'anna')).serial;
    const [clientPort, peerPort] = [reservePort(), reservePort()];
    const { endpoints, nodes } = unwrap(
      await prepareCluster(order(authority, { clientPort, peerPort }), store, 'anna'),
    );
    for (const node of nodes) await startAsTold(node);
    const authoritiesPem = store.list().find(({ serial }) => serial === authority)?.certificatePem;
    const look = async (clientCertificate?: string) => {
      const members: RegistryMember[] = [];
      const pool = {
        id: 'main',
        name: 'Main',
        endpoints,
        authoritiesPem,
        clientCertificate,
        slack: 2,
        leaseSeconds: 30,
      };
      for await (const member of checkPool(pool, store)) members.push(member);
      return members;
    };
    await eventually(async () => {
      const members = await look(client);
      expect(members.map(({ failure }) => failure)).toEqual([undefined, undefined, undefined]);
      expect(members.filter(({ role }) => role === 'leader')).toHaveLength(1);
      expect(new Set(members.map(({ name }) => name))).toEqual(new Set(['one', 'two', 'three']));
    }, 20_000);
    const refused = await look();
    expect(refused.map(({ failure }) => failure?.code)).toEqual(
      endpoints.map(() => 'registry_client_refused'),
    );
  }, 40_000);

  /** The very script of the bundle, with its folders put elsewhere. */
  async function startAsTold(node: NodeStart): Promise<void> {
    const folder = await unpack(node);
    const script = (await readFile(join(folder, 'start-etcd.sh'), 'utf8'))
      .replaceAll('/etc/proxima-registry', folder)
      .replaceAll('/var/lib/proxima-registry', join(folder, 'data'))
      .replace('exec etcd', `exec ${etcd.kind === 'found' ? etcd.path : ''}`);
    await writeFile(join(folder, 'start.sh'), script, { mode: 0o700 });
    const child = spawn(join(folder, 'start.sh'), { stdio: 'ignore' });
    children.push({ child, closed: new Promise((resolve) => child.once('close', resolve)) });
  }
});
