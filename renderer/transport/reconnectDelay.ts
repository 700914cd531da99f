const firstDelayMs = 250;
const longestDelayMs = 10_000;

/**
 * How long to wait before the next try, in milliseconds: exponential, with jitter so that the clients of a gateway that comes
 * back don't all arrive at once. `attempt` counts from 0, `random` is in [0, 1).
 */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 16));
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}
