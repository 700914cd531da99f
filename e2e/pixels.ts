import type { Locator } from 'playwright/test';
import { PNG } from 'pngjs';

/** A colour that no theme of the rig's desktops and terminals shows by itself, as the ANSI escape that paints it. */
export type Paint = 'green' | 'magenta';

const backgrounds: Readonly<Record<Paint, number>> = { green: 42, magenta: 45 };

/** A shell command that fills some lines with a colour. It holds no colour itself: what is typed paints nothing. */
export const paintCommand = (paint: Paint): string =>
  `printf '\\033[${backgrounds[paint]}m%1500s\\033[0m\\n' ' '`;

const shows: Readonly<Record<Paint, (red: number, green: number, blue: number) => boolean>> = {
  green: (red, green, blue) => green > 130 && red < 110 && blue < 110 && green - Math.max(red, blue) > 70,
  magenta: (red, green, blue) => red > 130 && blue > 130 && green < 110 && Math.min(red, blue) - green > 70,
};

export async function takePicture(canvas: Locator): Promise<PNG> {
  return PNG.sync.read(await canvas.screenshot());
}

/** The share of a picture's pixels, 0 to 1, that have the paint's colour. */
export function shareOf(picture: PNG, paint: Paint): number {
  let count = 0;
  for (let at = 0; at < picture.data.length; at += 4) {
    const [red = 0, green = 0, blue = 0] = picture.data.subarray(at, at + 3);
    if (shows[paint](red, green, blue)) count += 1;
  }
  return count / (picture.width * picture.height);
}

/** How many different colours a picture has: a blank canvas has one. */
export function countColours(picture: PNG): number {
  const colours = new Set<number>();
  for (let at = 0; at < picture.data.length; at += 4) colours.add(picture.data.readUInt32BE(at));
  return colours.size;
}

/** The share of pixels, 0 to 1, in which two pictures differ; 1 where their sizes do. */
export function differenceOf(one: PNG, other: PNG): number {
  if (one.width !== other.width || one.height !== other.height) return 1;
  let count = 0;
  for (let at = 0; at < one.data.length; at += 4) {
    if (one.data.readUInt32BE(at) !== other.data.readUInt32BE(at)) count += 1;
  }
  return count / (one.width * one.height);
}
