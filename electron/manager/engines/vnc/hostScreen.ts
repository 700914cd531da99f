import type { Stage } from '../stage.ts';
import type { ByteReader } from './byteReader.ts';
import type { ScreenLayout } from './clientMessages.ts';
import { readCursor } from './cursorShape.ts';
import { encodings, pseudoEncodings } from './encodings/encodings.ts';
import type { Decode } from './encodings/decoder.ts';
import { decodeHextile } from './encodings/hextile.ts';
import { Inflater } from './encodings/inflater.ts';
import { decodeRaw } from './encodings/raw.ts';
import { decodeRre } from './encodings/rre.ts';
import { createTightDecoders } from './encodings/tight.ts';
import { createZlibDecoder } from './encodings/zlib.ts';
import { createZrleDecoder } from './encodings/zrle.ts';
import { outOfProtocol, quote } from './hostFault.ts';
import type { Pace } from './pace.ts';
import type { PixelFormat } from './pixelFormat.ts';

const largestSidePixels = 16_384;
/** 8K UHD; 133 MB as a picture. */
const mostPixels = 33_177_600;
const longestNameBytes = 65_536;
const longestShownName = 256;
/** As many rectangles as the count can say, or until a LastRect. */
const openCount = 65_535;

/** What an update told besides pixels. */
interface UpdateOutcome {
  /** The picture is another one now, and has to be asked for as a whole. */
  readonly isResized: boolean;
}

/** The host's screen on the stage: rectangles are drawn as they come. */
export interface HostScreen {
  /** Of a host that lets its clients choose its size. */
  readonly layout: ScreenLayout | undefined;
  /** Reads a FramebufferUpdate behind its type (RFC 6143 §7.6.1), and draws it. @throws HostFault */
  readUpdate(): Promise<UpdateOutcome>;
  /** Frees the compressed streams. Nothing is drawn any more. */
  close(): void;
}

/** @throws HostFault where a picture of this size is beyond all bounds. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw outOfProtocol('has a screen without any pixels');
  if (width > largestSidePixels || height > largestSidePixels || width * height > mostPixels)
    throw outOfProtocol(
      `has a screen of ${width} × ${height} pixels; ${largestSidePixels} a side and ${mostPixels} in all are possible here`,
    );
}

export function showName(name: string): string {
  return quote(name).slice(1, -1).slice(0, longestShownName);
}

export function createHostScreen(
  source: ByteReader,
  stage: Stage,
  format: PixelFormat,
  pace: Pace,
): HostScreen {
  const tightStreams = Array.from({ length: 4 }, () => new Inflater(pace));
  const { tight, tightPng } = createTightDecoders(tightStreams);
  const [zlibStream, zrleStream] = [new Inflater(pace), new Inflater(pace)];
  const decoders: ReadonlyMap<number, Decode> = new Map([
    [encodings.raw, decodeRaw],
    [encodings.rre, decodeRre],
    [encodings.hextile, decodeHextile],
    [encodings.zlib, createZlibDecoder(zlibStream)],
    [encodings.zrle, createZrleDecoder(zrleStream)],
    [encodings.tight, tight],
    [encodings.tightPng, tightPng],
  ]);
  let layout: ScreenLayout | undefined;

  const resize = (width: number, height: number): boolean => {
    if (width === stage.width && height === stage.height) return false;
    checkSize(width, height);
    stage.resize(width, height);
    return true;
  };

  const readLayout = async (reason: number, status: number, width: number, height: number) => {
    await source.fill(4);
    const count = source.takeByte();
    source.take(3);
    for (let index = 0; index < count; index++) {
      const screen = await source.read(16);
      if (index === 0) layout = { id: screen.readUInt32BE(0), flags: screen.readUInt32BE(12) };
    }
    layout ??= { id: 0, flags: 0 };
    const [byThisClient, succeeded] = [1, 0];
    return reason === byThisClient && status !== succeeded ? false : resize(width, height);
  };

  const draw = async (x: number, y: number, width: number, height: number, encoding: number) => {
    if (x + width > stage.width || y + height > stage.height)
      throw outOfProtocol('drew outside of its screen');
    const area = { x, y, width, height };
    if (encoding === encodings.copyRect) {
      await source.fill(4);
      const [fromX, fromY] = [source.takeUint16(), source.takeUint16()];
      if (fromX + width > stage.width || fromY + height > stage.height)
        throw outOfProtocol('copied from outside of its screen');
      stage.copy({ x: fromX, y: fromY, width, height }, x, y);
      return;
    }
    const decode = decoders.get(encoding);
    if (!decode) throw outOfProtocol(`drew in a way that is not known here (${encoding})`);
    const { pixels } = stage;
    const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.byteLength / 4);
    const content = await decode({ source, format, words, stride: stage.width, pace }, area);
    stage.damage(area, content);
  };

  return {
    get layout() {
      return layout;
    },
    async readUpdate() {
      await source.fill(3);
      source.take(1);
      const count = source.takeUint16();
      let isResized = false;
      for (let index = 0; index < count || count === openCount; index++) {
        if (source.available < 12) await source.fill(12);
        const [x, y] = [source.takeUint16(), source.takeUint16()];
        const [width, height] = [source.takeUint16(), source.takeUint16()];
        const encoding = source.takeInt32();
        if (encoding === pseudoEncodings.lastRect) break;
        if (encoding === pseudoEncodings.desktopSize) {
          isResized = resize(width, height) || isResized;
        } else if (encoding === pseudoEncodings.extendedDesktopSize) {
          isResized = (await readLayout(x, y, width, height)) || isResized;
        } else if (encoding === pseudoEncodings.desktopName) {
          await source.fill(4);
          const length = source.takeUint32();
          if (length > longestNameBytes)
            throw outOfProtocol(`has a name of more than ${longestNameBytes} bytes`);
          stage.setName(showName((await source.read(length)).toString('utf8')));
        } else if (
          encoding === pseudoEncodings.cursor ||
          encoding === pseudoEncodings.xCursor ||
          encoding === pseudoEncodings.cursorWithAlpha
        ) {
          stage.setCursor(await readCursor(source, format, { x, y, width, height }, encoding));
        } else {
          await draw(x, y, width, height, encoding);
        }
        if (pace.spend(width * height + 1_024)) await pace.rest();
      }
      stage.finishFrame();
      return { isResized };
    },
    close() {
      for (const stream of [...tightStreams, zlibStream, zrleStream]) stream.reset();
    },
  };
}
