import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SessionManager } from '../../shared/model/sessionManager.ts';
import type { Trust } from '../../shared/model/proximityGroup.ts';
import type { CertificateStore } from '../broker/ports.ts';
import { findGuacd, startLocalGuacd, type LocalGuacd } from '../manager/localGuacd.ts';
import {
  createTrio,
  openTestStore,
  removeFolders,
  skipReason,
  unpackBundle,
  unwrap,
} from '../secrets/testCertificates.ts';
import { openChannel } from './channel.ts';
import { actAsGuacd, startFakeManager, type FakeManager } from './fakeManager.ts';
import { createChannelOpener } from './line.ts';
import { probeManager } from './probe.ts';
import type { IsRevoked } from './security.ts';
import { connectToManager } from './socket.ts';
import { defaultTimings } from './timings.ts';

const guacd = findGuacd();
const signal = new AbortController().signal;
const display = { width: 800, height: 600, dpi: 96 };

/** A store with a server certificate, and what its machine would be given. */
async function prepare(now = Date.now) {
  const { store } = await openTestStore({ now });
  const serials = await createTrio(store);
  const folder = await unpackBundle(store, serials.server);
  const [certificatePem, privateKeyPem] = await Promise.all(
    ['certificate.pem', 'key.pem'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return {
    store,
    ...serials,
    certified: { certificatePem: certificatePem ?? '', privateKeyPem: privateKeyPem ?? '' },
    trust: trusting(store, serials.authority),
  };
}

const pemOf = (store: CertificateStore, serial: string) =>
  store.list().find((certificate) => certificate.serial === serial)?.certificatePem ?? '';
const trusting = (store: CertificateStore, authority: string): Trust => ({
  kind: 'authorities',
  certificatesPem: pemOf(store, authority),
});
const at = (port: number) => ({ address: '127.0.0.1', port, serverName: 'manager.test' });

afterAll(removeFolders);

describe('a revoked certificate', () => {
  let prepared: Awaited<ReturnType<typeof prepare>>;
  let manager: FakeManager;
  beforeEach(async () => {
    prepared = await prepare();
    const { certificatePem, privateKeyPem } = prepared.certified;
    manager = await startFakeManager(actAsGuacd(), { cert: certificatePem, key: privateKeyPem });
  });
  afterEach(() => manager.close());

  const isRevoked: IsRevoked = (serial) => prepared.store.isRevoked(serial);

  async function attempt(trust: Trust = prepared.trust, judge: IsRevoked = isRevoked) {
    const target = { manager: at(manager.port), trust, isRevoked: judge };
    const connected = await connectToManager(target, signal);
    if (!connected.ok) return connected.failure;
    connected.value.close();
    await connected.value.closed;
    return connected.value.security;
  }

  it('is refused from that moment on, with its own code and serial', async () => {
    expect(await attempt()).toBe('secured');
    unwrap(await prepared.store.revoke(prepared.server, 'anna'));
    expect(await attempt()).toEqual({
      code: 'manager_certificate_revoked',
      detail: `serial ${prepared.server}`,
    });
    expect(await attempt(prepared.trust, () => false)).toBe('secured');
  });

  it('is refused where its authority is the revoked one, which the server does not send', async () => {
    unwrap(await prepared.store.revoke(prepared.authority, 'anna'));
    expect(await attempt()).toEqual({
      code: 'manager_certificate_revoked',
      detail: `serial ${prepared.authority}`,
    });
  });

  it('is refused by pins and without verification, too', async () => {
    const { store, server } = prepared;
    const pin = store.list().find(({ serial }) => serial === server)?.pin ?? '';
    expect(await attempt({ kind: 'pins', pins: [pin] })).toBe('secured');
    unwrap(await store.revoke(server, 'anna'));
    const trusts: Trust[] = [{ kind: 'pins', pins: [pin] }, { kind: 'unverified' }];
    for (const trust of trusts)
      expect(await attempt(trust)).toMatchObject({ code: 'manager_certificate_revoked' });
  });

  it("is asked for by serials in lower case, its own first and its authority's last", async () => {
    const asked: string[] = [];
    await attempt(prepared.trust, (serial) => asked.push(serial) < 0);
    expect(asked).toEqual([prepared.server, prepared.authority]);
  });

  it('stops the probe and the opening of a session', async () => {
    unwrap(await prepared.store.revoke(prepared.server, 'anna'));
    const { trust } = prepared;
    const refused = { ok: false, failure: { code: 'manager_certificate_revoked' } };
    expect(await probeManager({ manager: at(manager.port), trust, isRevoked }, signal)).toMatchObject(
      refused,
    );
    const sessionManager: SessionManager = {
      ...at(manager.port),
      id: 'm',
      name: 'M',
      weight: 1,
      sessionLimit: null,
      intent: 'enabled',
    };
    const request = { manager: sessionManager, trust, protocol: 'ssh', parameters: {}, display } as const;
    expect(await createChannelOpener({ isRevoked }).open(request, signal)).toMatchObject(refused);
    expect(manager.peers.flatMap(({ received }) => received)).toEqual([]);
  });

  it('does not stop other trust: plain has no certificate', async () => {
    const plain = await startFakeManager(actAsGuacd());
    const target = { manager: at(plain.port), trust: { kind: 'plain' } as const, isRevoked: () => true };
    expect(await probeManager(target, signal)).toMatchObject({ ok: true });
    await plain.close();
  });
});

describe.skipIf(!guacd)(`certificates of the app on a real guacd${skipReason(!guacd && 'guacd')}`, () => {
  let prepared: Awaited<ReturnType<typeof prepare>>;
  let places: string[] = [];
  let running: LocalGuacd[] = [];
  beforeAll(async () => {
    prepared = await prepare();
  });
  afterEach(async () => {
    await Promise.all(running.map((each) => each.stop()));
    running = [];
    for (const place of places) await rm(place, { recursive: true, force: true });
    places = [];
  });

  async function start(certificate: { certificatePem: string; privateKeyPem: string }): Promise<number> {
    const folder = await mkdtemp(join(tmpdir(), 'proxima-revocation-'));
    places.push(folder);
    const started = await startLocalGuacd(guacd ?? '', { folder, certificate, log: () => {} });
    running.push(started);
    return started.port;
  }

  const target = (port: number, trust = prepared.trust) => ({
    manager: at(port),
    trust,
    isRevoked: (serial: string) => prepared.store.isRevoked(serial),
  });
  const askCode = async (port: number, trust?: Trust) => {
    const answer = await probeManager(target(port, trust), signal);
    return answer.ok ? answer.value.security : answer.failure.code;
  };

  it('carry a verified session, and are refused when foreign, expired or revoked', async () => {
    const { store, authority, server, certified } = prepared;
    const port = await start(certified);
    const channel = unwrap(
      await openChannel(
        target(port),
        { select: 'ssh', parameters: { hostname: '127.0.0.1', port: '1' }, display, userName: 'test' },
        signal,
        defaultTimings,
      ),
    );
    expect(channel.socket.security).toBe('secured');
    expect(channel.connectionId).toMatch(/^\$/);
    channel.socket.close();
    await channel.socket.closed;

    const foreign = await prepare();
    expect(await askCode(port, foreign.trust)).toBe('manager_certificate_untrusted');

    const expired = await prepare(() => Date.now() - 40 * 86_400_000);
    expect(await askCode(await start(expired.certified), expired.trust)).toBe('manager_certificate_expired');

    expect(await askCode(port)).toBe('secured');
    unwrap(await store.revoke(server, 'anna'));
    expect(await askCode(port)).toBe('manager_certificate_revoked');
    expect(store.isRevoked(authority)).toBe(false);
  });
});
