import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginEpoch, createEmbeddedRegistry } from './embedded.ts';
import { newSession, take, valueOf } from './testClient.ts';

describe('the registry of one machine', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxima-registry-'));
    path = join(folder, 'registry-epoch.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A run of Proxima that claims once and ends, or is killed. */
  async function claimInNewRun(wallNow: number): Promise<number> {
    const firstRevision = valueOf(await beginEpoch(path, () => wallNow));
    const registry = createEmbeddedRegistry({ firstRevision });
    const claimed = valueOf(await registry.claim(newSession(), take('a')));
    if (wallNow % 2 === 0) await registry.close();
    return claimed?.fence ?? 0;
  }

  it('gives out greater fences in every run, also where the clock was put back or the file is damaged', async () => {
    const day = 86_400_000;
    const now = Date.UTC(2026, 10, 20);
    const fences = [
      await claimInNewRun(now),
      await claimInNewRun(now + 1),
      await claimInNewRun(now - 900 * day),
    ];
    await writeFile(path, '{"epoch":');
    fences.push(await claimInNewRun(now + day));
    await rm(path);
    fences.push(await claimInNewRun(now + 2 * day));
    expect(fences).toEqual([...new Set(fences)].toSorted((left, right) => left - right));
    expect(fences.every((fence) => Number.isSafeInteger(fence))).toBe(true);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ epoch: expect.any(Number) });
  });

  it('says so where the count of its runs can not be kept', async () => {
    const lost = join(folder, 'missing', 'registry-epoch.json');
    expect(await beginEpoch(lost)).toMatchObject({ ok: false, failure: { code: 'store_failed' } });
  });

  it('places 2,000 sessions asked for at once exactly, and looks up counts at once', async () => {
    const registry = createEmbeddedRegistry();
    const managerIds = ['a', 'b', 'c', 'd'];
    const claims = await Promise.all(
      Array.from({ length: 2_000 }, () =>
        registry.claim(newSession(), ({ byManager }) => {
          const loadOf = (id: string) => byManager.get(id)?.pending ?? 0;
          const [managerId = 'a'] = managerIds.toSorted((left, right) => loadOf(left) - loadOf(right));
          return { managerId, sessionLimit: null };
        }),
      ),
    );
    expect(claims.every(({ ok }) => ok)).toBe(true);
    const { byManager, fresh } = registry.counts();
    expect(managerIds.map((id) => byManager.get(id)?.pending)).toEqual([500, 500, 500, 500]);
    expect(fresh).toBe(true);
    await registry.close();
  });
});
