import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import { type Carrier, pathOf } from './relayCarriers.ts';
import { endTimestamp, floodSignal } from './relayStreams.ts';

export interface Connections {
  readonly carrier: Carrier['kind'];
  readonly carrierPort: number;
  readonly sourcePort: number;
  readonly count: number;
  /** As fast as it comes, where it isn't given. */
  readonly bytesPerSecond?: number | undefined;
}

const readIntervalMs = 10;
const readBufferBytes = 256 * 1024;
/** Time for one moment's `sync`s to gather; at the rates of a flood less than the relay's credit comes meanwhile. */
const acknowledgeMs = 1;
const endOfFlood = Buffer.from(encodeInstruction(['sync', String(endTimestamp)]));
const syncOpcode = '4.sync,';
/** More than a `sync` has, so that one that came in two reads is found in the second. */
const longestSyncBytes = 32;
/** More would wait for their TLS handshakes in one another's way for longer than a channel has patience. */
const connectionsAtOnce = 10;
const maskBytes = 4;

/** Several clients at once. They look into nothing but for the latest `sync`, to answer it as a canvas does, after a moment. */
export async function connectAll({ count, bytesPerSecond = Infinity, ...way }: Connections) {
  let readBytes = 0;
  let ended = 0;
  let finish: () => void = () => {};
  const open = async () => {
    let hear: () => void = () => {};
    const heard = new Promise<void>((resolve) => (hear = resolve));
    const mostAtOnce = (bytesPerSecond * readIntervalMs) / 1000;
    let owedBytes = 0;
    let tail = Buffer.alloc(0);
    let latest: Buffer | undefined;
    const acknowledge = () => {
      if (!latest) return;
      hear();
      connection.send(latest);
      if (latest.equals(endOfFlood) && ++ended === count) finish();
      latest = undefined;
    };
    const connection = await dial(way, (data) => {
      readBytes += data.length;
      owedBytes += data.length;
      if (owedBytes > mostAtOnce) connection.socket.pause();
      const sync = findSync(data) ?? findSync(Buffer.concat([tail, data.subarray(0, longestSyncBytes)]));
      tail = Buffer.from(data.subarray(-longestSyncBytes));
      if (!sync) return;
      if (!latest) setTimeout(acknowledge, acknowledgeMs);
      latest = Buffer.from(sync);
    });
    if (bytesPerSecond !== Infinity) {
      const timer = setInterval(() => {
        owedBytes = Math.max(0, owedBytes - mostAtOnce);
        if (owedBytes === 0) connection.socket.resume();
      }, readIntervalMs);
      connection.socket.on('close', () => clearInterval(timer));
    }
    const closed = once(connection.socket, 'close').then(() => {
      throw new Error('the connection was closed');
    });
    closed.catch(() => {});
    await Promise.race([heard, closed]);
    return connection;
  };
  const opened: Connection[] = [];
  while (opened.length < count) {
    const missing = Math.min(connectionsAtOnce, count - opened.length);
    opened.push(...(await Promise.all(Array.from({ length: missing }, open))));
  }
  return {
    readBytes: () => readBytes,
    /** @returns seconds until all of it has come. */
    async flood(): Promise<number> {
      const startedAt = performance.now();
      const finished = new Promise<void>((resolve) => (finish = resolve));
      ended = 0;
      for (const { send } of opened) send(Buffer.from(floodSignal));
      await finished;
      return (performance.now() - startedAt) / 1000;
    },
    hangUp() {
      for (const { socket } of opened) socket.destroy();
    },
  };
}

/** The last whole one. */
export function findSync(data: Buffer): Buffer | undefined {
  let start = data.lastIndexOf(syncOpcode);
  if (start < 0) return undefined;
  let end = data.indexOf(';', start);
  if (end < 0 && start > 0) {
    start = data.lastIndexOf(syncOpcode, start - 1);
    end = start < 0 ? -1 : data.indexOf(';', start);
  }
  return end < 0 ? undefined : data.subarray(start, end + 1);
}

export interface Way {
  readonly carrier: Carrier['kind'];
  readonly carrierPort: number;
  readonly sourcePort: number;
}

export interface Connection {
  readonly socket: Socket;
  send(bytes: Buffer): void;
}

/**
 * A bare socket, or a WebSocket whose frames aren't taken apart: that would cost more than what is measured.
 *
 * @param onData is given what comes, up to the next call.
 */
export async function dial(way: Way, onData: (data: Buffer) => void): Promise<Connection> {
  const { carrier, carrierPort } = way;
  const socket = connect({
    host: '127.0.0.1',
    port: carrierPort,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(readBufferBytes),
      callback(count, buffer) {
        onData(Buffer.from(buffer.buffer, buffer.byteOffset, count));
        return true;
      },
    },
  });
  socket.on('error', () => socket.destroy());
  await once(socket, 'connect');
  if (carrier === 'copy' || carrier === 'pipe') {
    socket.write('6.select;7.connect;');
    return { socket, send: (bytes) => void socket.write(bytes) };
  }
  const isBinary = carrier === 'Proxima';
  const upgrade = [
    `GET ${pathOf(way)} HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    `Sec-WebSocket-Protocol: ${isBinary ? 'guacamole.binary' : 'guacamole'}`,
  ];
  socket.write(`${upgrade.join('\r\n')}\r\n\r\n`);
  return { socket, send: (bytes) => void socket.write(maskFrame(bytes, isBinary)) };
}

/** A client's frame of up to 65,535 bytes, masked with zeros (RFC 6455 §5.2). */
function maskFrame(payload: Buffer, isBinary: boolean): Buffer {
  const isShort = payload.length < 126;
  const header = Buffer.alloc((isShort ? 2 : 4) + maskBytes);
  header[0] = isBinary ? 0x82 : 0x81;
  header[1] = 0x80 | (isShort ? payload.length : 126);
  if (!isShort) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}
