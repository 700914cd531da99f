import { randomUUID } from 'node:crypto';
// Only tests import this file, and they may use what the farm may not.
// oxlint-disable-next-line no-restricted-imports
import { createTestAccess } from '../access/testAccess.ts';
// oxlint-disable-next-line no-restricted-imports
import type { SignInDocument } from '../access/signIns.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { createDrain } from '../gateway/drain.ts';
import { certificate, startTestGateway, type TestGatewayOptions } from '../gateway/testGateway.ts';
// oxlint-disable-next-line no-restricted-imports
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import { createFarmDoor } from './farmDoor.ts';
import { createNodeDirectory } from './nodeDirectory.ts';
import type { NodeDocument, NodeOrder } from './nodeDocument.ts';
import { createRelay, type RelayTimings } from './relay.ts';
import { createRelayPasses } from './relayPass.ts';

export const publicName = 'farm.example';

/** What all nodes of a test share. */
export function createTestFarm() {
  return {
    nodes: createMemoryCollection<NodeDocument>(),
    orders: createMemoryCollection<NodeOrder>(),
    signIns: createMemoryCollection<SignInDocument>(),
  };
}

export type TestFarm = ReturnType<typeof createTestFarm>;

const authority = await createAuthority({ commonName: 'Test authority', lifetimeDays: 1 });
export const issueForNode = () =>
  issueCertificate(authority, {
    commonName: 'node',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });

export interface TestNodeOptions extends TestGatewayOptions {
  readonly keyMaterial?: string;
  readonly timings?: RelayTimings;
}

/** A real gateway on loopback that is a node of the farm. */
export async function startTestNode(farm: TestFarm, route: string, options: TestNodeOptions = {}) {
  const { keyMaterial = 'the key of this farm', timings, ...gatewayOptions } = options;
  const drain = createDrain();
  const { access } = createTestAccess({ signIns: farm.signIns, route });
  const log = { info: () => undefined, warn: () => undefined };
  const directory = createNodeDirectory({
    nodes: farm.nodes,
    orders: farm.orders,
    own: { route, instance: randomUUID(), software: '0.0.0', startedAt: 0 },
    onOrder: () => drain.begin(),
    log,
    now: Date.now,
  });
  drain.onDrain(() => directory.noteDraining());
  const passes = createRelayPasses(keyMaterial, route, Date.now);
  const relay = createRelay(passes, timings);
  directory.onChange(() => relay.cut((node) => !directory.isThere(node.route, node.instance)));
  const door = createFarmDoor({
    directory,
    relay,
    passes,
    isSignedIn: async (secret, peer) => (await access.fetchCaller(secret, peer.address)) !== undefined,
    isDraining: drain.isDraining,
    log,
  });
  const test = await startTestGateway({
    access,
    route,
    drain,
    farm: door,
    publicAuthorities: [publicName],
    ...gatewayOptions,
  });
  const { port } = test.gateway;
  const address = `https://127.0.0.1:${port}`;
  await directory.announce({
    address,
    certificatePem: certificate.certificatePem,
    load: () => ({ people: 0, sessions: 0 }),
  });
  return {
    ...test,
    route,
    drain,
    directory,
    /** As it signs in whom a test says; a `Cookie` header that ends in this node's route. */
    async signInAs(personId: string): Promise<string> {
      const started = await access.signIns.start({
        personId,
        isOwner: true,
        providerId: 'local',
        identity: { name: personId, displayName: personId, groups: [], roles: [] },
        usedSecondFactor: false,
        route,
      });
      if (!started.ok) throw new Error(started.failure.code);
      return `__Host-proxima=${started.value.secret}.${route}`;
    },
    /** As if it had been killed: nobody takes its document away. */
    async kill(): Promise<void> {
      await test.gateway.close();
    },
    async stop(): Promise<void> {
      await test.gateway.close();
      await directory.close();
      await access.close();
    },
  };
}
