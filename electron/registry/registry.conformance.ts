import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SessionCounts } from '../../shared/model/placement.ts';
import type { Registry } from '../broker/ports.ts';

type Counts = ReadonlyMap<string, SessionCounts>;

/** The promises of {@link Registry}, for any adapter. `createRegistry` makes a new empty one for each test. */
export function registryConformance(name: string, createRegistry: () => Promise<Registry>): void {
  const done = { ok: true, value: undefined };
  const taken = (counts: Counts, managerId: string) => {
    const { active = 0, pending = 0 } = counts.get(managerId) ?? {};
    return { active, pending };
  };
  /** The one with the fewest, and of several the first. */
  const chooseFewest = (managerIds: readonly string[]) => (counts: Counts) =>
    managerIds.toSorted((left, right) => sum(counts, left) - sum(counts, right))[0];
  const sum = (counts: Counts, managerId: string) => {
    const { active, pending } = taken(counts, managerId);
    return active + pending;
  };
  /** What a claim sees that takes nothing. */
  async function look(registry: Registry): Promise<Counts> {
    let seen: Counts = new Map();
    const claim = await registry.claim(randomUUID(), (counts) => {
      seen = new Map(counts);
      return undefined;
    });
    expect(claim).toEqual(done);
    return seen;
  }

  describe(`${name} as a registry`, () => {
    it('counts a claim as pending, from its activation on as active, and after its release not at all', async () => {
      const registry = await createRegistry();
      const sessionId = randomUUID();
      expect(await registry.claim(sessionId, () => 'a')).toEqual({
        ok: true,
        value: { sessionId, managerId: 'a' },
      });
      expect(taken(await look(registry), 'a')).toEqual({ active: 0, pending: 1 });
      expect(await registry.activate(sessionId)).toEqual(done);
      expect(taken(await look(registry), 'a')).toEqual({ active: 1, pending: 0 });
      expect(await registry.release(sessionId)).toEqual(done);
      expect(taken(await look(registry), 'a')).toEqual({ active: 0, pending: 0 });
    });

    it('keeps one claim per session: a second replaces the first, which it does not see', async () => {
      const registry = await createRegistry();
      const sessionId = randomUUID();
      await registry.claim(sessionId, () => 'a');
      await registry.activate(sessionId);
      let seen: Counts | undefined;
      await registry.claim(sessionId, (counts) => {
        seen = new Map(counts);
        return 'b';
      });
      expect(seen && taken(seen, 'a')).toEqual({ active: 0, pending: 0 });
      const counts = await look(registry);
      expect(taken(counts, 'a')).toEqual({ active: 0, pending: 0 });
      expect(taken(counts, 'b')).toEqual({ active: 0, pending: 1 });
    });

    it('takes nothing where nobody is chosen, and gives back what the session had', async () => {
      const registry = await createRegistry();
      const sessionId = randomUUID();
      await registry.claim(sessionId, () => 'a');
      expect(await registry.claim(sessionId, () => undefined)).toEqual(done);
      expect(taken(await look(registry), 'a')).toEqual({ active: 0, pending: 0 });
    });

    it('takes a second release, and both of a session that it never knew', async () => {
      const registry = await createRegistry();
      const [sessionId, other] = [randomUUID(), randomUUID()];
      await registry.claim(sessionId, () => 'a');
      await registry.claim(other, () => 'a');
      expect(await registry.release(sessionId)).toEqual(done);
      expect(await registry.release(sessionId)).toEqual(done);
      expect(await registry.release(randomUUID())).toEqual(done);
      expect(await registry.activate(randomUUID())).toEqual(done);
      expect(await registry.activate(sessionId)).toEqual(done);
      expect(taken(await look(registry), 'a')).toEqual({ active: 0, pending: 1 });
    });

    it('spreads claims made at once exactly', async () => {
      const registry = await createRegistry();
      const managerIds = ['a', 'b', 'c', 'd'];
      const claims = await Promise.all(
        Array.from({ length: 100 }, () => registry.claim(randomUUID(), chooseFewest(managerIds))),
      );
      expect(claims.every(({ ok }) => ok)).toBe(true);
      const counts = await look(registry);
      expect(managerIds.map((managerId) => taken(counts, managerId))).toEqual(
        managerIds.map(() => ({ active: 0, pending: 25 })),
      );
    });

    it('never goes over a limit that `choose` keeps, whatever else goes on', async () => {
      const registry = await createRegistry();
      const limit = 5;
      const chooseBelowLimit = (counts: Counts) => (sum(counts, 'a') < limit ? 'a' : undefined);
      const open = async () => {
        const sessionId = randomUUID();
        const claim = await registry.claim(sessionId, chooseBelowLimit);
        if (!claim.ok || claim.value === undefined) return false;
        await registry.activate(sessionId);
        expect(sum(await look(registry), 'a')).toBeLessThanOrEqual(limit);
        await registry.release(sessionId);
        return true;
      };
      const opened = await Promise.all(Array.from({ length: 40 }, open));
      expect(opened.filter(Boolean).length).toBeGreaterThanOrEqual(limit);
      expect(sum(await look(registry), 'a')).toBe(0);
    });

    it('says of which source and age its counts are', async () => {
      const registry = await createRegistry();
      await registry.claim(randomUUID(), () => 'a');
      const counts = (await look(registry)).get('a');
      expect(counts?.source).toBe('registry');
      expect(counts?.ageMs).toBeGreaterThanOrEqual(0);
    });
  });
}
