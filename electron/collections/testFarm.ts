import type { z } from 'zod';
import { systemClock } from '../registry/clock.ts';
import { createFaultyEngine, type FaultyEngine } from '../registry/faultyEngine.ts';
import { createMemoryEngine } from '../registry/memoryEngine.ts';
import { valueOf } from './collection.conformance.ts';
import { type EtcdCollection, openEtcdCollection, prefixOfCollection } from './etcdCollection.ts';
import { createSharedChain, type SharedChain } from './sharedChain.ts';

/** One node of a farm whose etcd is in this process, and can be made to fail for it. For tests. */
export interface TestNode {
  readonly faults: FaultyEngine;
  open<T>(name: string, schema: z.ZodType<T>): Promise<EtcdCollection<T>>;
  chain(): SharedChain;
}

export interface TestFarm {
  join(): TestNode;
  /** Past all nodes: what somebody does who may write in etcd. */
  meddle(key: string, value: string | undefined): Promise<void>;
  list(prefix: string): Promise<readonly { readonly key: string; readonly value: string }[]>;
}

const poolId = 'test';

export function createTestFarm(): TestFarm {
  const engine = createMemoryEngine({ clock: systemClock });
  const log = { info: () => undefined, warn: () => undefined };
  const keyOf = (key: string) => prefixOfCollection(poolId, key).slice(0, -1);
  return {
    join() {
      const faults = createFaultyEngine(engine);
      return {
        faults,
        open: async (name, schema) =>
          valueOf(
            await openEtcdCollection({
              engine: faults,
              prefix: prefixOfCollection(poolId, name),
              schema,
              log,
            }),
          ),
        chain: () => createSharedChain(faults, poolId, 'audit'),
      };
    },
    async meddle(name, value) {
      const key = keyOf(name);
      const operation =
        value === undefined ? ({ kind: 'delete', key } as const) : ({ kind: 'put', key, value } as const);
      valueOf(await engine.transact({ compare: [], then: [operation] }));
    },
    list: async (name) => valueOf(await engine.list(keyOf(name))).entries,
  };
}
