import type { EngineHandshake } from '../../engine.ts';
import { encodings, pseudoEncodings } from './encodings/encodings.ts';
import type { ColorDepth } from './pixelFormat.ts';
import { parseFingerprints } from './security/certificateTrust.ts';
import { findTextEncoding, type TextEncoding } from './textEncoding.ts';

/** Arguments that mean the same as in guacd; `cert-fingerprints` is from its RDP, as its VNC checks no certificates. */
export const vncArgumentNames = [
  'hostname',
  'port',
  'read-only',
  'disable-display-resize',
  'encodings',
  'username',
  'password',
  'swap-red-blue',
  'color-depth',
  'cursor',
  'autoretry',
  'clipboard-encoding',
  'dest-host',
  'dest-port',
  'disable-copy',
  'disable-paste',
  'force-lossless',
  'compress-level',
  'quality-level',
  'cert-fingerprints',
] as const;

export interface VncSettings {
  readonly host: string;
  /** What the person calls it: its certificate is made for that, and pinned under it. */
  readonly name: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Where a repeater is to connect to, which is what answers at `host` then. */
  readonly destination: string | undefined;
  /** How often it is dialled again where it can't be reached. */
  readonly retries: number;
  readonly fingerprints: readonly string[];
  readonly colorDepth: ColorDepth;
  readonly swapsRedAndBlue: boolean;
  /** Numbers of encodings and pseudo encodings, best first. */
  readonly encodings: readonly number[];
  /** Whether the host draws its cursor into the picture. */
  readonly isCursorRemote: boolean;
  readonly isReadOnly: boolean;
  readonly resizesHost: boolean;
  readonly takesCopies: boolean;
  readonly givesPastes: boolean;
  readonly textEncoding: TextEncoding;
  /** What the owner has room for, in pixels. */
  readonly display: { readonly width: number; readonly height: number };
}

const defaultPort = 5_900;
const mostRetries = 10;

export function parseVncSettings({ parameters, display, hostName }: EngineHandshake): VncSettings {
  const read = (name: (typeof vncArgumentNames)[number]) => parameters[name] ?? '';
  const isOn = (name: (typeof vncArgumentNames)[number]) => read(name) === 'true';
  const isReadOnly = isOn('read-only');
  return {
    host: withoutBrackets(read('hostname')),
    name: withoutBrackets(hostName || read('hostname')),
    port: readNumber(read('port'), 65_535) || defaultPort,
    username: read('username'),
    password: read('password'),
    destination:
      read('dest-host') === '' ? undefined : `${read('dest-host')}:${read('dest-port') || defaultPort}`,
    retries: Math.min(readNumber(read('autoretry'), mostRetries) ?? 0, mostRetries),
    fingerprints: parseFingerprints(read('cert-fingerprints')),
    colorDepth: read('color-depth') === '8' ? 8 : read('color-depth') === '16' ? 16 : 24,
    swapsRedAndBlue: isOn('swap-red-blue'),
    encodings: listEncodings(read, isOn('force-lossless')),
    isCursorRemote: read('cursor') === 'remote',
    isReadOnly,
    resizesHost: !isReadOnly && !isOn('disable-display-resize'),
    takesCopies: !isOn('disable-copy'),
    givesPastes: !isReadOnly && !isOn('disable-paste'),
    textEncoding: findTextEncoding(read('clipboard-encoding')),
    display: { width: display.width, height: display.height },
  };
}

function readNumber(text: string, maximum: number): number | undefined {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  return number === undefined ? undefined : Math.min(number, maximum);
}

/** By the names that guacd's `encodings` has. Others are of no use here. */
const named: Readonly<Record<string, number>> = {
  raw: encodings.raw,
  copyrect: encodings.copyRect,
  rre: encodings.rre,
  hextile: encodings.hextile,
  zlib: encodings.zlib,
  zrle: encodings.zrle,
  tight: encodings.tight,
  tightpng: encodings.tightPng,
};
/**
 * A manager is near its hosts, where what compresses is the bottleneck: measured with TigerVNC at 1280×800, a photo takes 46 ms a
 * frame with Tight at level 0, 320 ms at its own level, 380 ms with ZRLE and 66 ms with Hextile; a desktop 18, 36, 25 and 20 ms.
 */
const defaultCompression = 0;
const defaultEncodings = 'copyrect tight zrle hextile zlib rre raw';

function listEncodings(
  read: (name: (typeof vncArgumentNames)[number]) => string,
  isLossless: boolean,
): number[] {
  const wanted = (read('encodings').trim() || defaultEncodings).toLowerCase().split(/[\s,]+/);
  const numbers = wanted.map((name) => named[name]).filter((number) => number !== undefined);
  const quality = readNumber(read('quality-level'), 9);
  const compression = readNumber(read('compress-level'), 9) ?? defaultCompression;
  return [
    ...new Set(numbers),
    ...(read('cursor') === 'remote'
      ? []
      : [pseudoEncodings.cursorWithAlpha, pseudoEncodings.cursor, pseudoEncodings.xCursor]),
    pseudoEncodings.extendedDesktopSize,
    pseudoEncodings.desktopSize,
    pseudoEncodings.lastRect,
    pseudoEncodings.desktopName,
    pseudoEncodings.extendedClipboard,
    // Without it servers send no JPEG.
    ...(quality === undefined || isLossless ? [] : [pseudoEncodings.jpegQuality + quality]),
    pseudoEncodings.compressLevel + compression,
  ];
}

const withoutBrackets = (host: string) => host.replace(/^\[(.*)\]$/, '$1');
