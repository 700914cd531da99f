import { test as base } from 'playwright/test';
import {
  type GatewayOptions,
  type GatewayProcess,
  sampleManager,
  settingsFor,
  startGateway,
} from './gateway.ts';
import { hostsOf } from './rig/hosts.ts';
import { type Rig, startRig } from './rig/rig.ts';

interface TestFixtures {
  /** Starts a gateway whose Default group has the rig's two TLS managers, unless told otherwise; ended with the test. */
  readonly launch: (options?: GatewayOptions) => Promise<GatewayProcess>;
}

interface WorkerFixtures {
  readonly rig: Rig;
}

/** Settings with the rig's `guacd-a` and `guacd-b` in the Default group. */
export function settingsOf({ guacd, authority }: Rig) {
  return settingsFor([sampleManager('guacd-a', guacd.tlsA.port), sampleManager('guacd-b', guacd.tlsB.port)], {
    kind: 'authorities',
    certificatesPem: authority.certificatePem,
  });
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  rig: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures from the pattern
    async ({}, use) => {
      const rig = await startRig();
      await use(rig);
      await rig.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  launch: async ({ rig }, use) => {
    const gateways: GatewayProcess[] = [];
    await use(async (options) => {
      const gateway = await startGateway({ settings: settingsOf(rig), hosts: hostsOf(rig), ...options });
      gateways.push(gateway);
      return gateway;
    });
    await Promise.all(gateways.map((gateway) => gateway.dispose()));
    // A test may have stopped, killed or paused them.
    for (const guacd of [rig.guacd.tlsA, rig.guacd.tlsB, rig.guacd.plain]) {
      if (guacd.isRunning()) guacd.resume();
      await guacd.start();
    }
  },
});
