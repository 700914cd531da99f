import { type Result, succeed } from '../../shared/contract/failure.ts';
import { systemClock } from '../registry/clock.ts';
import type { Clock, Engine } from '../registry/engine.ts';
import { keyOfDocument } from './documentMirror.ts';
import { prefixOfCollection } from './etcdCollection.ts';
import { writeGuarded } from './guardedWrite.ts';

/** The document that says where a chain stands, and when it was last written (0: never). */
export interface ChainHead {
  readonly text: string | undefined;
  readonly revision: number;
}

/** What an append writes: an entry of its own, and the new head. */
export interface ChainLink {
  readonly id: string;
  readonly text: string;
  readonly head: string;
}

/** Entries that several nodes append one after the other: each appends on top of the head that it read, or not at all. */
export interface SharedChain {
  head(): Promise<Result<ChainHead>>;
  /** `overtaken` where the head isn't `on` any more, or there is an entry of that id; with the head as it is. Never appends twice. */
  append(
    on: ChainHead,
    link: ChainLink,
  ): Promise<Result<{ readonly kind: 'appended' | 'overtaken'; readonly head: ChainHead }>>;
  /** The entries in the order of their ids, and the head as it was before they were read. */
  read(): Promise<Result<{ readonly head: ChainHead; readonly entries: readonly string[] }>>;
}

/** A chain in etcd: entries below `<name>/`, the head beside them. Failures are the registry's. */
export function createSharedChain(
  engine: Engine,
  poolId: string,
  name: string,
  clock: Clock = systemClock,
): SharedChain {
  const prefix = prefixOfCollection(poolId, name);
  const headKey = `${prefix.slice(0, -1)}-head`;

  async function head(): Promise<Result<ChainHead>> {
    const read = await engine.transact({ compare: [], then: [{ kind: 'get', key: headKey }] });
    if (!read.ok) return read;
    const entry = read.value.read[0]?.[0];
    return succeed({ text: entry?.value, revision: entry?.modRevision ?? 0 });
  }

  return {
    head,
    async append(on, { id, text, head: headText }) {
      const written = await writeGuarded(engine, clock, [
        { key: headKey, text: headText, modRevision: on.revision },
        { key: keyOfDocument(prefix, id), text, modRevision: 0 },
      ]);
      if (!written.ok) return written;
      if (written.value.kind === 'done')
        return succeed({ kind: 'appended', head: { text: headText, revision: written.value.revision } });
      const { found, mayBeDone } = written.value;
      const [headFound, entryFound] = found;
      // The answer was lost, and another node has appended on top since.
      const isOurs = mayBeDone && entryFound?.value === text;
      return succeed({
        kind: isOurs ? 'appended' : 'overtaken',
        head: { text: headFound?.value, revision: headFound?.modRevision ?? 0 },
      });
    },
    async read() {
      const read = await head();
      if (!read.ok) return read;
      const listed = await engine.list(prefix);
      if (!listed.ok) return listed;
      return succeed({ head: read.value, entries: listed.value.entries.map(({ value }) => value) });
    },
  };
}
