import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPlaceDocument } from './placeDocument.ts';
import { createPlaceKeeper, type PlaceKeeperParts } from './placeKeeper.ts';
import { fingerprintOf, noPlaces, type Screen, type WindowPlaces } from './windowPlaces.ts';

const laptop: Screen = {
  bounds: { x: 0, y: 0, width: 1440, height: 900 },
  workArea: { x: 0, y: 0, width: 1440, height: 900 },
  scaleFactor: 2,
};
const desk: Screen = {
  bounds: { x: 1440, y: 0, width: 2560, height: 1440 },
  workArea: { x: 1440, y: 0, width: 2560, height: 1440 },
  scaleFactor: 1,
};

class WindowDouble extends EventEmitter {
  bounds = { x: 10, y: 20, width: 800, height: 600 };
  isOnFullScreen = false;
  isDestroyed = () => false;
  isMaximized = () => false;
  isFullScreen = () => this.isOnFullScreen;
  getBounds = () => this.bounds;
  getNormalBounds = () => this.bounds;
  maximize = () => undefined;
  setBounds(bounds: typeof this.bounds) {
    this.bounds = bounds;
  }
  moveTo(x: number, y: number) {
    this.bounds = { ...this.bounds, x, y };
    this.emit('move');
  }
}
type Followed = Parameters<ReturnType<typeof createPlaceKeeper>['follow']>[1];
const asWindow = (window: WindowDouble) => window as unknown as Followed;

describe('places', () => {
  let displays: Screen[];
  let screen: EventEmitter;
  let places: WindowPlaces;

  beforeEach(() => {
    vi.useFakeTimers();
    displays = [laptop, desk];
    screen = new EventEmitter();
    places = noPlaces;
  });
  afterEach(() => vi.useRealTimers());

  const create = () =>
    createPlaceKeeper({
      screen: Object.assign(screen, {
        getAllDisplays: () => displays,
      }) as unknown as PlaceKeeperParts['screen'],
      document: {
        current: () => places,
        save: (next) => {
          places = next;
        },
        flush: () => Promise.resolve(),
      },
    });

  it('are left to the system the first time', () => {
    expect(create().placeFor('main')).toBeUndefined();
  });

  it('are those of the last move, once it has come to rest', () => {
    const keeper = create();
    const window = new WindowDouble();
    keeper.follow('main', asWindow(window));
    window.moveTo(100, 100);
    vi.advanceTimersByTime(400);
    window.moveTo(2000, 300);
    expect(places).toEqual(noPlaces);
    vi.advanceTimersByTime(600);
    expect(create().placeFor('main')).toMatchObject({ x: 2000, y: 300, width: 800, isMaximized: false });
    expect(create().placeFor('settings')).toBeUndefined();
  });

  it('are taken at the closing', () => {
    const keeper = create();
    const window = new WindowDouble();
    keeper.follow('main', asWindow(window));
    window.bounds.x = 77;
    window.emit('close');
    window.emit('closed');
    expect(keeper.placeFor('main')?.x).toBe(77);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('of a full screen are none', () => {
    const window = new WindowDouble();
    create().follow('main', asWindow(window));
    window.isOnFullScreen = true;
    window.emit('resize');
    window.emit('close');
    expect(places).toEqual(noPlaces);
  });

  it('never lie outside the screens that are there', () => {
    const screens = fingerprintOf(displays);
    const off = { x: 90_000, y: -90_000, width: 9_000, height: 9_000, isMaximized: false };
    places = { version: 1, screenSets: [{ screens, places: { main: off } }] };
    expect(create().placeFor('main')).toEqual({ ...laptop.workArea, isMaximized: false });
  });

  it('of torn-off windows are beside one another', () => {
    const keeper = create();
    const first = new WindowDouble();
    keeper.follow('session', asWindow(first));
    first.moveTo(50, 50);
    vi.advanceTimersByTime(600);
    expect(keeper.placeFor('session')).toMatchObject({ x: 82, y: 82 });
  });

  it('come back with the screens, not with what the system made of it meanwhile', () => {
    const keeper = create();
    const window = new WindowDouble();
    keeper.follow('main', asWindow(window));
    window.moveTo(2000, 300);
    vi.advanceTimersByTime(600);

    displays = [laptop];
    screen.emit('display-removed');
    window.moveTo(5000, 0);
    vi.advanceTimersByTime(2_000);
    expect(window.bounds).toMatchObject({ x: 640, y: 0 });

    displays = [laptop, desk];
    screen.emit('display-added');
    window.moveTo(0, 0);
    vi.advanceTimersByTime(2_000);
    expect(window.bounds).toMatchObject({ x: 2000, y: 300 });
  });
});

describe('the document of places', () => {
  let folder: string;
  let logged: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'proxima-places-'));
    logged = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const note = (_details: object, text: string) => void logged.push(text);
  const open = () => openPlaceDocument(folder, { warn: note, error: note });
  const placed: WindowPlaces = {
    version: 1,
    screenSets: [
      { screens: 'one', places: { main: { x: 1, y: 2, width: 3, height: 4, isMaximized: true } } },
    ],
  };

  it('keeps what was saved last', async () => {
    const document = await open();
    expect(document.current()).toEqual(noPlaces);
    document.save(noPlaces);
    document.save(placed);
    await document.flush();
    expect((await open()).current()).toEqual(placed);
    expect(logged).toEqual([]);
  });

  it.each([
    ['is no JSON', 'nonsense'],
    ['is of another version', '{"version":2,"screenSets":[]}'],
    ['has a size that is none', JSON.stringify(placed).replace('"width":3', '"width":-3')],
    ['is empty', ''],
  ])('that %s is as good as none, and is logged once', async (_what, text) => {
    await writeFile(join(folder, 'windows.json'), text);
    const document = await open();
    expect(document.current()).toEqual(noPlaces);
    expect(logged).toEqual(['Could not read where windows were']);
    document.save(placed);
    await document.flush();
    expect(JSON.parse(await readFile(join(folder, 'windows.json'), 'utf8'))).toEqual(placed);
  });

  it('that can not be written is logged, and nothing else', async () => {
    const document = await open();
    await rm(folder, { recursive: true });
    document.save(placed);
    await document.flush();
    expect(logged).toEqual(['Could not write where windows were']);
  });
});
