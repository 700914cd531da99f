import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way over TCP to a port of this machine that can be cut. */
export interface CuttableWay {
  readonly port: number;
  /** Resets every connection that is on the way, on both sides. */
  cut(): void;
  /** Refuses new ones for as long as it is closed. */
  block(isBlocked: boolean): void;
  close(): Promise<void>;
}

export async function openCuttableWay(targetPort: number): Promise<CuttableWay> {
  const sockets = new Set<Socket>();
  let isBlocked = false;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    if (isBlocked) return void client.resetAndDestroy();
    const target = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    client.setNoDelay();
    track(client);
    track(target);
    client.pipe(target).pipe(client);
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    block: (next) => void (isBlocked = next),
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
