import { outOfProtocol } from '../hostFault.ts';
import { paint, type Decode } from './decoder.ts';

/** RRE (RFC 6143 §7.7.3): a background, and areas of one colour on it. */
export const decodeRre: Decode = async (drawing, area) => {
  const { source, format, pace } = drawing;
  const { bytes } = format;
  if (source.available < 4 + bytes) await source.fill(4 + bytes);
  const count = source.takeUint32();
  // Each of them is of use only with a pixel of its own.
  if (count > area.width * area.height) throw outOfProtocol('sent more parts than a rectangle has pixels');
  paint(drawing, area, format.readPixel(source.bytes, source.take(bytes)));
  for (let left = count; left > 0; left--) {
    if (source.available < bytes + 8) await source.fill(bytes + 8);
    const word = format.readPixel(source.bytes, source.take(bytes));
    const [x, y] = [source.takeUint16(), source.takeUint16()];
    const [width, height] = [source.takeUint16(), source.takeUint16()];
    if (x + width > area.width || y + height > area.height)
      throw outOfProtocol('drew outside of a rectangle');
    paint(drawing, { x: area.x + x, y: area.y + y, width, height }, word);
    if (pace.spend(width * height + 64)) await pace.rest();
  }
  return 'exact';
};
