import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { type Result, succeed } from '../shared/contract/failure.ts';
import { createSealer } from './access/sealer.ts';
import type { GatewayAccess } from './access/access.ts';
import type { FarmHandlerPorts } from './broker/farmHandlers.ts';
import type { SessionBook } from './broker/sessionBook.ts';
import type { Sessions } from './broker/sessions.ts';
import type { Collection } from './collections/collection.ts';
import { openEtcdCollection, prefixOfCollection } from './collections/etcdCollection.ts';
import { openFileCollection } from './collections/fileCollection.ts';
import { createMemoryCollection } from './collections/memoryCollection.ts';
import { createFarmDoor } from './farm/farmDoor.ts';
import { type HeldSession, heldSessionSchema } from './farm/heldSession.ts';
import { createNodeDirectory, type NodePlace } from './farm/nodeDirectory.ts';
import {
  type NodeDocument,
  nodeDocumentSchema,
  type NodeOrder,
  nodeOrderSchema,
} from './farm/nodeDocument.ts';
import { createRelay } from './farm/relay.ts';
import { createRelayPasses } from './farm/relayPass.ts';
import { holdSessions } from './farm/sessionHolder.ts';
import { createTakeover, type TakeoverPorts } from './farm/takeover.ts';
import type { Drain } from './gateway/drain.ts';
import type { FarmDoor } from './gateway/farmDoor.ts';
import type { LineJoiner } from './guacd/line.ts';
import type { Engine } from './registry/engine.ts';

/** What the nodes of a farm tell each other. */
export interface FarmCollections {
  readonly nodes: Collection<NodeDocument>;
  readonly orders: Collection<NodeOrder>;
  readonly held: Collection<HeldSession>;
  close(): Promise<void>;
}

/** A node that is silent for so long is gone; one that is dead on a machine that lives is found out at the first request. */
const nodeLeaseSeconds = 6;

/** Fails with the registry's failures. */
export async function openFarmCollections({
  engine,
  poolId,
  log,
}: {
  readonly engine: Engine;
  readonly poolId: string;
  readonly log: Logger;
}): Promise<Result<FarmCollections>> {
  const open = <T>(name: string, schema: z.ZodType<T>, lease?: { readonly leaseSeconds: number }) =>
    openEtcdCollection({ engine, prefix: prefixOfCollection(poolId, name), schema, log, ...lease });
  const [nodes, orders, held] = await Promise.all([
    open('nodes', nodeDocumentSchema, { leaseSeconds: nodeLeaseSeconds }),
    open('node-orders', nodeOrderSchema),
    open('held-sessions', heldSessionSchema),
  ]);
  const close = async () => {
    for (const collection of [nodes, orders, held]) if (collection.ok) await collection.value.close();
  };
  for (const collection of [nodes, orders, held])
    if (!collection.ok) {
      await close();
      return collection;
    }
  if (!nodes.ok) return nodes;
  if (!orders.ok) return orders;
  if (!held.ok) return held;
  return succeed({ nodes: nodes.value, orders: orders.value, held: held.value, close });
}

/**
 * A farm of one. What it holds is in its data folder, so that its next start can take up what a crash left on a manager; an orderly
 * end leaves nothing. Fails as the data folder does.
 */
export async function openSoleCollections({
  folder,
  log,
}: {
  readonly folder: string;
  readonly log: Logger;
}): Promise<Result<FarmCollections>> {
  const opened = await openFileCollection({
    folder,
    name: 'held-sessions',
    title: 'sessions that managers hold',
    schema: heldSessionSchema,
    log,
  });
  if (!opened.ok) return opened;
  const held = opened.value.collection;
  return succeed({
    nodes: createMemoryCollection<NodeDocument>(),
    orders: createMemoryCollection<NodeOrder>(),
    held,
    async close() {
      await held.removeAll([...held.all().keys()]);
      await held.close();
    },
  });
}

export interface FarmOptions extends Pick<TakeoverPorts, 'hosts' | 'topology' | 'rights'> {
  readonly collections: FarmCollections;
  readonly route: string;
  readonly software: string;
  /** At least 16 bytes, the same on every node. */
  readonly keyMaterial: string | Uint8Array;
  readonly access: Pick<GatewayAccess, 'fetchCaller'>;
  readonly book: SessionBook;
  readonly sessions: Pick<Sessions, 'open' | 'adopt' | 'close'>;
  readonly joiner: LineJoiner;
  readonly drain: Drain;
  readonly log: Logger;
  readonly now: () => number;
}

/** This gateway as a node of its farm. */
export interface Farm extends Pick<FarmHandlerPorts, 'directory' | 'takeover'> {
  readonly door: FarmDoor;
  /** It listens: from now on the others know of it. */
  announce(place: NodePlace): Promise<Result<void>>;
  /** Before its sessions end: others can take them up. */
  close(): Promise<void>;
}

const purpose = 'connection id';

export function createFarm(options: FarmOptions): Farm {
  const { collections, route, keyMaterial, book, sessions, drain, log, now } = options;
  const directory = createNodeDirectory({
    nodes: collections.nodes,
    orders: collections.orders,
    own: { route, instance: randomUUID(), software: options.software, startedAt: now() },
    onOrder: ({ who }) => {
      log.info({ who }, 'This node drains by an order');
      drain.begin();
    },
    log,
    now,
  });
  const stopListening = [drain.onDrain(() => directory.noteDraining())];
  const passes = createRelayPasses(keyMaterial, route, now);
  const relay = createRelay(passes);
  stopListening.push(
    directory.onChange(() => relay.cut((node) => !directory.isThere(node.route, node.instance))),
  );
  const sealer = createSealer(keyMaterial);
  const held = collections.held;
  const holder = holdSessions({
    held,
    book,
    directory,
    sealConnectionId: (sessionId, connectionId) => sealer.seal(`${purpose} ${sessionId}`, connectionId),
    endTaken(sessionId) {
      const entry = book.find(sessionId);
      if (!entry) return;
      entry.isMoving = true;
      sessions.close(sessionId);
    },
    now,
  });
  const takeover = createTakeover({
    ...options,
    held,
    directory,
    joinLine: (line, signal) => options.joiner.join(line, signal),
    openConnectionId: (sessionId, sealed) => sealer.open(`${purpose} ${sessionId}`, sealed),
  });
  const door = createFarmDoor({
    directory,
    relay,
    passes,
    isSignedIn: async (secret, peer) =>
      (await options.access.fetchCaller(secret, peer.address)) !== undefined,
    isDraining: drain.isDraining,
    log,
  });
  return {
    directory,
    takeover,
    door,
    announce: (place) => directory.announce(place),
    async close() {
      for (const stop of stopListening) stop();
      await holder.close();
      await directory.close();
      await collections.close();
    },
  };
}
