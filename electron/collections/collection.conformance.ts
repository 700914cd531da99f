import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Result } from '../../shared/contract/failure.ts';
import type { Collection } from './collection.ts';

export const testDocumentSchema = z.object({ count: z.int(), text: z.string().optional() });
export type TestDocument = z.infer<typeof testDocumentSchema>;

/** Where the documents of one test lie. */
export interface TestPlace {
  /** Called again, it opens what lies there already. */
  open(): Promise<Collection<TestDocument>>;
}

/** What not every adapter promises. */
export interface AdapterKind {
  /** Two may have it open at once, and hear of each other. */
  readonly isShared: boolean;
  /** Documents are there at the next start. */
  readonly isLasting: boolean;
  /** How much of a processor's time a hundred thousand documents may take; left out, that isn't tried. */
  readonly manyMs?: number;
}

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.detail ?? ''}`);
  return result.value;
}

export async function eventually(holds: () => boolean, timeoutMs = 5_000): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error(`it didn't come true within ${timeoutMs} ms`);
    await sleep(2);
  }
}

/** The promises of {@link Collection}, for any adapter. `createPlace` makes a new empty place for each test. */
export function collectionConformance(
  name: string,
  kind: AdapterKind,
  createPlace: () => Promise<TestPlace>,
): void {
  describe(`${name} as a collection`, () => {
    const opened: Collection<TestDocument>[] = [];
    afterEach(async () => {
      for (const collection of opened.splice(0)) await collection.close();
    });
    async function open(place: TestPlace): Promise<Collection<TestDocument>> {
      const collection = await place.open();
      opened.push(collection);
      return collection;
    }
    const openNew = async () => open(await createPlace());
    const done = { ok: true, value: undefined };
    const many = (count: number) =>
      new Map(Array.from({ length: count }, (_, index) => [`id-${index}`, { count: index }]));

    it('has nothing that it was never given', async () => {
      const collection = await openNew();
      expect(collection.all()).toEqual(new Map());
      expect(await collection.fetch('a')).toEqual(done);
      expect(await collection.change('a', (current) => current)).toEqual(done);
      expect(await collection.change('a', () => undefined)).toEqual(done);
      expect(await collection.removeAll(['a', 'b'])).toEqual(done);
      expect(await collection.putAll(new Map())).toEqual(done);
      expect(collection.all()).toEqual(new Map());
    });

    it('makes, changes and removes a document; who changed it sees that at once', async () => {
      const collection = await openNew();
      expect(valueOf(await collection.change('a', () => ({ count: 1, text: 'ä\n"' })))).toEqual({
        count: 1,
        text: 'ä\n"',
      });
      expect(collection.all()).toEqual(new Map([['a', { count: 1, text: 'ä\n"' }]]));
      await collection.change('a', (current) => ({ count: (current?.count ?? 0) + 1 }));
      expect(valueOf(await collection.fetch('a'))).toEqual({ count: 2 });
      expect(valueOf(await collection.change('a', () => undefined))).toBeUndefined();
      expect(collection.all().size).toBe(0);
      expect(valueOf(await collection.fetch('a'))).toBeUndefined();
      expect(valueOf(await collection.change('a', (current) => current ?? { count: 7 }))).toEqual({
        count: 7,
      });
    });

    it('leaves a document that is left as it is, and tells nobody', async () => {
      const collection = await openNew();
      await collection.change('a', () => ({ count: 1 }));
      const heard: (readonly string[])[] = [];
      collection.onChange((ids) => void heard.push(ids));
      expect(valueOf(await collection.change('a', (current) => current))).toEqual({ count: 1 });
      expect(heard).toEqual([]);
    });

    it('takes any id', async () => {
      const collection = await openNew();
      const ids = ['a/b', '..', 'ä b', '%2F', '#?', '__proto__', 'x'.repeat(200), '日本'];
      await collection.putAll(new Map(ids.map((id, count) => [id, { count }])));
      expect([...collection.all()].toSorted(([, a], [, b]) => a.count - b.count).map(([id]) => id)).toEqual(
        ids,
      );
      for (const [count, id] of ids.entries()) expect(valueOf(await collection.fetch(id))).toEqual({ count });
      await collection.removeAll(ids.slice(1));
      expect([...collection.all().keys()]).toEqual(['a/b']);
    });

    it('takes changes made at once one after the other', async () => {
      const collection = await openNew();
      const changes = Array.from({ length: 30 }, () =>
        collection.change('a', (current) => ({ count: (current?.count ?? 0) + 1 })),
      );
      const told = (await Promise.all(changes)).map((result) => valueOf(result)?.count);
      expect(told).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    });

    it('takes changes of any kind made at once in their order', async () => {
      const place = await createPlace();
      const collection = await open(place);
      const results = await Promise.all([
        collection.change('a', () => ({ count: 1 })),
        collection.removeAll(['a', 'b']),
        collection.putAll(
          new Map([
            ['a', { count: 2 }],
            ['b', { count: 2 }],
          ]),
        ),
        collection.change('b', () => undefined),
        collection.putAll(new Map([['b', { count: 3 }]])),
        collection.change('a', (current) => ({ count: (current?.count ?? 0) * 10 })),
      ]);
      for (const result of results) expect(result.ok).toBe(true);
      for (const [id, count] of Object.entries({ a: 20, b: 3 })) {
        expect(collection.all().get(id)).toEqual({ count });
        expect(valueOf(await collection.fetch(id))).toEqual({ count });
      }
    });

    it('puts and removes as many as fill a transaction, and more', async () => {
      const collection = await openNew();
      for (const count of [127, 128, 129, 300]) {
        const documents = many(count);
        expect(await collection.putAll(documents)).toEqual(done);
        expect(collection.all().size).toBe(count);
        expect(await collection.removeAll([...documents.keys()])).toEqual(done);
        expect(collection.all().size).toBe(0);
      }
      const long = new Map(
        Array.from({ length: 40 }, (_, count) => [`${count}`, { count, text: 'y'.repeat(50_000) }]),
      );
      expect(await collection.putAll(long)).toEqual(done);
      expect(valueOf(await collection.fetch('39'))?.text).toHaveLength(50_000);
    });

    it('tells of each change once, with the ids', async () => {
      const collection = await openNew();
      const heard: string[] = [];
      const stop = collection.onChange((ids) => void heard.push(...ids));
      await collection.change('a', () => ({ count: 1 }));
      await collection.putAll(
        new Map([
          ['b', { count: 1 }],
          ['c', { count: 2 }],
        ]),
      );
      await collection.removeAll(['b', 'unknown']);
      await sleep(50);
      expect(heard).toEqual(['a', 'b', 'c', 'b']);
      stop();
      await collection.change('a', () => undefined);
      expect(heard).toHaveLength(4);
    });

    const { manyMs } = kind;
    it.skipIf(manyMs === undefined)('takes a hundred thousand documents', { timeout: 120_000 }, async () => {
      const place = await createPlace();
      const collection = await open(place);
      const documents = many(100_000);
      const usedBefore = process.cpuUsage();
      const startedAt = performance.now();
      const before = process.memoryUsage().heapUsed;
      expect(await collection.putAll(documents)).toEqual(done);
      const putMs = performance.now() - startedAt;
      const again = kind.isLasting ? await open(place) : collection;
      const openMs = performance.now() - startedAt - putMs;
      expect(again.all().size).toBe(100_000);
      const changedAt = performance.now();
      await again.change('id-99999', () => ({ count: -1 }));
      const changeMs = performance.now() - changedAt;
      const megabytes = (process.memoryUsage().heapUsed - before) / 2 ** 20;
      process.stdout.write(
        `${name}: 100,000 documents put in ${Math.round(putMs)} ms, opened in ${Math.round(openMs)} ms, one changed in ${Math.round(changeMs)} ms, heap +${Math.round(megabytes)} MiB\n`,
      );
      expect(again.all().get('id-99999')).toEqual({ count: -1 });
      const { user, system } = process.cpuUsage(usedBefore);
      expect((user + system) / 1000).toBeLessThan(manyMs ?? 0);
    });

    it.skipIf(!kind.isLasting)('has it at the next start', async () => {
      const place = await createPlace();
      const collection = await open(place);
      await collection.change('a', () => ({ count: 1 }));
      await collection.change('b', () => ({ count: 2 }));
      await collection.removeAll(['a']);
      await collection.close();
      expect((await open(place)).all()).toEqual(new Map([['b', { count: 2 }]]));
    });

    describe.skipIf(!kind.isShared)('with two that have it open', () => {
      it('tells the other within milliseconds', async () => {
        const place = await createPlace();
        const [first, second] = [await open(place), await open(place)];
        const heard: string[] = [];
        second.onChange((ids) => void heard.push(...ids));
        const id = randomUUID();
        await first.change(id, () => ({ count: 1 }));
        expect(valueOf(await second.fetch(id))).toEqual({ count: 1 });
        await eventually(() => heard.length > 0, 1_000);
        expect(second.all().get(id)).toEqual({ count: 1 });
        await second.removeAll([id]);
        await eventually(() => !first.all().has(id), 1_000);
        expect(heard).toEqual([id, id]);
      });

      it('loses no change of either', async () => {
        const place = await createPlace();
        const both = [await open(place), await open(place)];
        const increment = (current: TestDocument | undefined) => ({ count: (current?.count ?? 0) + 1 });
        const results = await Promise.all(
          both.flatMap((each) => Array.from({ length: 25 }, () => each.change('a', increment))),
        );
        const counts = results.map((result) => valueOf(result)?.count ?? 0);
        expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
        for (const each of both) {
          expect(valueOf(await each.fetch('a'))).toEqual({ count: 50 });
          await eventually(() => each.all().get('a')?.count === 50);
        }
      });

      it('decides by what is there, also where the other was not heard of yet', async () => {
        const place = await createPlace();
        const [first, second] = [await open(place), await open(place)];
        const makeOnce = (owner: number) => (current: TestDocument | undefined) =>
          current ?? { count: owner };
        const made = await Promise.all([first.change('a', makeOnce(1)), second.change('a', makeOnce(2))]);
        const [one, two] = made.map(valueOf);
        expect(one).toEqual(two);
        await first.change('b', () => ({ count: 1 }));
        expect(valueOf(await second.change('b', makeOnce(2)))).toEqual({ count: 1 });
      });
    });
  });
}
