import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Collection } from '../collections/collection.ts';
import { createMemoryCollection } from '../collections/memoryCollection.ts';
import { createSignIns, type SignInDocument, signInDocumentSchema, type SignIns } from './signIns.ts';

const minuteMs = 60_000;
const timings = { idleLifetimeMs: 10 * minuteMs, absoluteLifetimeMs: 60 * minuteMs, useIntervalMs: minuteMs };
let time: number;
let collection: Collection<SignInDocument>;
let signIns: SignIns;
const closing: SignIns[] = [];

function create(over = collection): SignIns {
  const created = createSignIns(over, { ...timings, now: () => time });
  closing.push(created);
  return created;
}

async function start(personId = 'ada', on = signIns) {
  const started = await on.start({
    personId,
    isOwner: false,
    providerId: 'local',
    identity: { name: personId, displayName: '', groups: [], roles: [] },
    usedSecondFactor: false,
    route: 'hosta',
  });
  if (!started.ok) throw new Error(started.failure.code);
  return started.value;
}

beforeEach(() => {
  time = 1_000_000;
  collection = createMemoryCollection();
  signIns = create();
});
afterEach(() => closing.splice(0).forEach((each) => each.close()));

it('are kept by a hash of what the cookie holds', async () => {
  const { secret, id } = await start();
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
  expect((await start()).secret).not.toBe(secret);
  expect(JSON.stringify([...collection.all()])).not.toContain(secret);
  expect(signIns.find(secret)).toMatchObject({ id, personId: 'ada' });
  expect(signInDocumentSchema.parse(collection.all().get(id))).toEqual(collection.all().get(id));
  for (const guess of ['', id, `${secret}x`, secret.toLowerCase()])
    expect(signIns.find(guess)).toBeUndefined();
});

describe('lifetimes', () => {
  it('go on while it is used, but not for ever', async () => {
    const { secret } = await start();
    for (let passed = 0; passed < 60; passed += 9) {
      expect(signIns.find(secret)).toBeDefined();
      await Promise.resolve();
      time += 9 * minuteMs;
    }
    expect(signIns.find(secret)).toBeUndefined();
  });

  it('end when nobody uses it, and stay so', async () => {
    const { secret } = await start();
    time += 10 * minuteMs + 1;
    expect(signIns.find(secret)).toBeUndefined();
    expect(await signIns.fetch(secret)).toBeUndefined();
    expect(signIns.countPeople()).toBe(0);
  });

  it('write a use now and then only', async () => {
    const { secret } = await start();
    let writes = 0;
    collection.onChange(() => (writes += 1));
    for (let count = 0; count < 100; count++) {
      signIns.find(secret);
      await Promise.resolve();
      time += 3_000;
    }
    expect(writes).toBe(4);
  });

  it('are swept up', async () => {
    const swept = createSignIns(collection, { ...timings, sweepIntervalMs: 5, now: () => time });
    closing.push(swept);
    await start();
    time += 60 * minuteMs;
    await expect.poll(() => collection.all().size).toBe(0);
  });
});

describe('ending', () => {
  it('is of one, or of all of a person, and told', async () => {
    let told = 0;
    signIns.onEnd(() => (told += 1));
    const [one, two, three, other] = [await start(), await start(), await start('ADA'), await start('grace')];
    expect(told).toBe(0);
    await signIns.end(one.id);
    expect(signIns.find(one.secret)).toBeUndefined();
    await signIns.endAllOf('ada', two.id);
    expect(told).toBe(2);
    expect([two, three, other].map(({ secret }) => signIns.find(secret) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('comes to the browser that was used longest ago when there are too many', async () => {
    const all = [];
    for (let count = 0; count < 21; count++) {
      time += 1;
      all.push(await start());
    }
    const found = all.map(({ secret }) => signIns.find(secret) !== undefined);
    expect(found).toEqual([false, ...Array.from({ length: 20 }, () => true)]);
  });
});

describe('another node', () => {
  it('asks for a cookie that it has not heard of yet, and hears of its end', async () => {
    // A copy that hears of everything when the test says so.
    const heard = new Map<string, SignInDocument>();
    const listeners = new Set<(ids: readonly string[]) => void>();
    let fetches = 0;
    const slow: Collection<SignInDocument> = {
      ...collection,
      all: () => heard,
      fetch: (id) => {
        fetches += 1;
        return collection.fetch(id);
      },
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const elsewhere = create(slow);
    const { secret, id } = await start();
    expect(elsewhere.find(secret)).toBeUndefined();
    expect(await elsewhere.fetch(secret)).toMatchObject({ id });
    expect(elsewhere.find(secret)).toMatchObject({ id });
    await elsewhere.fetch(secret);
    expect(fetches).toBe(1);
    const own = await start('grace', elsewhere);
    expect(elsewhere.find(own.secret)).toMatchObject({ id: own.id });

    let told = 0;
    elsewhere.onEnd(() => (told += 1));
    await signIns.end(id);
    for (const listener of listeners) listener([id]);
    expect(told).toBe(1);
    expect(elsewhere.find(secret)).toBeUndefined();
    expect(await elsewhere.fetch(secret)).toBeUndefined();
  });
});
