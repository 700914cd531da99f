import { constants, deflateSync, inflateSync } from 'node:zlib';
import type { ByteReader } from './byteReader.ts';
import { composeCutText, composeExtendedCutText } from './clientMessages.ts';
import { outOfProtocol } from './hostFault.ts';
import type { TextEncoding } from './textEncoding.ts';

/** As much as a clipboard holds in Guacamole's own clients. What is longer isn't passed on. */
const longestTextBytes = 262_144;
/** A host that announces more is not to be believed. */
const longestMessageBytes = 67_108_864;

/** Formats and actions (rfbproto, “Extended Clipboard Pseudo-Encoding”). */
const isText = 1;
const formats = 0xffff;
const capabilities = 1 << 24;
const request = 1 << 25;
const peek = 1 << 26;
const notify = 1 << 27;
const provide = 1 << 28;

/** The clipboard of a VNC server: UTF-8 where it knows the extended one, else text in one encoding. */
export interface HostClipboard {
  /** Reads a ServerCutText behind its type. @returns the text where there is a new one. */
  read(source: ByteReader): Promise<string | undefined>;
  /** The users' clipboard has changed. */
  offer(text: string): void;
}

export function createHostClipboard(encoding: TextEncoding, send: (message: Buffer) => void): HostClipboard {
  /** What the host understands; `undefined` until it said so. */
  let hostActions: number | undefined;
  let offered: string | undefined;

  const provideText = (text: string) => {
    const bytes = Buffer.from(`${text.replaceAll(/\r?\n/g, '\r\n')}\0`);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes.length);
    send(composeExtendedCutText(provide | isText, deflateSync(Buffer.concat([size, bytes]))));
  };

  const handle = (flags: number, data: Buffer): string | undefined => {
    if (flags & capabilities) {
      hostActions = flags & ~formats;
      // Nothing without being asked for: so that a host tells of its clipboard, and sends it on request.
      const size = Buffer.alloc(4);
      send(composeExtendedCutText(capabilities | request | peek | notify | provide | isText, size));
    } else if (flags & request) {
      if (flags & isText && offered !== undefined) provideText(offered);
    } else if (flags & peek) {
      send(composeExtendedCutText(notify | (offered === undefined ? 0 : isText), Buffer.alloc(0)));
    } else if (flags & notify) {
      if (flags & isText) send(composeExtendedCutText(request | isText, Buffer.alloc(0)));
    } else if (flags & provide && flags & isText) {
      return readProvided(data);
    }
    return undefined;
  };

  return {
    async read(source) {
      await source.fill(7);
      source.take(3);
      const length = source.takeInt32();
      const bytes = Math.abs(length);
      if (bytes > longestMessageBytes) throw outOfProtocol('sent a clipboard that is too large');
      if (bytes > longestTextBytes) {
        await source.skip(bytes);
        return undefined;
      }
      const data = await source.read(bytes);
      if (length >= 0) return encoding.decode(data).replaceAll('\r\n', '\n');
      if (bytes < 4) throw outOfProtocol('sent a clipboard message that is too short');
      return handle(data.readUInt32BE(0), data.subarray(4));
    },
    offer(text) {
      if (Buffer.byteLength(text) > longestTextBytes) return;
      offered = text;
      if (hostActions === undefined) send(composeCutText(encoding.encode(text.replaceAll('\r\n', '\n'))));
      else if (hostActions & notify) send(composeExtendedCutText(notify | isText, Buffer.alloc(0)));
      else if (hostActions & provide) provideText(text);
    },
  };
}

/** Each format in a compressed stream of its own: a length, and UTF-8 with a NUL at its end. */
function readProvided(data: Buffer): string | undefined {
  let inflated: Buffer;
  try {
    inflated = inflateSync(data, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: longestTextBytes * 4,
    });
  } catch {
    return undefined;
  }
  if (inflated.length < 4) return undefined;
  const text = inflated.toString('utf8', 4, 4 + Math.min(inflated.readUInt32BE(0), longestTextBytes));
  return text.replace(/\0[^]*$/, '').replaceAll('\r\n', '\n');
}
