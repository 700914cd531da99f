import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import { endTimestamp, floodSignal, type StreamName, streams } from './relayStreams.ts';

const framesPerBatch = 16;

export interface SourceTask {
  readonly stream: StreamName;
  /** Of one flood, rounded up to whole batches; without an end where it isn't given. */
  readonly bytes?: number | undefined;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

/** Behaves as guacd does up to the first `sync`; at the first key it sends its stream, as fast as that is taken. */
export async function startSource({ stream, bytes = Infinity, tls }: SourceTask): Promise<number> {
  const server = tls ? createTlsServer(tls, accept) : createTcpServer(accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;

  function accept(socket: Socket): void {
    shakeHands(socket, (text) => text.includes(floodSignal) && flood(socket, stream, bytes));
  }
}

/** @param onInput is called with what comes after the handshake. */
export function shakeHands(socket: Socket, onInput: (text: string) => void): void {
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (data) => {
    const text = data.toString('latin1');
    if (text.includes('6.select')) socket.write(encodeInstruction(['args', 'VERSION_1_3_0', 'hostname']));
    if (text.includes('7.connect')) {
      const opening = [
        ['ready', '$bench'],
        ['size', '0', '1920', '1080'],
        ['sync', '1'],
      ] as const;
      socket.write(opening.map((instruction) => encodeInstruction(instruction)).join(''));
    }
    onInput(text);
  });
}

/** Many frames to a write, so that the source takes little of what the others need. */
function flood(socket: Socket, stream: StreamName, bytes: number): void {
  const { frame } = streams[stream];
  const batch = Buffer.concat(Array.from({ length: framesPerBatch }, () => [frame, syncOf(0)]).flat());
  const frameBytes = batch.length / framesPerBatch;
  let sentBytes = 0;
  let timestamp = 1_000_000_000_000;
  const send = () => {
    if (socket.destroyed || sentBytes >= bytes) return;
    sentBytes += batch.length;
    for (let end = frameBytes; end <= batch.length; end += frameBytes) {
      timestamp += 1;
      const isLast = end === batch.length && sentBytes >= bytes;
      const sync = syncOf(isLast ? endTimestamp : timestamp);
      sync.copy(batch, end - sync.length);
    }
    // Only now has it been read; the kernel still holds enough of it to keep the other side busy.
    socket.write(batch, send);
  };
  send();
}

const syncOf = (timestamp: number) =>
  Buffer.from(encodeInstruction(['sync', String(timestamp).padStart(13, '0')]));
