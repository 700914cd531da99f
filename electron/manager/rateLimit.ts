/** How many clients are remembered; who hasn't asked for long is forgotten first, and begins anew. */
const rememberedClients = 10_000;

/** Lets each client do something so often per second, and `burst` times at once. */
export interface RateLimit {
  /** Whether this one may; counts it where it may. @param now in milliseconds. */
  take(client: string, now: number): boolean;
}

export function createRateLimit(perSecond: number, burst: number): RateLimit {
  const buckets = new Map<string, { readonly tokens: number; readonly at: number }>();
  return {
    take(client, now) {
      const before = buckets.get(client) ?? { tokens: burst, at: now };
      const tokens = Math.min(burst, before.tokens + ((now - before.at) / 1000) * perSecond);
      const isAllowed = tokens >= 1;
      // Deleted first, so that the order of the map is that of the last use.
      buckets.delete(client);
      buckets.set(client, { tokens: isAllowed ? tokens - 1 : tokens, at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > rememberedClients && oldest !== undefined) buckets.delete(oldest);
      return isAllowed;
    },
  };
}
