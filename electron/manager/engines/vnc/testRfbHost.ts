import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { ByteReader } from './byteReader.ts';

/** The server's end of one connection, for tests that decide each byte. */
export interface RfbPeer {
  readonly socket: Socket;
  send(...parts: readonly (Uint8Array | string | readonly number[])[]): void;
  /** Bytes of the client. Rejects once it is gone. */
  read(count: number): Promise<Buffer>;
  /** The next message of the client behind the handshake: its type, and all of its bytes. */
  readMessage(): Promise<Buffer>;
  /** Up to where pictures flow: 3.8, no password; takes the pixel format and the encodings. */
  welcome(size?: { readonly width: number; readonly height: number }): Promise<void>;
  end(): void;
}

export interface RfbHost {
  readonly port: number;
  /** How many clients are there. */
  readonly openCount: () => number;
  /** How many were there. */
  readonly count: () => number;
  close(): Promise<void>;
}

export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** The head of a rectangle of an update. */
export const rectangle = (x: number, y: number, width: number, height: number, encoding: number): Buffer =>
  Buffer.concat([u16(x), u16(y), u16(width), u16(height), u32(encoding)]);

/** The head of an update. */
export const update = (count: number): Buffer => Buffer.concat([Buffer.from([0, 0]), u16(count)]);

/** ServerInit of a screen with this size and name. */
export const serverInit = (width: number, height: number, name = 'test'): Buffer =>
  Buffer.concat([
    u16(width),
    u16(height),
    Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0]),
    u32(name.length),
    Buffer.from(name),
  ]);

/** Listens on loopback, and plays a script to each client; a script that fails because its client went is over. */
export async function startRfbHost(play: (peer: RfbPeer) => Promise<unknown>): Promise<RfbHost> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    play(createPeer(socket)).catch(() => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    openCount: () => sockets.size,
    count: () => count,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function createPeer(socket: Socket): RfbPeer {
  // All is taken in at once: a client that has gone shows only behind what it sent.
  const pieces: Buffer[] = [];
  let wake = () => {};
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    wake();
  });
  socket.on('close', () => wake());
  const pull = async (): Promise<Uint8Array> => {
    for (;;) {
      const piece = pieces.shift();
      if (piece) return piece;
      if (socket.destroyed) throw new Error('the client is gone');
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const reader = new ByteReader(pull);
  const peer: RfbPeer = {
    socket,
    send(...parts) {
      socket.write(
        Buffer.concat(
          parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))),
        ),
      );
    },
    read: (count) => reader.read(count),
    async readMessage() {
      const type = await reader.read(1);
      const rest = async () => {
        const lengths: Readonly<Record<number, number>> = { 0: 19, 3: 9, 4: 7, 5: 5 };
        const fixed = lengths[type[0] ?? -1];
        if (fixed !== undefined) return reader.read(fixed);
        const head = await reader.read(type[0] === 2 ? 3 : 7);
        if (type[0] === 2) return Buffer.concat([head, await reader.read(head.readUInt16BE(1) * 4)]);
        if (type[0] === 6) return Buffer.concat([head, await reader.read(Math.abs(head.readInt32BE(3)))]);
        return Buffer.concat([head, await reader.read((head[5] ?? 0) * 16)]);
      };
      return Buffer.concat([type, await rest()]);
    },
    async welcome({ width, height } = { width: 64, height: 48 }) {
      peer.send('RFB 003.008\n');
      await reader.read(12);
      peer.send([1, 1]);
      await reader.read(1);
      peer.send(u32(0));
      await reader.read(1);
      peer.send(serverInit(width, height));
      await peer.readMessage();
      await peer.readMessage();
    },
    end: () => socket.end(),
  };
  return peer;
}
