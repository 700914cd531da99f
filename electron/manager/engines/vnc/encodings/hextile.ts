import { outOfProtocol } from '../hostFault.ts';
import { composeWord } from '../pixelFormat.ts';
import { listTiles, paint, readRows, type Decode } from './decoder.ts';

const tileSize = 16;
const [isRaw, hasBackground, hasForeground, hasParts, arePartsColored] = [1, 2, 4, 8, 16] as const;

/** Hextile (RFC 6143 §7.7.4): tiles of 16×16, each raw or as RRE; colours carry over from tile to tile. */
export const decodeHextile: Decode = async (drawing, area) => {
  const { source, format, pace } = drawing;
  const { bytes } = format;
  // Hosts that send neither get black: a pixel of a picture is always opaque.
  let background = composeWord(0, 0, 0);
  let foreground = background;
  for (const tile of listTiles(area, tileSize)) {
    if (source.available < 1) await source.fill(1);
    const mask = source.takeByte();
    if (pace.spend(tileSize * tileSize)) await pace.rest();
    if (mask & isRaw) {
      await readRows(drawing, source, tile, 'full');
      continue;
    }
    const head =
      (mask & hasBackground ? bytes : 0) + (mask & hasForeground ? bytes : 0) + (mask & hasParts ? 1 : 0);
    if (source.available < head) await source.fill(head);
    if (mask & hasBackground) background = format.readPixel(source.bytes, source.take(bytes));
    if (mask & hasForeground) foreground = format.readPixel(source.bytes, source.take(bytes));
    paint(drawing, tile, background);
    if (!(mask & hasParts)) continue;
    const count = source.takeByte();
    const partBytes = 2 + (mask & arePartsColored ? bytes : 0);
    if (source.available < count * partBytes) await source.fill(count * partBytes);
    for (let part = 0; part < count; part++) {
      const word = mask & arePartsColored ? format.readPixel(source.bytes, source.take(bytes)) : foreground;
      const place = source.takeByte();
      const size = source.takeByte();
      const [x, y] = [place >> 4, place & 15];
      const [width, height] = [(size >> 4) + 1, (size & 15) + 1];
      if (x + width > tile.width || y + height > tile.height)
        throw outOfProtocol('drew outside of a rectangle');
      paint(drawing, { x: tile.x + x, y: tile.y + y, width, height }, word);
    }
  }
  return 'exact';
};
