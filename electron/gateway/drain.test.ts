import { describe, expect, it } from 'vitest';
import { createDrain, waitForHandover } from './drain.ts';

const never = new AbortController().signal;

describe('draining', () => {
  it('begins once, and tells who listens', () => {
    const drain = createDrain();
    let told = 0;
    drain.onDrain(() => told++);
    const forget = drain.onDrain(() => (told += 100));
    forget();
    expect(drain.isDraining()).toBe(false);
    drain.begin();
    drain.begin();
    expect([drain.isDraining(), told]).toEqual([true, 1]);
  });

  it('waits for the last session, and no longer', async () => {
    let sessions = 2;
    setTimeout(() => (sessions = 1), 20);
    setTimeout(() => (sessions = 0), 120);
    const startedAt = performance.now();
    expect(await waitForHandover({ countSessions: () => sessions, timeoutMs: 5_000, cut: never })).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('ends with the time, with the cut, and at once where nobody is there', async () => {
    expect(await waitForHandover({ countSessions: () => 3, timeoutMs: 50, cut: never })).toBe(3);
    const cut = new AbortController();
    setTimeout(() => cut.abort(), 20);
    const startedAt = performance.now();
    expect(await waitForHandover({ countSessions: () => 3, timeoutMs: 60_000, cut: cut.signal })).toBe(3);
    expect(await waitForHandover({ countSessions: () => 0, timeoutMs: 60_000, cut: never })).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});
