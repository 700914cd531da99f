import { isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { dialHost } from '../dialHost.ts';
import { ByteReader } from './byteReader.ts';
import { brokeOff, HostFault, silent } from './hostFault.ts';

/** The connection to a VNC server. */
export interface HostLine {
  readonly reader: ByteReader;
  /**
   * How long the reader waits for the host's next byte before it gives up; `undefined` is for ever. A host that is quiet is no
   * fault, one that stops within a message is.
   */
  patienceMs: number | undefined;
  write(bytes: Uint8Array): void;
  /** Bytes that the host hasn't taken yet. */
  readonly unsentBytes: number;
  /** Goes on encrypted. What the certificate is worth is to be judged by the caller. @throws HostFault */
  startTls(options: ConnectionOptions): Promise<TLSSocket>;
  /** Whether the host is still there, as far as is known here. */
  isOpen(): Promise<boolean>;
  /** Ends it at once; whoever waits for its bytes gets this fault. */
  close(fault: HostFault): void;
}

const connectTimeoutMs = 10_000;
/** A host that takes no input any more, while people go on typing. */
const mostUnsentBytes = 4_194_304;

/**
 * @param name what its certificate has to be made for, where that isn't what is dialled
 * @throws HostFault
 */
export async function dialVncHost(
  { hostname, port, name }: { readonly hostname: string; readonly port: number; readonly name: string },
  signal: AbortSignal,
): Promise<HostLine> {
  const dialled = await dialHost({ hostname, port, timeoutMs: connectTimeoutMs }, signal);
  if (dialled.kind === 'failed') throw new HostFault(dialled.end.status, dialled.end.text, true);
  return createLine(dialled.socket, name);
}

/** Waits until TLS stands; destroys the socket where it doesn't. */
async function waitForTls(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  let dispose = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(silent('The VNC server stopped answering.'));
      const timer = setTimeout(late, connectTimeoutMs);
      const fail = () => reject(brokeOff('The encrypted connection to the VNC server could not be made.'));
      socket.once('secureConnect', resolve);
      socket.once('error', fail);
      socket.once('close', fail);
      signal.addEventListener('abort', fail);
      if (signal.aborted) fail();
      dispose = () => {
        clearTimeout(timer);
        socket.off('secureConnect', resolve).off('error', fail).off('close', fail);
        signal.removeEventListener('abort', fail);
      };
    });
  } catch (error) {
    socket.on('error', () => {}).destroy();
    throw error;
  } finally {
    dispose();
  }
}

function createLine(first: Socket, host: string): HostLine {
  const closing = new AbortController();
  let socket = first;
  let fault: HostFault | undefined;
  let wake: (() => void) | undefined;

  const end = (reason: HostFault) => {
    fault ??= reason;
    socket.destroy();
    closing.abort();
    wake?.();
  };
  const onReadable = () => wake?.();
  const onError = () => end(brokeOff('The connection to the VNC server was lost.'));
  const onEnd = () => end(brokeOff('The VNC server closed the connection.'));
  const attach = (next: Socket) => {
    socket = next;
    socket.on('readable', onReadable);
    socket.on('error', onError);
    socket.on('end', onEnd);
    socket.on('close', onEnd);
  };
  const detach = () => {
    socket.off('readable', onReadable);
    socket.off('error', onError);
    socket.off('end', onEnd);
    socket.off('close', onEnd);
  };

  const pull = async (): Promise<Uint8Array> => {
    for (;;) {
      // What came before the end is read first.
      const piece = socket.destroyed ? null : (socket.read() as Buffer | null);
      if (piece !== null) return piece;
      if (fault) throw fault;
      await new Promise<void>((resolve) => {
        const { patienceMs } = line;
        const timer =
          patienceMs === undefined
            ? undefined
            : setTimeout(() => end(silent('The VNC server stopped answering.')), patienceMs);
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve();
        };
      });
    }
  };

  const line: HostLine = {
    reader: new ByteReader(pull),
    patienceMs: undefined,
    get unsentBytes() {
      return socket.writableLength;
    },
    write(bytes) {
      if (fault) return;
      socket.write(bytes);
      if (socket.writableLength > mostUnsentBytes) end(silent('The VNC server takes no input any more.'));
    },
    async startTls(options) {
      if (line.reader.available > 0 || socket.readableLength > 0)
        throw brokeOff('The VNC server went on in plain text where TLS was agreed on.');
      detach();
      // What goes wrong below shows above; unheard it would end the process.
      socket.on('error', () => {});
      const secure = connectTls({
        ...options,
        socket,
        host,
        ...(isIP(host) === 0 && { servername: host }),
        rejectUnauthorized: false,
      });
      await waitForTls(secure, closing.signal);
      attach(secure);
      return secure;
    },
    async isOpen() {
      // Lets the end of the stream come up where nothing else is to be read.
      socket.read(0);
      await new Promise((resolve) => setImmediate(resolve));
      return !fault;
    },
    close: end,
  };
  attach(first);
  return line;
}
