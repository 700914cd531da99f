import { AsyncLocalStorage } from 'node:async_hooks';
import type { Log } from './log.ts';

const currentRequestId = new AsyncLocalStorage<string>();

/** Does `work` so that every line that is logged in its course, however deep below, names the request. */
export const logAsRequest = <T>(requestId: string, work: () => T): T => currentRequestId.run(requestId, work);

/** A log whose lines name the request that they belong to ({@link logAsRequest}), where there is one. */
export function nameRequests(log: Log): Log {
  const name = (details: object) => {
    const requestId = currentRequestId.getStore();
    return requestId === undefined ? details : { requestId, ...details };
  };
  return {
    info: (details, text) => log.info(name(details), text),
    warn: (details, text) => log.warn(name(details), text),
    error: (details, text) => log.error(name(details), text),
  };
}
