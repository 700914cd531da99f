import type { App, BrowserWindow, NativeImage, nativeImage } from 'electron';

export interface BadgeParts {
  readonly app: Pick<App, 'setBadgeCount'>;
  readonly nativeImage: Pick<typeof nativeImage, 'createFromBitmap'>;
  readonly platform: NodeJS.Platform;
  readonly windows: () => readonly Pick<BrowserWindow, 'setOverlayIcon'>[];
}

/** Shows the number of live sessions at the app's icon: dock, launcher, or taskbar. Call it again when a window opened. */
export function showBadge({ app, nativeImage: images, platform, windows }: BadgeParts, count: number): void {
  if (platform !== 'win32') {
    app.setBadgeCount(count);
    return;
  }
  const overlay: NativeImage | null =
    count === 0
      ? null
      : images.createFromBitmap(Buffer.from(drawBadge(count)), { width: badgeSize, height: badgeSize });
  const description = count === 0 ? '' : count === 1 ? 'One live session' : `${count} live sessions`;
  for (const window of windows()) window.setOverlayIcon(overlay, description);
}

/** Windows draws overlays at 16 pixels, at 32 on dense screens. */
const badgeSize = 32;
const discColour = [0xc0, 0x50, 0x24, 0xff] as const;
const digitColour = [0xff, 0xff, 0xff, 0xff] as const;
/** Three by five dots each, a row per number: its bits from left to right. */
const digits: Readonly<Record<string, readonly number[]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 7, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 2, 2, 2],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  '+': [0, 2, 7, 2, 0],
};

/** A disc with the number on it, as rows of pixels: blue, green, red, opacity. More than 99 is `9+`. */
export function drawBadge(count: number): Uint8Array {
  const pixels = new Uint8Array(badgeSize * badgeSize * 4);
  const put = (x: number, y: number, colour: readonly number[]) =>
    pixels.set(colour, (y * badgeSize + x) * 4);
  const middle = (badgeSize - 1) / 2;
  for (let y = 0; y < badgeSize; y++)
    for (let x = 0; x < badgeSize; x++)
      if (Math.hypot(x - middle, y - middle) <= badgeSize / 2) put(x, y, discColour);

  const text = count > 99 ? '9+' : String(count);
  const dot = text.length === 1 ? 4 : 3;
  const advance = 4 * dot;
  const left = Math.round((badgeSize - (text.length * advance - dot)) / 2);
  const top = Math.round((badgeSize - 5 * dot) / 2);
  Array.from(text).forEach((digit, index) => {
    digits[digit]?.forEach((bits, row) => {
      for (let column = 0; column < 3; column++) {
        if (((bits >> (2 - column)) & 1) === 0) continue;
        for (let pixel = 0; pixel < dot * dot; pixel++)
          put(
            left + index * advance + column * dot + (pixel % dot),
            top + row * dot + Math.floor(pixel / dot),
            digitColour,
          );
      }
    });
  });
  return pixels;
}
