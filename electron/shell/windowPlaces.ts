import type { Display, Rectangle } from 'electron';
import { z } from 'zod';
import type { WindowKind } from './windowAddress.ts';

const coordinate = z.int().min(-100_000).max(100_000);
const extent = z.int().min(1).max(100_000);

/** Where a window was: its bounds while neither maximised nor full-screen, in device-independent pixels. */
const windowPlaceSchema = z.object({
  x: coordinate,
  y: coordinate,
  width: extent,
  height: extent,
  isMaximized: z.boolean(),
});
export type WindowPlace = z.infer<typeof windowPlaceSchema>;

const placesSchema = z.object({
  main: windowPlaceSchema.optional(),
  settings: windowPlaceSchema.optional(),
  session: windowPlaceSchema.optional(),
} satisfies Record<WindowKind, z.ZodType>);

/** The document of places: for each set of screens, the one used last at the end, where each kind of window was. */
export const windowPlacesSchema = z.object({
  version: z.literal(1),
  screenSets: z.array(z.object({ screens: z.string().max(2_000), places: placesSchema })).max(100),
});
export type WindowPlaces = z.infer<typeof windowPlacesSchema>;

export const noPlaces: WindowPlaces = { version: 1, screenSets: [] };

/** Desk, meeting rooms, home: more sets than anybody comes back to. */
const keptScreenSets = 20;

export type Screen = Pick<Display, 'bounds' | 'workArea' | 'scaleFactor'>;

/** Tells one set of screens from another, whatever order the system lists them in. */
export const fingerprintOf = (screens: readonly Screen[]): string =>
  screens
    .map(({ bounds: { x, y, width, height }, scaleFactor }) => `${width}x${height}+${x}+${y}@${scaleFactor}`)
    .sort()
    .join(' ');

export const findPlace = (places: WindowPlaces, screens: string, kind: WindowKind): WindowPlace | undefined =>
  places.screenSets.find((set) => set.screens === screens)?.places[kind];

export function withPlace(
  places: WindowPlaces,
  screens: string,
  kind: WindowKind,
  place: WindowPlace,
): WindowPlaces {
  const before = places.screenSets.find((set) => set.screens === screens)?.places;
  const others = places.screenSets.filter((set) => set.screens !== screens);
  const screenSets = [...others, { screens, places: { ...before, [kind]: place } }];
  return { version: 1, screenSets: screenSets.slice(-keptScreenSets) };
}

/** The bounds as they are where all of them can be seen, else moved and shrunk into the screen that shows most of them. */
export function fitBounds(wanted: Rectangle, screens: readonly Screen[]): Rectangle {
  const shown = screens.map(({ workArea }) => overlapOf(wanted, workArea));
  if (shown.reduce((sum, area) => sum + area, 0) >= wanted.width * wanted.height) return wanted;
  const area = screens[shown.indexOf(Math.max(...shown))]?.workArea;
  if (!area) return wanted;
  const width = Math.min(wanted.width, area.width);
  const height = Math.min(wanted.height, area.height);
  return {
    x: clamp(wanted.x, area.x, area.x + area.width - width),
    y: clamp(wanted.y, area.y, area.y + area.height - height),
    width,
    height,
  };
}

function overlapOf(one: Rectangle, other: Rectangle): number {
  const width = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const height = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, width) * Math.max(0, height);
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
