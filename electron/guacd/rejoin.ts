import type { FailureCode, Result } from '../../shared/contract/failure.ts';
import type { Channel } from './channel.ts';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** What may pass: the manager, or the way to it, is away for a moment. */
const passing: ReadonlySet<FailureCode> = new Set([
  'manager_unreachable',
  'manager_connect_timeout',
  'manager_name_unresolved',
  'manager_silent',
  'manager_lost',
  'manager_closed',
  'manager_tls_failed',
]);

/** A manager that hangs up on the id doesn't have the session any more; something in between may do so for a while. */
const mostHangUps = 3;

/**
 * Joins a session again whose channel was lost, for as long as its manager holds it: at once, then with back-off and jitter.
 * Ends early where the session is gone, or `signal` aborts.
 */
export async function rejoin(
  join: (signal: AbortSignal) => Promise<Result<Channel>>,
  holdMs: number,
  signal: AbortSignal,
): Promise<Result<Channel>> {
  const until = performance.now() + holdMs;
  let hangUps = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const joined = await join(signal);
    if (joined.ok || signal.aborted) return joined;
    const { code } = joined.failure;
    if (code === 'manager_closed') hangUps += 1;
    if (!passing.has(code) || hangUps >= mostHangUps || performance.now() + pauseMs > until) return joined;
    await pause(pauseMs * (0.5 + Math.random() / 2), signal);
  }
}

/** Ends at once where `signal` aborts; the join that follows ends then, too. */
function pause(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, timeMs);
    signal.addEventListener('abort', finish);
  });
}
