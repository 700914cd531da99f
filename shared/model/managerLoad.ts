import { z } from 'zod';

/**
 * The id that nobody's connection has: a Proxima manager answers its `select` with one instruction `load` and a
 * {@link ManagerLoad} as JSON; a plain guacd hangs up, as on every connection that it doesn't have.
 */
export const loadQuestion = '$proxima-load';
/** Selected by a client whose certificate the manager's policy names among its administrators. Answered like the load. */
export const drainCommand = '$proxima-drain';
export const resumeCommand = '$proxima-resume';

const count = z.int().nonnegative().max(1_000_000);

/** What a Proxima manager says of itself. */
export const managerLoadSchema = z.object({
  version: z.string().max(64),
  engine: z.string().max(100),
  /** Sessions that somebody looks at. */
  active: count,
  /** Sessions that go on without their client, for as long as they are held. */
  held: count,
  /** Openings on their way. */
  pending: count,
  limit: count.nullable(),
  draining: z.boolean(),
  holdSeconds: count,
  /** Of its machine: how much of its processors' time is asked for (1 is all), and how much of its memory is taken (0 to 1). */
  machine: z.object({ processors: z.number().nonnegative(), memory: z.number().min(0).max(1) }),
});
export type ManagerLoad = z.infer<typeof managerLoadSchema>;

/** A connection's id that tells how long its session is held when its client vanishes. */
export const composeConnectionId = (holdSeconds: number, uuid: string): string =>
  `$proxima-${holdSeconds}-${uuid}`;

/** How long the session of this connection is held without a client; 0 where it isn't, as behind a plain guacd. */
export function heldSecondsOf(connectionId: string): number {
  const [, seconds] = /^\$proxima-(\d{1,6})-[\da-f-]{36}$/.exec(connectionId) ?? [];
  return Number(seconds ?? 0);
}
