import { describe } from 'vitest';
import { etcdSkipReason, findEtcd } from '../../../e2e/rig/etcdProgram.ts';
import { startCluster } from '../../../e2e/rig/etcdConformance.ts';
import { registryConformance } from '../registry.conformance.ts';

const etcd = await findEtcd();

describe.skipIf(etcd.kind === 'missing')(`three etcd servers${etcdSkipReason(etcd)}`, () => {
  registryConformance('etcd ×3', () => startCluster(3));
});
