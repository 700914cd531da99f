import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Attempt } from '../../../shared/model/placement.ts';
import type { Session, SessionState } from '../../../shared/model/session.ts';

/** What a person reads while a session is opened. */
export interface OpeningStory {
  readonly step: string;
  /** What was tried before, one sentence each. */
  readonly setbacks: readonly string[];
}

/** A host that needs this long is worth a word, in milliseconds. */
const longWaitMs = 8_000;

const seconds = (milliseconds: number) => Math.max(0, Math.ceil(milliseconds / 1000));

function nameOfManager(session: Session | undefined, managerId: string): string {
  const traced = session?.trace?.managers.find((manager) => manager.managerId === managerId);
  return traced?.name ?? session?.managerName ?? managerId;
}

const describeSetback = (attempt: Attempt, host: string | undefined): string =>
  attempt.failure === undefined
    ? ''
    : describeFailure(attempt.failure, { manager: attempt.name, ...(host !== undefined && { host }) }).what;

function describeStep(
  state: SessionState,
  session: Session | undefined,
  waitedMs: number,
  now: number,
): string {
  switch (state.kind) {
    case 'requested':
      return 'Asking Proxima for a session';
    case 'placing':
      if (state.waitingUntil === undefined) return 'Choosing a session manager';
      return `No session manager is free. Waiting for one: ${seconds(state.waitingUntil - now)} s left`;
    case 'connecting': {
      const through = `Connecting through ${nameOfManager(session, state.managerId)}`;
      return waitedMs < longWaitMs
        ? through
        : `${through}. ${session?.hostName ?? 'The host'} takes its time to answer`;
    }
    case 'live':
      return 'The session itself goes on.';
    case 'closed':
      return '';
  }
}

/** Tells how far an opening is. `askedAt` and `now` are epoch milliseconds. */
export function tellOpening(
  state: SessionState,
  session: Session | undefined,
  askedAt: number,
  now: number,
): OpeningStory {
  const attempts = session?.attempts ?? [];
  return {
    step: describeStep(state, session, now - askedAt, now),
    setbacks: attempts
      .map((attempt) => describeSetback(attempt, session?.hostName))
      .filter((text) => text !== ''),
  };
}
