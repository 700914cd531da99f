import { PNG } from 'pngjs';
import { runProgram } from './process.ts';

/** Fields of the header that `xwd` writes before the pixels (X11/XWDFile.h), as indices of 32-bit words. */
const header = {
  size: 0,
  version: 1,
  width: 4,
  height: 5,
  byteOrder: 7,
  bitsPerPixel: 11,
  bytesPerLine: 12,
  colours: 19,
};
const xwdVersion = 7;
const colourBytes = 12;

/** The whole screen of an X server as PNG, from the server itself and not from what a session shows of it. */
export async function captureScreen(display: string, authorityFile: string): Promise<Buffer> {
  const dump = await runProgram('xwd', ['-root', '-silent', '-display', display], {
    environment: { XAUTHORITY: authorityFile },
  });
  return convertDump(dump);
}

/** @throws when it isn't a dump with 32 bits per pixel, which every server here has. */
function convertDump(dump: Buffer): Buffer {
  const read = (index: number) => dump.readUInt32BE(index * 4);
  if (read(header.version) !== xwdVersion || read(header.bitsPerPixel) !== 32) {
    throw new Error('not a screen dump with 32 bits per pixel');
  }
  const width = read(header.width);
  const height = read(header.height);
  const isBigEndian = read(header.byteOrder) === 1;
  const start = read(header.size) + read(header.colours) * colourBytes;
  const image = new PNG({ width, height });
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = start + y * read(header.bytesPerLine) + x * 4;
      const pixel = isBigEndian ? dump.readUInt32BE(from) : dump.readUInt32LE(from);
      image.data.writeUInt32BE(((pixel << 8) | 0xff) >>> 0, (y * width + x) * 4);
    }
  }
  return PNG.sync.write(image);
}
