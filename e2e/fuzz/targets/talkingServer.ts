import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** On loopback: says the same to whoever comes, whatever they say, and hangs up. */
export interface TalkingServer {
  readonly port: number;
  /** For those who come from now on. */
  say(words: Uint8Array): void;
  /** Ends who is still there. */
  sendAway(): void;
  close(): Promise<void>;
}

export async function startTalkingServer(): Promise<TalkingServer> {
  let words: Uint8Array = Buffer.alloc(0);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
    socket.end(words);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sendAway = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    say: (next) => void (words = next),
    sendAway,
    async close() {
      sendAway();
      server.close();
      await once(server, 'close');
    },
  };
}
