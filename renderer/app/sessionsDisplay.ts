/** Above this many device pixels per CSS pixel nobody sees a difference, and the picture only gets heavier. */
const scaleCap = 3;
/** What a host may be asked for: MS-RDPEDISP 2.2.2.2.1, the strictest of the four protocols. */
const smallestSide = 200;
const largestSide = 8192;

const clampSide = (pixels: number) => Math.min(largestSide, Math.max(smallestSide, Math.round(pixels)));

/** How many device pixels of the remote picture lie along one CSS pixel. */
const pictureScale = (devicePixelRatio: number) => Math.min(scaleCap, Math.max(1, devicePixelRatio));

/**
 * The size in device pixels to ask a host for, so that its picture fills an area given in CSS pixels. The width is a multiple of
 * four, to which guacd cuts it for RDP at the start; asking for more would only resize the desktop a moment later.
 */
export function remoteSize(
  area: { readonly width: number; readonly height: number },
  devicePixelRatio: number,
): { width: number; height: number } {
  const scale = pictureScale(devicePixelRatio);
  return {
    width: clampSide(area.width * scale) & ~3,
    height: clampSide(area.height * scale),
  };
}

/** What `sessions.open` has to know of the screen. `dpi` is 96 for each CSS inch. */
export function displayFor(
  area: { readonly width: number; readonly height: number },
  devicePixelRatio: number,
  timezone: string | undefined,
) {
  const dpi = Math.round(96 * pictureScale(devicePixelRatio));
  return { ...remoteSize(area, devicePixelRatio), dpi, ...(timezone === undefined ? {} : { timezone }) };
}

/**
 * The factor from remote pixels to CSS pixels: one device pixel each where the picture fits, smaller where the host didn't
 * follow a resize, never larger than sharp.
 */
export function fitScale(
  picture: { readonly width: number; readonly height: number },
  area: { readonly width: number; readonly height: number },
  devicePixelRatio: number,
): number {
  const sharp = 1 / pictureScale(devicePixelRatio);
  if (picture.width <= 0 || picture.height <= 0) return sharp;
  return Math.min(sharp, area.width / picture.width, area.height / picture.height);
}
