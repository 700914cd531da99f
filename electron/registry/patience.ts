import type { Failure, Result } from '../../shared/contract/failure.ts';
import { pause } from './clock.ts';
import type { Clock } from './engine.ts';

/** Where asking again may do better, and does no harm to what is written with a compare. */
export const mayPass = ({ code }: Failure): boolean =>
  code === 'registry_unavailable' || code === 'registry_outcome_unknown' || code === 'registry_busy';

const firstPauseMs = 25;
const longestPauseMs = 500;

/** Asks until there is an answer, or a failure that doesn't pass, or `deadline` is over; then the last failure. */
export async function persist<T>(
  act: () => Promise<Result<T>>,
  { clock, random }: { readonly clock: Clock; readonly random: () => number },
  deadline: number,
): Promise<Result<T>> {
  let pauseMs = firstPauseMs;
  for (;;) {
    const result = await act();
    if (result.ok || !mayPass(result.failure) || clock.now() + pauseMs > deadline) return result;
    await pause(clock, pauseMs * (0.5 + random()));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
