import { describe } from 'vitest';
import { etcdSkipReason, findEtcd } from '../../../e2e/rig/etcdProgram.ts';
import { startCluster } from '../../../e2e/rig/etcdConformance.ts';
import { registryConformance } from '../registry.conformance.ts';

const etcd = await findEtcd();

describe.skipIf(etcd.kind === 'missing')(`one etcd server${etcdSkipReason(etcd)}`, () => {
  registryConformance('etcd ×1', () => startCluster(1));
});
