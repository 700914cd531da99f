import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostsOf } from '../../e2e/rig/hosts.ts';
import { startRig, type Rig } from '../../e2e/rig/rig.ts';
import type { TunnelWire } from '../broker/ports.ts';
import { createChannelOpener } from '../guacd/line.ts';
import { issueTestCertificates, type TestCertificates } from '../secrets/testPairs.ts';
import {
  createTestLog,
  isWithoutServers,
  loopbackPolicy,
  openGateOverGuacd,
  whyWithoutServers,
  type TestGate,
} from './testGate.ts';

let rig: Rig;
let certificates: TestCertificates;
let gate: TestGate;
beforeAll(async () => {
  [rig, certificates] = await Promise.all([
    startRig({ parts: ['ssh', 'telnet', 'vnc', 'rdp', 'rdpNla'] }),
    issueTestCertificates(),
  ]);
  gate = await openGateOverGuacd({
    log: createTestLog(),
    tls: { ...certificates.server, clientAuthoritiesPem: certificates.authorityPem, revoked: new Set() },
    policy: loopbackPolicy({ arguments: { 'ignore-cert': { rule: 'allow' } } }),
  });
}, 120_000);
afterAll(async () => {
  await gate.closeAll();
  await rig.stop();
});

const display = { width: 800, height: 600, dpi: 96 };

/** A tunnel that counts what comes. */
function createCounter(): { readonly wire: TunnelWire; readonly bytes: () => number } {
  let bytes = 0;
  let onClose: () => void = () => undefined;
  const wire: TunnelWire = {
    send(piece, done) {
      bytes += piece.length;
      setImmediate(done);
    },
    onMessage: () => undefined,
    onClose: (listener) => void (onClose = listener),
    close: () => onClose(),
  };
  return { wire, bytes: () => bytes };
}

const hosts = ['SSH shell', 'SSH by key', 'Telnet shell', 'VNC desktop', 'RDP desktop', 'RDP with NLA'];

describe.skipIf(isWithoutServers)(`through the gate with mutual TLS${whyWithoutServers}`, () => {
  it.each(hosts)(
    'a broker opens “%s”, and gets its picture twice',
    async (name) => {
      const host = hostsOf(rig).find(({ draft }) => draft.name === name);
      if (!host) throw new Error('no such host');
      const { protocol, address, port, username, settings } = host.draft;
      const opened = await createChannelOpener({ clientCertificateOf: () => certificates.client }).open(
        {
          manager: {
            id: 'gate',
            name: 'gate',
            address: '127.0.0.1',
            port: gate.port,
            weight: 1,
            sessionLimit: null,
            intent: 'enabled',
          },
          trust: { kind: 'authorities', certificatesPem: certificates.authorityPem },
          protocol,
          parameters: {
            ...settings,
            hostname: address,
            port: String(port),
            username,
            password: host.secret.password ?? '',
            'private-key': host.secret.privateKey ?? '',
          },
          display,
        },
        AbortSignal.timeout(20_000),
      );
      expect(opened).toMatchObject({ ok: true, value: { security: 'secured' } });
      if (!opened.ok) return;
      const line = opened.value;
      // The first window, and one that comes later and joins.
      for (const { wire, bytes } of [createCounter(), createCounter()]) {
        expect(await line.attach(wire)).toMatchObject({ ok: true });
        await expect.poll(bytes, { timeout: 10_000 }).toBeGreaterThan(500);
      }
      expect(gate.load()).toMatchObject({ active: 1, held: 0 });
      line.close();
      await line.ended;
      await expect.poll(() => gate.load()).toMatchObject({ active: 0, held: 0, pending: 0 });
    },
    40_000,
  );
});
