import type { PixelFormat } from './pixelFormat.ts';

/** One of the screens that a desktop is made of (rfbproto, “ExtendedDesktopSize Pseudo-encoding”). */
export interface ScreenLayout {
  readonly id: number;
  readonly flags: number;
}

/** Messages of a client to its server (RFC 6143 §7.5). */
export function composeSetPixelFormat({ encoded }: PixelFormat): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 0]), encoded]);
}

export function composeSetEncodings(numbers: readonly number[]): Buffer {
  const message = Buffer.alloc(4 + numbers.length * 4);
  message[0] = 2;
  message.writeUInt16BE(numbers.length, 2);
  for (const [index, number] of numbers.entries()) message.writeInt32BE(number, 4 + index * 4);
  return message;
}

/** Asks for the whole picture, or for what has changed of it. */
export function composeUpdateRequest(width: number, height: number, isIncremental: boolean): Buffer {
  const message = Buffer.alloc(10);
  message[0] = 3;
  message[1] = isIncremental ? 1 : 0;
  message.writeUInt16BE(width, 6);
  message.writeUInt16BE(height, 8);
  return message;
}

export function composeKeyEvent(keysym: number, isPressed: boolean): Buffer {
  const message = Buffer.alloc(8);
  message[0] = 4;
  message[1] = isPressed ? 1 : 0;
  message.writeUInt32BE(keysym, 4);
  return message;
}

export function composePointerEvent(x: number, y: number, buttons: number): Buffer {
  const message = Buffer.alloc(6);
  message[0] = 5;
  message[1] = buttons;
  message.writeUInt16BE(x, 2);
  message.writeUInt16BE(y, 4);
  return message;
}

export function composeCutText(text: Uint8Array): Buffer {
  const head = Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(text.length, 4);
  return Buffer.concat([head, text]);
}

/** A length below zero tells the extended clipboard from plain text (rfbproto, “Extended Clipboard Pseudo-Encoding”). */
export function composeExtendedCutText(flags: number, data: Uint8Array): Buffer {
  const head = Buffer.from([6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeInt32BE(-(data.length + 4), 4);
  head.writeUInt32BE(flags, 8);
  return Buffer.concat([head, data]);
}

/** Asks for one screen of this size. */
export function composeSetDesktopSize(width: number, height: number, screen: ScreenLayout): Buffer {
  const message = Buffer.alloc(24);
  message[0] = 251;
  message.writeUInt16BE(width, 2);
  message.writeUInt16BE(height, 4);
  message[6] = 1;
  message.writeUInt32BE(screen.id, 8);
  message.writeUInt16BE(width, 16);
  message.writeUInt16BE(height, 18);
  message.writeUInt32BE(screen.flags, 20);
  return message;
}
