import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { createFarmClient } from '../../electron/farmClient/farmClient.ts';
import { relayCalls, relayTunnel } from '../../electron/farmClient/relay.ts';
import { authority, startTestGateway } from '../../electron/gateway/testGateway.ts';
import { createOwner } from '../../electron/broker/caller.ts';
import { type FarmBroker, type IpcHostOptions, serveIpc } from '../../electron/shell/ipcHost.ts';
import { asPortMain, ownFrame } from '../../electron/shell/testPort.ts';
import { portChannel } from '../../shared/contract/portChannel.ts';
import { openElectronWire } from './electron.ts';
import { transportConformance, type TransportUnderTest } from './transport.conformance.ts';
import { openWebSocketWire } from './webSocket.ts';

const closedOf = (port: MessagePort) =>
  new Promise<void>((resolve) => {
    port.once('close', () => resolve());
    // What is told before is taken first.
    port.start();
  });

/** The desktop's page and its MessagePorts, with what serves them. */
function openPorts(
  broker:
    Pick<Extract<IpcHostOptions, { router: unknown }>, 'router' | 'caller' | 'attachTunnel'> | FarmBroker,
): Omit<TransportUnderTest, 'logged'> & { readonly logged: string[] } {
  const logged: string[] = [];
  const log = (details: object, text: string) => void logged.push(`${text} ${JSON.stringify(details)}`);
  const ipcMain = new EventEmitter();
  serveIpc({
    ipcMain: ipcMain as unknown as IpcHostOptions['ipcMain'],
    ...broker,
    log: { warn: log, error: log },
  });

  const hostPorts: MessagePort[] = [];
  /** What the preload script does. */
  const handOver = (request: object, port: MessagePort) => {
    hostPorts.push(port);
    ipcMain.emit(portChannel, { senderFrame: ownFrame, ports: [asPortMain(port)] }, request);
  };
  let heldReceipts: (() => void)[] | undefined;
  vi.stubGlobal('location', { origin: ownFrame.origin });
  vi.stubGlobal('window', {
    postMessage: ({ type: _type, ...request }: { type: string }, _origin: string, [port]: [MessagePort]) =>
      handOver(request, port),
  });
  vi.stubGlobal(
    'MessageChannel',
    class {
      readonly port1: MessagePort;
      readonly port2: MessagePort;
      constructor() {
        ({ port1: this.port1, port2: this.port2 } = new MessageChannel());
        const post = this.port1.postMessage.bind(this.port1);
        this.port1.postMessage = (message: unknown) => {
          if (heldReceipts && message !== null && typeof message === 'object' && 'received' in message)
            heldReceipts.push(() => post(message));
          else post(message);
        };
      }
    },
  );
  return {
    wire: openElectronWire(),
    logged,
    postGarbage(message) {
      const { port1, port2 } = new MessageChannel();
      handOver({ purpose: 'contract' }, port2);
      port1.postMessage(message);
      return closedOf(port1);
    },
    breakOff() {
      for (const port of hostPorts) port.close();
    },
    stall() {
      heldReceipts = [];
      return () => {
        const held = heldReceipts;
        heldReceipts = undefined;
        for (const post of held ?? []) post();
      };
    },
    close() {
      for (const port of hostPorts) port.close();
      vi.unstubAllGlobals();
      return Promise.resolve();
    },
  };
}

transportConformance('real MessagePorts', ({ router, attachTunnel }) => {
  const { logged, ...ports } = openPorts({
    router,
    caller: { person: () => createOwner('tester') },
    attachTunnel,
  });
  return Promise.resolve({ ...ports, logged: () => logged.join('\n') });
});

transportConformance('real MessagePorts that lead to a real gateway', async ({ router, attachTunnel }) => {
  const test = await startTestGateway({ router, attachTunnel });
  const [, cookie = ''] = (await test.signIn()).split('=');
  const client = createFarmClient({
    farm: {
      address: new URL(test.gateway.url).origin,
      verification: { kind: 'authorities', certificatesPem: authority.certificatePem },
    },
    cookie: { current: () => cookie, note: () => Promise.resolve(), forget: () => Promise.resolve() },
    openInBrowser: () => Promise.resolve(),
    log: { info: () => undefined, warn: () => undefined },
  });
  const { logged, ...ports } = openPorts({
    relayCalls: (wire) => relayCalls(client, wire),
    relayTunnel: (sessionId, wire) => relayTunnel(client, sessionId, wire),
  });
  return {
    ...ports,
    logged: () => [...logged, ...test.logged].join('\n'),
    async close() {
      await ports.close();
      await test.gateway.close();
    },
  };
});

transportConformance('a WebSocket to a real gateway', async ({ router, attachTunnel }) => {
  const test = await startTestGateway({ router, attachTunnel });
  const cookie = await test.signIn();
  const sockets: WebSocket[] = [];
  vi.stubGlobal('location', { href: test.gateway.url });
  // Whoever loses a socket asks whether they are still signed in.
  vi.stubGlobal('fetch', () => Promise.resolve({ status: 200 }));
  vi.stubGlobal(
    'WebSocket',
    class extends WebSocket {
      constructor(address: URL, protocols?: string) {
        super(address, protocols, {
          rejectUnauthorized: false,
          origin: address.origin.replace('wss:', 'https:'),
          headers: { Cookie: cookie },
        });
        this.on('error', () => undefined);
        sockets.push(this);
      }
    },
  );
  return {
    wire: openWebSocketWire(),
    logged: () => test.logged.join('\n'),
    async postGarbage(message) {
      const { socket, closed } = test.dial('/rpc', { cookie });
      socket.once('open', () => socket.send(message));
      await closed;
    },
    breakOff() {
      for (const socket of sockets) socket.terminate();
    },
    stall() {
      const socket = sockets.at(-1);
      socket?.pause();
      return () => socket?.resume();
    },
    async close() {
      await test.gateway.close();
      for (const socket of sockets) socket.terminate();
      vi.unstubAllGlobals();
    },
  };
});
