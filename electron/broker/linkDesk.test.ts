import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import type { LinkEvent } from '../../shared/model/linkProposal.ts';
import { createLinkDesk } from './linkDesk.ts';

const proposed = (name: string) => ({ kind: 'proposed', proposal: { name } }) as unknown as LinkEvent;
const refused: LinkEvent = { kind: 'refused', source: 'a link', failure: { code: 'link_refused' } };

let stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops) stop.abort();
  stops = [];
});

function createDesk() {
  let waiting: readonly LinkEvent[] = [];
  const listeners = new Set<() => void>();
  const desk = createLinkDesk({
    waiting: () => waiting,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  return {
    listeners,
    setWaiting(...events: LinkEvent[]) {
      waiting = events;
      for (const listener of [...listeners]) listener();
    },
    /** A window that watches, and what it was told. */
    openWindow() {
      const stop = new AbortController();
      stops.push(stop);
      const told: LinkEvent[] = [];
      void (async () => {
        for await (const event of desk.watch(stop.signal)) told.push(event);
      })();
      return { told, close: () => stop.abort() };
    },
  };
}

test('tells a window what waits at once, and what comes, each once', async () => {
  const desk = createDesk();
  const [first, second] = [proposed('first'), proposed('second')];
  desk.setWaiting(first);
  const window = desk.openWindow();
  await expect.poll(() => window.told).toEqual([first]);
  desk.setWaiting(first, second);
  await expect.poll(() => window.told).toEqual([first, second]);
  desk.setWaiting(second);
  await delay(20);
  expect(window.told).toEqual([first, second]);
});

test('asks only the window that came last; when that goes, the one before', async () => {
  const desk = createDesk();
  const early = desk.openWindow();
  const late = desk.openWindow();
  await expect.poll(() => desk.listeners.size).toBe(2);
  const link = proposed('link');
  desk.setWaiting(link, refused);
  await expect.poll(() => late.told).toEqual([link, refused]);
  expect(early.told).toEqual([]);
  late.close();
  // The refusal has been told.
  await expect.poll(() => early.told).toEqual([link]);
  expect(desk.listeners.size).toBe(1);
});

test('a window that comes after another went is asked again', async () => {
  const desk = createDesk();
  const link = proposed('link');
  desk.setWaiting(link);
  const first = desk.openWindow();
  await expect.poll(() => first.told).toEqual([link]);
  first.close();
  const second = desk.openWindow();
  await expect.poll(() => second.told).toEqual([link]);
});

test('a link that was dealt with while its window was away is not told again', async () => {
  const desk = createDesk();
  const link = proposed('link');
  desk.setWaiting(link);
  const first = desk.openWindow();
  await expect.poll(() => first.told).toEqual([link]);
  desk.setWaiting();
  first.close();
  const second = desk.openWindow();
  await delay(20);
  expect(second.told).toEqual([]);
});

test('a window that never comes for its next event keeps it from nobody', async () => {
  const desk = createDesk();
  const stop = new AbortController();
  const stuck = createLinkDesk({ waiting: () => [proposed('x')], onChange: () => () => undefined });
  const stream = stuck.watch(stop.signal);
  expect((await stream.next()).value).toMatchObject({ proposal: { name: 'x' } });
  stop.abort();
  const other = stuck.watch(new AbortController().signal);
  expect((await other.next()).value).toMatchObject({ proposal: { name: 'x' } });
  await other.return(undefined);
  expect(desk.listeners.size).toBe(0);
});
