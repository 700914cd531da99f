import { succeed } from '../../../../shared/contract/failure.ts';
import { readKeyType } from './hostKey.ts';
import { findKnownKeys, nameHost, parseKnownHosts } from './knownHostLines.ts';
import type { KnownHosts } from './knownHosts.ts';

/** Known hosts of one test, in the format of the file. */
export interface MemoryKnownHosts extends KnownHosts {
  readonly lines: string[];
}

export function createMemoryKnownHosts(...lines: string[]): MemoryKnownHosts {
  return {
    lines,
    find: async (hostname, port) => succeed(findKnownKeys(parseKnownHosts(lines.join('\n')), hostname, port)),
    async remember(hostname, port, key) {
      lines.push(`${nameHost(hostname, port)} ${readKeyType(key)} ${key.toString('base64')}`);
      return succeed(undefined);
    },
  };
}
