import { beforeEach, expect, test } from 'vitest';
import { createDrawingStore } from './drawing.ts';

const minuteMs = 60_000;
let remembered: Map<string, string>;
let clock: number;

beforeEach(() => {
  remembered = new Map();
  clock = 1_000_000;
});

const openStore = (hasWorkers = true) =>
  createDrawingStore({
    storage: {
      getItem: (key) => remembered.get(key) ?? null,
      setItem: (key, value) => void remembered.set(key, value),
    },
    hasWorkers,
    now: () => clock,
  });

test('draws in workers, unless somebody chose otherwise or the browser has none', () => {
  expect(openStore().drawingForNext()).toBe('worker');
  expect(openStore(false).drawingForNext()).toBe('guacamole-common-js');
  openStore().choose('guacamole-common-js');
  expect(openStore().drawingForNext()).toBe('guacamole-common-js');
});

test('what was remembered and does not fit is forgotten', () => {
  for (const text of ['{', '"worker"', '{"wanted":"paper"}', '{"wanted":"worker","stoppedAt":"x"}']) {
    remembered.set('proxima.drawing', text);
    expect(openStore().getState()).toEqual({ wanted: 'worker' });
  }
});

test('goes on with workers after one death, and without them after a second one soon', () => {
  const store = openStore();
  expect(store.noteCrash()).toBe(false);
  expect(store.drawingForNext()).toBe('worker');
  clock += 9 * minuteMs;
  expect(store.noteCrash()).toBe(true);
  expect(store.drawingForNext()).toBe('guacamole-common-js');
  expect(store.getState()).toEqual({ wanted: 'worker', stoppedAt: clock });
  // Its other sessions may lose theirs, too; that is no news.
  expect(store.noteCrash()).toBe(false);
});

test('two deaths far from each other are two accidents', () => {
  const store = openStore();
  for (let count = 0; count < 3; count++) {
    expect(store.noteCrash()).toBe(false);
    clock += 10 * minuteMs;
  }
  expect(store.drawingForNext()).toBe('worker');
});

test('a window that is loaded again tries workers again, and remembers what happened', () => {
  const store = openStore();
  store.noteCrash();
  store.noteCrash();
  const again = openStore();
  expect(again.drawingForNext()).toBe('worker');
  expect(again.getState().stoppedAt).toBe(clock);
});

test('a choice in another window counts here at once, and forgives', () => {
  const here = openStore();
  let heard = 0;
  here.subscribe(() => heard++);
  const there = openStore();
  there.choose('guacamole-common-js');
  here.rememberedElsewhere();
  expect([heard, here.drawingForNext()]).toEqual([1, 'guacamole-common-js']);
  there.choose('worker');
  here.rememberedElsewhere();
  here.noteCrash();
  here.noteCrash();
  expect(here.drawingForNext()).toBe('guacamole-common-js');
  there.choose('worker');
  here.rememberedElsewhere();
  expect(here.drawingForNext()).toBe('worker');
});

test('a browser that allows no storage only forgets', () => {
  const store = createDrawingStore({
    storage: {
      getItem: () => null,
      setItem: () => {
        throw new Error('no room');
      },
    },
    hasWorkers: true,
    now: () => clock,
  });
  store.choose('guacamole-common-js');
  expect(store.drawingForNext()).toBe('guacamole-common-js');
});
