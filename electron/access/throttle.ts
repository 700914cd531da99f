import { isIPv6 } from 'node:net';

export interface ThrottleOptions {
  /** How many tries there are at once, and how often one more. */
  readonly burst: number;
  readonly refillMs: number;
  /** Bounds the memory that strangers can take; the one that was tried longest ago is forgotten first. */
  readonly keyLimit: number;
  readonly now: () => number;
}

/** A number of tries per key that refills with time (a token bucket). Of this node only. */
export interface Throttle {
  /** Takes a try before it is known how it ends, so that many at once don't slip through. `false` where there is none left. */
  take(key: string): boolean;
  /** Gives back the try of somebody who turned out to be the right one. */
  giveBack(key: string): void;
}

export function createThrottle({ burst, refillMs, keyLimit, now }: ThrottleOptions): Throttle {
  /** When the key has all its tries again. */
  const refilledAt = new Map<string, number>();

  return {
    take(key) {
      const full = Math.max(refilledAt.get(key) ?? 0, now());
      if (full - now() > (burst - 1) * refillMs) return false;
      refilledAt.delete(key);
      refilledAt.set(key, full + refillMs);
      const [oldest] = refilledAt.keys();
      if (refilledAt.size > keyLimit && oldest !== undefined) refilledAt.delete(oldest);
      return true;
    },
    giveBack(key) {
      const full = refilledAt.get(key);
      if (full !== undefined) refilledAt.set(key, full - refillMs);
    },
  };
}

/** By what an address is throttled: one of IPv6 by its /64, all of which one person may have. */
export function throttledAddressOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':'));
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const gap =
    tail === undefined
      ? []
      : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...gap, ...after].slice(0, 4).join(':').toLowerCase();
}
