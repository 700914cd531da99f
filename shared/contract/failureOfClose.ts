import { type Failure, failureCodes, failureOf } from './failure.ts';

/**
 * What a gateway's close frame says: nothing after a normal end, else a failure's code as the last word of its reason (a tunnel
 * puts the Guacamole status in front of it, for stock clients).
 */
export function failureOfClose(event: {
  readonly code: number;
  readonly reason: string;
}): Failure | undefined {
  if (event.code === 1000) return undefined;
  const named = failureCodes.find((code) => code === event.reason.split(' ').at(-1));
  return failureOf(named ?? (event.code >= 4000 ? 'internal' : 'host_process_lost'));
}
