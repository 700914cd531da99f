import { outOfProtocol } from '../hostFault.ts';
import { mostBytesOf, readRows, type Decode } from './decoder.ts';
import type { Inflater } from './inflater.ts';

/** Zlib (rfbproto, “zlib Encoding”): raw, in one compressed stream for the whole connection. */
export const createZlibDecoder =
  (inflater: Inflater): Decode =>
  async (drawing, area) => {
    const { source } = drawing;
    if (source.available < 4) await source.fill(4);
    const length = source.takeUint32();
    if (length > mostBytesOf(area)) throw outOfProtocol('sent more bytes than a rectangle can need');
    inflater.begin(source, length);
    await readRows(drawing, inflater.reader, area, 'full');
    await inflater.finish();
    return 'exact';
  };
