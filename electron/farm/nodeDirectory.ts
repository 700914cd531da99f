import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { FarmNode } from '../../shared/model/farm.ts';
import type { Collection } from '../collections/collection.ts';
import type { NodeDocument, NodeOrder } from './nodeDocument.ts';

export interface NodeDirectoryOptions {
  /** By route; those of dead nodes go by themselves. */
  readonly nodes: Collection<NodeDocument>;
  readonly orders: Collection<NodeOrder>;
  readonly own: Pick<NodeDocument, 'route' | 'instance' | 'software' | 'startedAt'>;
  /** The node is to drain, by an administrator's order. */
  readonly onOrder: (order: NodeOrder) => void;
  readonly log: { warn(fields: object, message: string): void };
  readonly now: () => number;
}

/** The nodes of the farm, as far as this one has heard. */
export interface NodeDirectory {
  readonly ownRoute: string;
  readonly ownInstance: string;
  nodes(): FarmNode[];
  /** Another node that is there, as far as is known; also one that drains. */
  find(route: string): NodeDocument | undefined;
  isThere(route: string, instance: string): boolean;
  /** Others that take people. */
  takers(): NodeDocument[];
  /** It didn't answer: it isn't asked again for a while, though its lease may still run. */
  noteSilent(node: NodeDocument): void;
  /** It listens: from now on the others know of it. Fails as the collection does. */
  announce(place: NodePlace): Promise<Result<void>>;
  noteDraining(): void;
  drain(route: string, who: string): Promise<Result<void>>;
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Where others reach it, and what it shows there. */
export interface NodePlace extends Pick<NodeDocument, 'address' | 'certificatePem'> {
  /** Asked every few seconds. */
  readonly load: () => Pick<NodeDocument, 'people' | 'sessions'>;
}

const tellIntervalMs = 2_000;
/** Longer than a lease lasts: a node that is dead is gone from the directory by then. */
const silenceMs = 15_000;

/** Knows the others; puts this node among them once it is announced, and keeps it there until it is closed. */
export function createNodeDirectory(options: NodeDirectoryOptions): NodeDirectory {
  const { nodes, orders, own, log, now } = options;
  const listeners = new Set<() => void>();
  /** By route: which run of it, and until when. */
  const silent = new Map<string, { readonly instance: string; readonly until: number }>();
  let place: NodePlace | undefined;
  let isDraining = false;
  let isClosed = false;
  let told = '';
  let telling: Promise<unknown> = Promise.resolve();

  const describe = ({ load, ...reached }: NodePlace): NodeDocument => ({
    version: 1,
    ...own,
    ...reached,
    isDraining,
    ...load(),
  });

  async function tell(): Promise<Result<void>> {
    if (!place || isClosed) return succeed(undefined);
    const document = describe(place);
    const text = JSON.stringify(document);
    if (text === told) return succeed(undefined);
    const put = await nodes.putAll(new Map([[own.route, document]]));
    if (put.ok) told = text;
    return put;
  }
  function tellSoon(): void {
    telling = telling.then(tell).catch(() => undefined);
  }

  function isSilent({ route, instance }: NodeDocument): boolean {
    const since = silent.get(route);
    return since !== undefined && since.instance === instance && since.until > now();
  }

  const others = () =>
    [...nodes.all().values()].filter((node) => node.route !== own.route && !isSilent(node));

  function obey(): void {
    const order = orders.all().get(own.route);
    if (order?.instance === own.instance && !isDraining) options.onOrder(order);
  }

  const announce = () => {
    const there = nodes.all().get(own.route);
    if (there && there.instance !== own.instance)
      log.warn({ route: own.route }, 'Another node has the same route; each needs its own');
    for (const listener of listeners) listener();
  };
  const stopListening = [nodes.onChange(announce), orders.onChange(obey)];
  const timer = setInterval(tellSoon, tellIntervalMs);
  timer.unref();

  return {
    ownRoute: own.route,
    ownInstance: own.instance,
    nodes: () => {
      const all = new Map(nodes.all());
      if (place) all.set(own.route, describe(place));
      return [...all.values()]
        .map(({ route, software, address, startedAt, isDraining: drains, people, sessions }) => ({
          route,
          version: software,
          address,
          startedAt,
          isDraining: drains,
          isOwn: route === own.route,
          people,
          sessions,
        }))
        .sort((left, right) => left.route.localeCompare(right.route));
    },
    find: (route) => others().find((node) => node.route === route),
    isThere: (route, instance) =>
      (route === own.route && instance === own.instance) ||
      others().some((node) => node.route === route && node.instance === instance),
    takers: () => others().filter((node) => !node.isDraining),
    noteSilent({ route, instance }) {
      silent.set(route, { instance, until: now() + silenceMs });
      for (const listener of listeners) listener();
    },
    announce(known) {
      place = known;
      return tell();
    },
    noteDraining() {
      isDraining = true;
      tellSoon();
    },
    async drain(route, who) {
      const node = nodes.all().get(route);
      const instance = route === own.route ? own.instance : node?.instance;
      if (instance === undefined) return fail('input_invalid', 'there is no such node');
      return orders.putAll(new Map([[route, { version: 1, instance, what: 'drain', who, at: now() }]]));
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      for (const stop of stopListening) stop();
      await telling;
      if (nodes.all().get(own.route)?.instance === own.instance) await nodes.removeAll([own.route]);
      if (orders.all().get(own.route)?.instance === own.instance) await orders.removeAll([own.route]);
    },
  };
}
