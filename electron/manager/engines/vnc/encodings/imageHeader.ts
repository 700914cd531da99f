/** How large an image says that it is, before anything is decoded. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const startOfImage = 0xd8;
/** Baseline, extended and progressive frames (ITU-T T.81, table B.1): all `SOFn` that decoders know. */
const startsOfFrame: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2]);

/** Of a JPEG (ITU-T T.81 §B.2.2). @returns `undefined` where there is no frame. */
export function readJpegSize(data: Buffer): ImageSize | undefined {
  if (data.length < 4 || data[0] !== 0xff || data[1] !== startOfImage) return undefined;
  for (let at = 2; at + 9 <= data.length;) {
    if (data[at] !== 0xff) return undefined;
    const marker = data[at + 1] ?? 0;
    if (startsOfFrame.has(marker))
      return { height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) };
    // Fill bytes may stand before a marker.
    at += marker === 0xff ? 1 : 2 + data.readUInt16BE(at + 2);
  }
  return undefined;
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Of a PNG (W3C PNG §11.2.1): its first chunk is `IHDR`. */
export function readPngSize(data: Buffer): ImageSize | undefined {
  if (data.length < 24 || !data.subarray(0, 8).equals(pngSignature)) return undefined;
  if (data.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
}
