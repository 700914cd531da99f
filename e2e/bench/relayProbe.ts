import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { Carrier } from './relayCarriers.ts';
import { dial, findSync } from './relayClient.ts';
import { shakeHands } from './relaySource.ts';

const pauseMs = 2;
const key = encodeInstruction(['key', '97', '1']);

export interface Probing {
  /** By `copy` the source itself is meant, with nobody in between. */
  readonly carrier: Carrier['kind'];
  readonly carrierPort: number;
  readonly times: number;
}

/**
 * Source and client in one process, so that no third one has to be woken: the source answers each key with a `sync`, which the
 * client acknowledges with its next key.
 *
 * @returns how long each took, in µs.
 */
export async function startProbe({ carrier, carrierPort, times }: Probing): Promise<readonly number[]> {
  const sources: Socket[] = [];
  let timestamp = 1_000;
  const server = createServer((socket) => {
    sources.push(socket);
    shakeHands(socket, (text) => {
      if (!text.includes(key)) return;
      timestamp += 1;
      socket.write(encodeInstruction(['sync', String(timestamp)]));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: sourcePort } = server.address() as AddressInfo;
  let hear: (sync: Buffer) => void = () => {};
  const way = { carrier, carrierPort: carrier === 'copy' ? sourcePort : carrierPort, sourcePort };
  const { socket, send } = await dial(way, (data) => {
    const sync = findSync(data);
    if (sync) hear(Buffer.from(sync));
  });
  const next = () => new Promise<Buffer>((resolve) => (hear = resolve));
  let latest = await next();
  const tookMicroseconds: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await sleep(pauseMs);
    const answered = next();
    const startedAt = performance.now();
    send(Buffer.concat([latest, Buffer.from(key)]));
    latest = await answered;
    tookMicroseconds.push((performance.now() - startedAt) * 1000);
  }
  socket.destroy();
  for (const source of sources) source.destroy();
  server.close();
  return tookMicroseconds;
}
