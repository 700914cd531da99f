import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findPlace,
  fingerprintOf,
  fitBounds,
  noPlaces,
  type Screen,
  type WindowPlaces,
  windowPlacesSchema,
  withPlace,
} from './windowPlaces.ts';

const screenAt = (x: number, y: number, width: number, height: number, scaleFactor = 1): Screen => ({
  bounds: { x, y, width, height },
  workArea: { x, y: y + 25, width, height: height - 25 },
  scaleFactor,
});
const laptop = screenAt(0, 0, 1440, 900, 2);
const desk = screenAt(1440, 0, 2560, 1440);
const place = { x: 1500, y: 100, width: 1280, height: 800, isMaximized: false };

describe('screen sets', () => {
  it('are the same in whatever order the system lists them', () => {
    expect(fingerprintOf([laptop, desk])).toBe(fingerprintOf([desk, laptop]));
  });

  it('differ by count, place, size and scale', () => {
    const sets = [
      [laptop],
      [laptop, desk],
      [laptop, screenAt(-2560, 0, 2560, 1440)],
      [laptop, screenAt(1440, 0, 1920, 1080)],
      [laptop, screenAt(1440, 0, 2560, 1440, 1.5)],
    ];
    expect(new Set(sets.map(fingerprintOf)).size).toBe(sets.length);
  });

  it('have their own place for each kind of window', () => {
    const atDesk = fingerprintOf([laptop, desk]);
    const places = withPlace(withPlace(noPlaces, atDesk, 'main', place), atDesk, 'settings', {
      ...place,
      x: 1600,
    });
    expect(findPlace(places, atDesk, 'main')).toEqual(place);
    expect(findPlace(places, atDesk, 'settings')?.x).toBe(1600);
    expect(findPlace(places, atDesk, 'session')).toBeUndefined();
    expect(findPlace(places, fingerprintOf([laptop]), 'main')).toBeUndefined();
    expect(windowPlacesSchema.parse(JSON.parse(JSON.stringify(places)))).toEqual(places);
  });

  it('are forgotten once there are many newer ones', () => {
    let places: WindowPlaces = noPlaces;
    for (let index = 0; index < 30; index++) places = withPlace(places, `set ${index}`, 'main', place);
    expect(places.screenSets).toHaveLength(20);
    expect(findPlace(places, 'set 9', 'main')).toBeUndefined();
    expect(findPlace(places, 'set 29', 'main')).toEqual(place);
  });
});

describe('bounds', () => {
  it('stay where all of them can be seen, also across two screens', () => {
    const across = { x: 1200, y: 100, width: 600, height: 400 };
    expect(fitBounds(across, [laptop, desk])).toEqual(across);
  });

  it('come back from a screen that is gone', () => {
    expect(fitBounds({ x: 3000, y: 1200, width: 800, height: 600 }, [laptop])).toEqual({
      x: 640,
      y: 300,
      width: 800,
      height: 600,
    });
  });

  it('shrink into the screen that shows most of them', () => {
    expect(fitBounds({ x: 1300, y: -50, width: 4000, height: 2000 }, [laptop, desk])).toEqual({
      x: 1440,
      y: 25,
      width: 2560,
      height: 1415,
    });
  });

  it('can always be seen as a whole', () => {
    const coordinate = fc.integer({ min: -100_000, max: 100_000 });
    const extent = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(coordinate, coordinate, extent, extent, (x, y, width, height) => {
        const fitted = fitBounds({ x, y, width, height }, [laptop]);
        const { workArea } = laptop;
        return (
          fitted.x >= workArea.x &&
          fitted.y >= workArea.y &&
          fitted.x + fitted.width <= workArea.x + workArea.width &&
          fitted.y + fitted.height <= workArea.y + workArea.height
        );
      }),
    );
  });
});
