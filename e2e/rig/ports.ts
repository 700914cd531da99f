import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Below the range that the kernel takes outgoing ports from, so that no connection can take one meanwhile. */
const lowestPort = 20_000;
const highestPort = 31_999;
const listenState = '0A';
const reserved = new Set<number>();

/** A TCP port that nobody listens on, never given out twice by this process. */
export function reservePort(): number {
  for (;;) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (reserved.has(port) || isListening(port)) continue;
    reserved.add(port);
    return port;
  }
}

/**
 * Whether somebody listens on the port, read from the kernel's table (proc(5), `/proc/net/tcp`): a connection to find
 * out would be one more session, or one more error, in the log of the server.
 */
export function isListening(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6'].some((table) =>
    readFileSync(table, 'utf8')
      .split('\n')
      .some((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        return state === listenState && local.endsWith(wanted);
      }),
  );
}
