import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEtcd, type EtcdCluster } from '../../../e2e/rig/etcd.ts';
import { chooseFewest, defineManagers, joinPool, newSession } from '../../../e2e/registryClient.ts';
import { skipReasonOf } from '../../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../../e2e/rig/etcdProgram.ts';
import type { RegistryMember } from '../../../shared/model/registryHealth.ts';
import { findGuacd, startLocalGuacd } from '../../manager/localGuacd.ts';
import { createAuthority, issueCertificate, type CertifiedKey } from '../../secrets/certificateAuthority.ts';
import { skipReason } from '../../secrets/testCertificates.ts';
import type { Engine } from '../engine.ts';

import { createEtcdEngine, type EtcdEngineOptions } from './engine.ts';
import type { EtcdIdentity } from './identity.ts';
import { initialisePool } from './initialise.ts';
import { checkEndpoints } from './maintenance.ts';
import { put, record, unwrap, until } from './testEngine.ts';

const etcd = await findEtcd();
const guacd = findGuacd();

const opened: Engine[] = [];
const servers: Server[] = [];
/** Deadlines are short here, so that what never answers doesn't take long to say so. */
function open(
  endpoints: readonly string[],
  identity: EtcdIdentity,
  more?: Partial<EtcdEngineOptions>,
): Engine {
  const engine = createEtcdEngine({
    endpoints,
    identity,
    ...more,
    deadlines: { attemptMs: 300, callMs: 1_500, progressMs: 200, silenceMs: 700, ...more?.deadlines },
  });
  opened.push(engine);
  return engine;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.close()));
  for (const server of servers.splice(0)) server.close();
});

async function listen(server: Server, address = '127.0.0.1'): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

async function checkAll(endpoints: readonly string[], identity: EtcdIdentity): Promise<RegistryMember[]> {
  const members: RegistryMember[] = [];
  for await (const member of checkEndpoints({ endpoints }, identity)) members.push(member);
  return members;
}

/** What a read, a change and the live check say of an endpoint. */
async function failuresOf(endpoint: string, identity: EtcdIdentity) {
  const engine = open([endpoint], identity);
  const startedAt = performance.now();
  const check = async () => (await checkAll([endpoint], identity))[0];
  const [read, change, member] = await Promise.all([
    engine.list('a/'),
    engine.transact({ compare: [], then: [put('a/b', '')] }),
    check(),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  return [read, change, { ok: false, failure: member?.failure } as const].map((result) =>
    result.ok ? 'ok' : result.failure?.code,
  );
}

const thrice = (code: string) => [code, code, code];

describe('what is not etcd', () => {
  it('an HTTP server', async () => {
    const port = await listen(createHttpServer((_request, response) => response.end('hello')));
    expect(await failuresOf(`http://127.0.0.1:${port}`, {})).toEqual(thrice('registry_not_etcd'));
  });

  it('a port that takes connections and says nothing', async () => {
    const port = await listen(createServer(() => {}));
    expect(await failuresOf(`http://127.0.0.1:${port}`, {})).toEqual(thrice('registry_not_etcd'));
  });

  it('a port that hangs up', async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    expect(await failuresOf(`http://127.0.0.1:${port}`, {})).toEqual(thrice('registry_not_etcd'));
    expect(await failuresOf(`https://127.0.0.1:${port}`, {})).toEqual(thrice('registry_not_etcd'));
  });

  it('nobody', async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const urls = [`http://127.0.0.1:${port}`, `http://no-such-name.invalid:${port}`];
    const failures = await Promise.all(urls.map((url) => failuresOf(url, {})));
    expect(failures).toEqual(urls.map(() => thrice('registry_unavailable')));
  });

  it.skipIf(!guacd)(`a real guacd${skipReason(!guacd && 'guacd')}`, async () => {
    if (guacd === undefined) return;
    const folder = await mkdtemp(join(tmpdir(), 'proxima-guacd-'));
    const authority = await createAuthority({ commonName: 'Managers', lifetimeDays: 30 });
    const certificate = await issueCertificate(authority, {
      commonName: 'localhost',
      dnsNames: [],
      ipAddresses: ['127.0.0.1'],
      usage: 'server',
    });
    const running = await startLocalGuacd(guacd, { folder, certificate, log: () => {} });
    try {
      const identity = { authoritiesPem: authority.certificatePem };
      const urls = ['http', 'https'].map((scheme) => `${scheme}://127.0.0.1:${running.port}`);
      const failures = await Promise.all(urls.map((url) => failuresOf(url, identity)));
      expect(failures).toEqual(urls.map(() => thrice('registry_not_etcd')));
    } finally {
      await running.stop();
      await rm(folder, { recursive: true });
    }
  });
});

describe.skipIf(etcd.kind === 'missing')(`an etcd with certificates${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  let endpoint: string;
  let authority: CertifiedKey;
  let foreign: CertifiedKey;
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1, isSecured: true });
    endpoint = cluster.endpoints[0] ?? '';
    if (!cluster.authority) throw new Error('no authority');
    authority = cluster.authority;
    foreign = await createAuthority({ commonName: 'Somebody else', lifetimeDays: 30 });
  });
  afterAll(() => cluster.stop());

  const issue = (by: CertifiedKey, commonName: string, notAfter?: Date) =>
    issueCertificate(by, {
      commonName,
      dnsNames: [],
      ipAddresses: [],
      usage: 'client',
      ...(notAfter && { notBefore: new Date(Date.now() - 86_400_000), notAfter }),
    });

  it('is not trusted where its authority is another, or its certificate is for another name', async () => {
    const { clientCertificate } = await cluster.identityOf('anna');
    const wrongAuthority = { authoritiesPem: foreign.certificatePem, clientCertificate };
    expect(await failuresOf(endpoint, wrongAuthority)).toEqual(thrice('registry_certificate_untrusted'));
    // A forwarder stands for an address that isn't in its certificate.
    const forwarder = createServer((socket) => {
      const member = connect(Number(new URL(endpoint).port), '127.0.0.1');
      for (const each of [socket, member]) each.on('error', () => {});
      socket.pipe(member).pipe(socket);
    });
    const port = await listen(forwarder, '127.0.0.2');
    const wrongName = await failuresOf(`https://127.0.0.2:${port}`, cluster.identity);
    expect(wrongName).toEqual(thrice('registry_certificate_untrusted'));
    const notPem = { authoritiesPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' };
    expect(await failuresOf(endpoint, notPem)).toEqual(thrice('registry_certificate_untrusted'));
  });

  it('refuses a client certificate that is missing, expired, or another authority’s', async () => {
    const authoritiesPem = authority.certificatePem;
    const certificates = [
      undefined,
      await issue(authority, 'anna', new Date(Date.now() - 3_600_000)),
      await issue(foreign, 'anna'),
    ];
    for (const clientCertificate of certificates)
      expect(await failuresOf(endpoint, { authoritiesPem, clientCertificate })).toEqual(
        thrice('registry_client_refused'),
      );
    const [one, other] = [await issue(authority, 'a'), await issue(authority, 'b')];
    const mismatch = { certificatePem: one.certificatePem, privateKeyPem: other.privateKeyPem };
    expect(await failuresOf(endpoint, { authoritiesPem, clientCertificate: mismatch })).toEqual(
      thrice('registry_client_refused'),
    );
  });

  it('is told apart from what speaks no TLS, and the reverse', async () => {
    expect(await failuresOf(endpoint.replace('https', 'http'), cluster.identity)).toEqual(
      thrice('registry_not_etcd'),
    );
    const plain = await listen(createHttpServer((_request, response) => response.end('hello')));
    expect(await failuresOf(`https://127.0.0.1:${plain}`, cluster.identity)).toEqual(
      thrice('registry_not_etcd'),
    );
  });

  it('lets each name do what its role permits, once “registry init” was run', async () => {
    const order = {
      endpoints: cluster.endpoints,
      identity: cluster.identity,
      poolId: 'main',
      users: { gateways: ['gate'], desktops: ['anna', 'berta'], auditors: ['audit'] },
      isDryRun: false,
    };
    const dry = unwrap(await initialisePool({ ...order, isDryRun: true }));
    expect(dry.every(({ state }) => state === 'missing')).toBe(true);
    const first = unwrap(await initialisePool(order));
    expect(first.every(({ state }) => state === 'made')).toBe(true);
    const again = unwrap(await initialisePool(order));
    expect(again.every(({ state }) => state === 'unchanged')).toBe(true);
    const changed = unwrap(
      await initialisePool({ ...order, users: { gateways: [], desktops: [], auditors: ['gate'] } }),
    );
    expect(changed.filter(({ state }) => state !== 'unchanged')).toMatchObject([
      { kind: 'user', name: 'gate', state: 'changed' },
    ]);
    unwrap(await initialisePool(order));

    const poolOptions = { poolId: 'main', slack: 2, leaseSeconds: 10 };
    const may = async (name: string, key: string) => {
      const engine = open(cluster.endpoints, await cluster.identityOf(name));
      const [read, written] = [
        await engine.list(key),
        await engine.transact({ compare: [], then: [put(key, '')] }),
      ];
      const words = [read, written].map((result) => (result.ok ? 'may' : result.failure.code));
      return words.map((word) => (word === 'registry_denied' ? 'may not' : word)).join(', ');
    };
    const pool = 'proxima/v1/main/';
    const table = await Promise.all(
      [
        ['anna', `${pool}i/m/one`],
        ['anna', `${pool}i/a/one`],
        ['anna', `${pool}i/n/anna/1/x`],
        ['anna', `${pool}i/n/berta/1/x`],
        ['anna', `${pool}s/anna/1/x`],
        ['anna', `${pool}s/berta/1/x`],
        ['anna', `${pool}p/anna/1`],
        ['anna', `${pool}i/e/x`],
        ['anna', 'proxima/v1/other/i/a/one'],
        ['gate', `${pool}i/e/x`],
        ['gate', `${pool}s/anna/1/x`],
        ['gate', 'proxima/v1/other/i/a/one'],
        ['audit', `${pool}s/anna/1/x`],
        ['nobody', `${pool}i/a/one`],
      ].map(async ([name = '', key = '']) => [name, key, await may(name, key)].join(' ')),
    );
    expect(table).toEqual([
      `anna ${pool}i/m/one may, may not`,
      `anna ${pool}i/a/one may, may`,
      `anna ${pool}i/n/anna/1/x may, may`,
      `anna ${pool}i/n/berta/1/x may, may not`,
      `anna ${pool}s/anna/1/x may, may`,
      `anna ${pool}s/berta/1/x may not, may not`,
      `anna ${pool}p/anna/1 may, may`,
      `anna ${pool}i/e/x may, may not`,
      'anna proxima/v1/other/i/a/one may not, may not',
      `gate ${pool}i/e/x may, may`,
      `gate ${pool}s/anna/1/x may, may`,
      'gate proxima/v1/other/i/a/one may not, may not',
      `audit ${pool}s/anna/1/x may, may not`,
      `nobody ${pool}i/a/one may not, may not`,
    ]);
    const anna = open(cluster.endpoints, await cluster.identityOf('anna'));
    const heard = record(anna, 'proxima/', 1);
    await until(() => heard.ends.length > 0);
    expect(heard.ends).toMatchObject([{ kind: 'broken', failure: { code: 'registry_denied' } }]);
    const gate = await joinPool(cluster, poolOptions, 'gate');
    await defineManagers(gate, ['one', 'two']);
    const desktop = await joinPool(cluster, poolOptions, 'anna');
    const session = newSession();
    const claimed = unwrap(await desktop.registry.claim(session, chooseFewest(['one', 'two'])));
    expect(claimed?.poolId).toBe('main');
    unwrap(await desktop.registry.update(session.id, { state: 'live' }));
    expect(unwrap(await gate.registry.get(session.id))).toMatchObject({ state: 'live' });
    expect(await desktop.registry.endSession(session.id, 'anna')).toMatchObject({
      ok: false,
      failure: { code: 'registry_denied' },
    });
    unwrap(await gate.registry.endSession(session.id, 'gate'));
    unwrap(await desktop.registry.release(session.id));
    await Promise.all([desktop.close(), gate.close()]);
    const smuggled = await anna.transact({
      compare: [],
      then: [put(`${pool}i/a/one`, ''), put(`${pool}s/berta/1/x`, '')],
    });
    expect(smuggled).toMatchObject({ ok: false, failure: { code: 'registry_denied' } });
  });
});

describe.skipIf(etcd.kind === 'missing')(`an etcd in trouble${skipReasonOf(etcd)}`, () => {
  let cluster: EtcdCluster;
  beforeAll(async () => {
    cluster = await startEtcd({ size: 1, flags: ['--quota-backend-bytes=1048576'] });
  });
  afterAll(() => cluster.stop());

  it('that is paused in mid-call: reads and changes end within the deadline, and work again afterwards', async () => {
    const [node] = cluster.nodes;
    const engine = open(cluster.endpoints, {});
    unwrap(await engine.list('a/'));
    const heard = record(engine, 'a/', 1);
    await until(() => heard.revisions.length > 0);
    node?.pause();
    const startedAt = performance.now();
    const [change, read] = await Promise.all([
      engine.transact({ compare: [], then: [put('a/b', '')] }),
      engine.list('a/'),
    ]);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(change).toMatchObject({ ok: false, failure: { code: 'registry_outcome_unknown' } });
    expect(read).toMatchObject({ ok: false, failure: { code: 'registry_unavailable' } });
    await until(() => heard.ends.length > 0, 5_000);
    expect(heard.ends).toMatchObject([{ kind: 'broken', failure: { code: 'registry_unavailable' } }]);
    node?.resume();
    await sleep(200);
    unwrap(await engine.list('a/'));
  });

  it('that hangs from the beginning: that is not told apart from what is not etcd, until it answers', async () => {
    const [node] = cluster.nodes;
    node?.pause();
    const engine = open(cluster.endpoints, {});
    expect(await engine.list('a/')).toMatchObject({ ok: false, failure: { code: 'registry_not_etcd' } });
    node?.resume();
    unwrap(await engine.list('a/'));
  });

  it('that is killed in mid-call: its watch ends at once, and the next call finds it again', async () => {
    const [node] = cluster.nodes;
    const engine = open(cluster.endpoints, {}, { deadlines: { callMs: 10_000 } });
    const { revision } = unwrap(await engine.transact({ compare: [], then: [put('a/c', '1')] }));
    const heard = record(engine, 'a/', revision + 1);
    await until(() => heard.revisions.length > 0);
    await node?.kill();
    await until(() => heard.ends.length > 0, 1_000);
    const restarted = node?.start();
    expect(unwrap(await engine.list('a/c')).entries).toMatchObject([{ value: '1' }]);
    await restarted;
  });

  it('whose database is full takes no changes, says so, and is named in the check', async () => {
    const engine = open(cluster.endpoints, {});
    let last: Awaited<ReturnType<Engine['transact']>> | undefined;
    // What is written counts once it is flushed, every 100 ms.
    for (let round = 0; round < 100 && (last?.ok ?? true); round += 1) {
      last = await engine.transact({ compare: [], then: [put(`full/${round}`, 'x'.repeat(200_000))] });
      await sleep(25);
    }
    expect(last).toMatchObject({ ok: false, failure: { code: 'registry_quota_full' } });
    expect((await engine.list('a/')).ok).toBe(true);
    expect(await checkAll(cluster.endpoints, {})).toMatchObject([
      { alarms: ['NOSPACE'], role: 'leader', name: 'node-1' },
    ]);
  });
});
