import { describe } from 'vitest';
import { skipReasonOf } from '../../../e2e/rig/debianProgram.ts';
import { findEtcd } from '../../../e2e/rig/etcdProgram.ts';
import { startCluster } from '../../../e2e/rig/etcdConformance.ts';
import { registryConformance } from '../registry.conformance.ts';

const etcd = await findEtcd();

describe.skipIf(etcd.kind === 'missing')(`one etcd server${skipReasonOf(etcd)}`, () => {
  registryConformance('etcd ×1', () => startCluster(1));
});
