import { once } from 'node:events';
import {
  connect as connectTcp,
  createServer as createTcpServer,
  type AddressInfo,
  type Socket,
} from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { TunnelWire } from '../../electron/broker/ports.ts';
import { createChannelOpener } from '../../electron/guacd/line.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import { sampleManager } from '../gateway.ts';
import { startSignal, type StreamName, streams } from './relayStreams.ts';

/** What the bench asks of one of its processes: to make a stream, to take it, or to carry it from the one to the other. */
export type PeerTask =
  | {
      readonly kind: 'source';
      readonly stream: StreamName;
      readonly tls?: { readonly cert: string; readonly key: string };
    }
  | { readonly kind: 'sink' }
  | CarryTask;

export interface CarryTask {
  readonly kind: 'relay' | 'raw copy';
  readonly stream: StreamName;
  readonly sourcePort: number;
  readonly sinkPort: number;
  /** Issued the source's certificate, where it speaks TLS. */
  readonly authorityPem?: string;
}

export type PeerReport =
  | { readonly kind: 'listening'; readonly port: number }
  | {
      readonly kind: 'carried';
      readonly bytes: number;
      readonly seconds: number;
      readonly cpuSeconds: number;
    };

process.on('disconnect', () => process.exit(0));
process.on('message', (task: PeerTask) => {
  if (task.kind === 'source') startSource(task.stream, task.tls);
  else if (task.kind === 'sink') startSink();
  else void carry(task);
});

const copyBuffers = Array.from({ length: 4 }, () => Buffer.allocUnsafeSlow(64 * 1024));

const tell = (report: PeerReport) => process.send?.(report);
const local = (port: number) => ({ host: '127.0.0.1', port, noDelay: true });

/** Behaves as guacd does up to the first `sync`; at the first key it sends its stream, as fast as that is taken. */
function startSource(stream: StreamName, tls?: { readonly cert: string; readonly key: string }): void {
  listen(tls ? createTlsServer(tls, accept) : createTcpServer(accept));

  function accept(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    let isFlooding = false;
    socket.on('data', (data) => {
      if (isFlooding) return;
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
      if (!text.includes(startSignal)) return;
      isFlooding = true;
      flood(socket, stream);
    });
  }
}

function flood(socket: Socket, stream: StreamName): void {
  const { frame, bytes } = streams[stream];
  let sent = 0;
  let timestamp = 1_000_000_000_000;
  const sendMore = () => {
    let takesMore = true;
    while (takesMore && sent < bytes && !socket.destroyed) {
      timestamp += 1;
      const sync = Buffer.from(encodeInstruction(['sync', String(timestamp)]));
      socket.cork();
      socket.write(frame);
      takesMore = socket.write(sync);
      socket.uncork();
      sent += frame.length + sync.length;
    }
  };
  socket.on('drain', sendMore);
  sendMore();
}

/** Takes everything, and acknowledges the latest `sync` in it, as a canvas does. */
function startSink(): void {
  const accept = (socket: Socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      for (
        let start = data.lastIndexOf('4.sync,');
        start >= 0;
        start = data.lastIndexOf('4.sync,', start - 1)
      ) {
        const end = data.indexOf(';', start);
        if (end >= 0) socket.write(data.subarray(start, end + 1));
        if (end >= 0 || start === 0) return;
      }
    });
  };
  listen(createTcpServer(accept));
}

function listen(server: ReturnType<typeof createTcpServer>): void {
  server.listen(0, '127.0.0.1', () =>
    tell({ kind: 'listening', port: (server.address() as AddressInfo).port }),
  );
}

/** Carries one stream, and tells what that took from the first byte to the last. */
async function carry(task: CarryTask): Promise<void> {
  const sink = connectTcp(local(task.sinkPort));
  await once(sink, 'connect');
  const wanted = streams[task.stream].bytes;
  let carried = 0;
  let finish: () => void;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const noteCarried = (count: number) => {
    carried += count;
    if (carried >= wanted) finish();
  };
  const { begin, end } =
    task.kind === 'relay'
      ? await openRelay(task, sink, noteCarried)
      : await openCopy(task, sink, noteCarried);
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  begin();
  await finished;
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  await end();
  sink.destroy();
  tell({ kind: 'carried', bytes: carried, seconds, cpuSeconds: (user + system) / 1_000_000 });
}

interface Carrying {
  begin(): void;
  end(): Promise<unknown>;
}

async function openRelay(
  { sourcePort, authorityPem }: CarryTask,
  sink: Socket,
  noteCarried: (count: number) => void,
): Promise<Carrying> {
  const opened = await createChannelOpener().open(
    {
      manager: sampleManager('bench', sourcePort),
      trust:
        authorityPem === undefined
          ? { kind: 'plain' }
          : { kind: 'authorities', certificatesPem: authorityPem },
      protocol: 'vnc',
      parameters: {},
      display: { width: 1920, height: 1080, dpi: 96 },
    },
    AbortSignal.timeout(5_000),
  );
  if (!opened.ok) throw new Error(`the channel did not open: ${opened.failure.code}`);
  const line = opened.value;
  let say: (bytes: Uint8Array) => void = () => {};
  const wire: TunnelWire = {
    send: (bytes, done) => {
      sink.write(bytes, () => {
        noteCarried(bytes.length);
        done();
      });
    },
    onMessage: (listener) => (say = listener),
    onClose: (listener) => void sink.once('close', listener),
    close: () => sink.destroy(),
  };
  // Acknowledgements are far apart enough to come in whole.
  sink.on('data', (data) => say(data));
  await line.attach(wire);
  return {
    begin: () => say(Buffer.from(startSignal)),
    end: () => {
      line.close();
      return line.ended;
    },
  };
}

async function openCopy(
  { sourcePort, authorityPem }: CarryTask,
  sink: Socket,
  noteCarried: (count: number) => void,
): Promise<Carrying> {
  let next = 0;
  const options = {
    ...local(sourcePort),
    onread: {
      // One is being read into while another is being written.
      buffer: () => copyBuffers[next++ % copyBuffers.length] ?? Buffer.alloc(0),
      callback: (count: number, buffer: Uint8Array) => {
        const isTaken = sink.write(buffer.subarray(0, count), () => {
          noteCarried(count);
          source.resume();
        });
        if (!isTaken) source.pause();
        return isTaken;
      },
    },
  };
  const source: Socket =
    authorityPem === undefined ? connectTcp(options) : connectTls({ ...options, ca: authorityPem });
  await once(source, authorityPem === undefined ? 'connect' : 'secureConnect');
  source.on('error', () => source.destroy());
  sink.resume();
  return {
    begin: () => source.write(startSignal),
    end: async () => source.destroy(),
  };
}
