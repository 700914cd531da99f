import { type Result, succeed } from '../../shared/contract/failure.ts';
import type { Clock, Engine, KeyValue, Operation } from '../registry/engine.ts';
import { pause } from '../registry/clock.ts';

/** What a key is to hold, `undefined` for nothing, where it was last written at `modRevision` (0: it isn't there). */
export interface Write {
  readonly key: string;
  readonly text: string | undefined;
  readonly modRevision: number;
}

export type Written =
  | { readonly kind: 'done'; readonly revision: number }
  | {
      /** Somebody else was faster. In the order of the writes, what is there instead. */
      readonly kind: 'conflict';
      readonly found: readonly (KeyValue | undefined)[];
      readonly revision: number;
      /** It may have been done and overtaken since: the engine answered too late to tell. */
      readonly mayBeDone: boolean;
    };

/** A change whose fate isn't known is looked for this often. */
const looks = 4;
const firstPauseMs = 50;

/**
 * All of the writes in one transaction, where nobody wrote any of the keys since; a write that arrives late does nothing then. Where the
 * engine doesn't know what became of it, what is there tells; only where that can't be asked does it fail with
 * `registry_outcome_unknown`.
 */
export async function writeGuarded(
  engine: Pick<Engine, 'transact'>,
  clock: Clock,
  writes: readonly Write[],
  leaseId?: string,
): Promise<Result<Written>> {
  const compare = writes.map(
    ({ key, modRevision: value }) => ({ key, target: 'mod', is: '=', value }) as const,
  );
  const then = writes.flatMap((write) => operationOf(write, leaseId));
  const gets = writes.map(({ key }) => ({ kind: 'get', key }) as const);
  for (let look = 1; ; look += 1) {
    const outcome = await engine.transact({ compare, then, otherwise: gets });
    if (outcome.ok) {
      const { succeeded, revision, read } = outcome.value;
      if (succeeded) return succeed({ kind: 'done', revision });
      const found = read.map(([entry]) => entry);
      // Of a try before this one it isn't known whether it was this that changed them.
      if (look > 1 && isAsWanted(writes, found))
        return succeed({ kind: 'done', revision: newest(found, revision) });
      return succeed({ kind: 'conflict', found, revision, mayBeDone: look > 1 });
    }
    if (outcome.failure.code !== 'registry_outcome_unknown' || look === looks) return outcome;
    await pause(clock, firstPauseMs * 2 ** look);
  }
}

function operationOf({ key, text, modRevision }: Write, leaseId?: string): Operation[] {
  if (text === undefined) return modRevision === 0 ? [] : [{ kind: 'delete', key }];
  return [{ kind: 'put', key, value: text, ...(leaseId !== undefined && { leaseId }) }];
}

const isAsWanted = (writes: readonly Write[], found: readonly (KeyValue | undefined)[]): boolean =>
  writes.every(({ text }, index) => found[index]?.value === text);

/** A transaction's puts share their revision. */
const newest = (found: readonly (KeyValue | undefined)[], otherwise: number): number =>
  Math.max(...found.map((entry) => entry?.modRevision ?? 0)) || otherwise;
