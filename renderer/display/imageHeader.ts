/** What an image says of itself before it is decoded. */
export interface ImageHeader {
  readonly format: 'png' | 'jpeg' | 'webp' | 'gif';
  readonly width: number;
  readonly height: number;
}

/**
 * Reads the size of an image from its first bytes, so that nothing is decoded that is too large. `undefined` where it is none of
 * the formats that the session manager may send.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = formats.find(({ signature }) => signature.every((byte, at) => byte < 0 || bytes[at] === byte));
  const header = read?.readSize(view);
  return read && header && { format: read.format, ...header };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Format {
  readonly format: ImageHeader['format'];
  /** The first bytes, -1 for any. */
  readonly signature: readonly number[];
  readSize(view: DataView): Size | undefined;
}

const codesOf = (text: string) =>
  Array.from(text, (character) => (character === '?' ? -1 : character.charCodeAt(0)));

const formats: readonly Format[] = [
  // https://www.w3.org/TR/png-3/#11IHDR
  {
    format: 'png',
    signature: [0x89, ...codesOf('PNG\r\n\u001a\n????IHDR')],
    readSize: (view) =>
      view.byteLength < 24 ? undefined : { width: view.getUint32(16), height: view.getUint32(20) },
  },
  { format: 'jpeg', signature: [0xff, 0xd8, 0xff], readSize: readJpegSize },
  { format: 'webp', signature: codesOf('RIFF????WEBPVP8'), readSize: readWebpSize },
  {
    format: 'gif',
    signature: codesOf('GIF8?a'),
    readSize: (view) =>
      view.byteLength < 10 ? undefined : { width: view.getUint16(6, true), height: view.getUint16(8, true) },
  },
];

/** Goes from marker to marker up to the frame header (ITU-T T.81, B.2.2). */
function readJpegSize(view: DataView): Size | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    // Of these, the three that are no frame headers are tables.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** https://developers.google.com/speed/webp/docs/riff_container, and RFC 6386 section 9.1. */
function readWebpSize(view: DataView): Size | undefined {
  if (view.byteLength < 30) return undefined;
  switch (view.getUint8(15)) {
    case 0x20:
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case 0x4c: {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x58:
      return {
        width: (view.getUint32(24, true) & 0xffffff) + 1,
        height: (view.getUint32(26, true) >>> 8) + 1,
      };
    default:
      return undefined;
  }
}
