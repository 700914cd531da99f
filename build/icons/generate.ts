import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright';

// Draws proxima.svg in the sizes that packages want, the small ones from proxima-small.svg, which has fewer and bolder strokes:
// node build/run.mjs build/icons/generate.ts

const folder = new URL('.', import.meta.url);
const pngSizes = [16, 32, 48, 64, 128, 256, 512, 1024] as const;
const smallMaximum = 32;
const icoSizes = [16, 32, 48, 64, 128, 256] as const;
/** Types of an icns entry by what they hold (Apple, “Icon Services”): @2x ones repeat a picture of twice their size. */
const icnsTypes = [
  ['icp4', 16],
  ['icp5', 32],
  ['ic11', 32],
  ['ic12', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic13', 256],
  ['ic09', 512],
  ['ic14', 512],
  ['ic10', 1024],
] as const;

type Pictures = ReadonlyMap<number, Buffer>;

const pictures = await draw();
for (const [size, png] of pictures) writeFileSync(new URL(`${size}x${size}.png`, folder), png);
writeFileSync(new URL('icon.ico', folder), composeIco(pictures));
writeFileSync(new URL('icon.icns', folder), composeIcns(pictures));

async function draw(): Promise<Pictures> {
  const large = readFileSync(new URL('proxima.svg', folder), 'utf8');
  const small = readFileSync(new URL('proxima-small.svg', folder), 'utf8');
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const drawn = new Map<number, Buffer>();
    for (const size of pngSizes) {
      const page = await browser.newPage({ viewport: { width: size, height: size } });
      await page.setContent(
        `<style>body { margin: 0 } svg { display: block; width: ${size}px }</style>${size <= smallMaximum ? small : large}`,
      );
      drawn.set(size, await page.screenshot({ omitBackground: true }));
      await page.close();
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

function take(drawn: Pictures, size: number): Buffer {
  const png = drawn.get(size);
  if (!png) throw new Error(`no picture of ${size} pixels`);
  return png;
}

/** Little-endian: 6 bytes of header, 16 of directory for each picture, then the pictures as PNG. */
function composeIco(drawn: Pictures): Buffer {
  const pngs = icoSizes.map((size) => ({ size, png: take(drawn, size) }));
  const header = Buffer.from([0, 0, 1, 0, pngs.length, 0]);
  let offset = header.length + 16 * pngs.length;
  const directory = pngs.map(({ size, png }) => {
    const entry = Buffer.alloc(16);
    // 256 is written as 0.
    entry.writeUInt8(size % 256, 0);
    entry.writeUInt8(size % 256, 1);
    entry.writeUInt16LE(1, 4);
    entry.writeUInt16LE(32, 6);
    entry.writeUInt32LE(png.length, 8);
    entry.writeUInt32LE(offset, 12);
    offset += png.length;
    return entry;
  });
  return Buffer.concat([header, ...directory, ...pngs.map(({ png }) => png)]);
}

/** Big-endian: type and length, before the whole and before each picture. */
function composeIcns(drawn: Pictures): Buffer {
  const entries = icnsTypes.map(([type, size]) => composeBlock(type, take(drawn, size)));
  return composeBlock('icns', Buffer.concat(entries));
}

function composeBlock(type: string, content: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(type, 'latin1');
  header.writeUInt32BE(header.length + content.length, 4);
  return Buffer.concat([header, content]);
}
