import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';

/** One client of a fake session manager. */
export interface FakePeer {
  readonly socket: Socket;
  readonly received: readonly Instruction[];
  send(...instructions: Instruction[]): void;
  /** Resolves with the first instruction of this opcode, also where it has come already. */
  heard(opcode: string): Promise<Instruction>;
}

/** A session manager for tests, on loopback. */
export interface FakeManager {
  readonly port: number;
  readonly peers: readonly FakePeer[];
  /** Resolves with the client that connected as the `index`th. */
  peer(index: number): Promise<FakePeer>;
  close(): Promise<void>;
}

/** Starts a server that treats each client as `script` says; with TLS where options are given. */
export async function startFakeManager(
  script: (peer: FakePeer) => void,
  tlsOptions?: TlsOptions,
): Promise<FakeManager> {
  const peers: FakePeer[] = [];
  const sockets = new Set<Socket>();
  let wakeUp = () => {};
  const onConnection = (socket: Socket) => {
    const peer = createPeer(socket);
    peers.push(peer);
    script(peer);
    wakeUp();
  };
  const server = tlsOptions ? createTlsServer(tlsOptions, onConnection) : createTcpServer(onConnection);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    peers,
    async peer(index) {
      for (;;) {
        const peer = peers[index];
        if (peer) return peer;
        await new Promise<void>((resolve) => (wakeUp = resolve));
      }
    },
    async close() {
      for (const peer of peers) peer.socket.destroy();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function createPeer(socket: Socket): FakePeer {
  const received: Instruction[] = [];
  let text = '';
  let wakeUps: (() => void)[] = [];
  socket.on('error', () => {});
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString();
    const end = text.lastIndexOf(';') + 1;
    received.push(...(decodeInstructions(text.slice(0, end)) ?? []));
    text = text.slice(end);
    for (const wakeUp of wakeUps.splice(0)) wakeUp();
  });
  return {
    socket,
    received,
    send(...instructions) {
      socket.write(instructions.map(encodeInstruction).join(''));
    },
    async heard(opcode) {
      for (;;) {
        const found = received.find(([name]) => name === opcode);
        if (found) return found;
        await new Promise<void>((resolve) => (wakeUps = [...wakeUps, resolve]));
      }
    },
  };
}

/** Behaves as guacd 1.3.0 does up to `ready`, then as `live` says; hangs up on connections that it doesn't know. */
export function actAsGuacd(live: (peer: FakePeer, isJoined: boolean) => void = () => {}) {
  return (peer: FakePeer): void => void greet(peer, live);
}

async function greet(peer: FakePeer, live: (peer: FakePeer, isJoined: boolean) => void): Promise<void> {
  const [, selected = ''] = await peer.heard('select');
  if (selected.startsWith('$') && selected !== '$session') {
    peer.socket.end();
    return;
  }
  peer.send(['args', 'VERSION_1_3_0', 'hostname', 'password']);
  await peer.heard('connect');
  peer.send(['ready', '$session']);
  live(peer, selected === '$session');
}

/** What this process holds open. */
export function countOpenResources(): ReadonlyMap<string, number> {
  const kinds = process.getActiveResourcesInfo().filter((kind) => /TCP|TLS|Timeout|GetAddrInfo/.test(kind));
  return new Map(kinds.map((kind) => [kind, kinds.filter((other) => other === kind).length]));
}

/** Waits a little for what is closing by itself. The test runner has timers of its own, which may end meanwhile. */
export async function expectNothingLeft(before: ReadonlyMap<string, number>): Promise<void> {
  const leftovers = () =>
    [...countOpenResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0));
  for (let patience = 50; patience > 0 && leftovers().length > 0; patience--) await sleep(10);
  expect(leftovers()).toEqual([]);
}
