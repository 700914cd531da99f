import { createORPCClient } from '@orpc/client';
import { implement, ORPCError } from '@orpc/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../shared/contract/contract.ts';
import { fail, failureOf, succeed } from '../../shared/contract/failure.ts';
import type { Failure, Result } from '../../shared/contract/failure.ts';
import type { ContractRouter } from '../../shared/contract/serveCalls.ts';
import { tunnelMessageLimitBytes } from '../../shared/contract/tunnelPort.ts';
import { failureOfError } from './failureOfError.ts';
import type { ContractClient } from './hostConnection.ts';
import type { Wire } from './wire.ts';

/** The host's end of a tunnel, as a session is given it. */
interface HostTunnel {
  send(bytes: Uint8Array, done: () => void): void;
  onMessage(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: () => void): void;
  close(failure?: Failure): void;
}

/** What a real host serves in these tests. */
export interface ServedHost {
  readonly router: ContractRouter;
  attachTunnel(sessionId: string, tunnel: HostTunnel): Promise<Result<void>>;
}

/** A real host, and the renderer's own wire to it. */
export interface TransportUnderTest {
  readonly wire: Wire;
  /** Everything that the host logged. */
  logged(): string;
  /** Sends a message on a contract line of its own; resolves once the host has ended that line. */
  postGarbage(message: string | Uint8Array): Promise<void>;
  /** Ends every line and tunnel from the host's side, without a word. */
  breakOff(): void;
  /** From now on the renderer handles nothing that comes over the tunnel opened last; returns how to let it go on. */
  stall(): () => void;
  close(): Promise<void>;
}

const sessionId = 'b6f3a0f2-5f4d-4b7e-9d0c-0f2f6a1f7c11';
const secret = 'a secret of the inside';
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the renderer and its host promise each other, over whatever wire. Both ends are the real ones. */
export function transportConformance(
  name: string,
  start: (host: ServedHost) => Promise<TransportUnderTest>,
): void {
  describe(`over ${name}`, () => {
    let transport: TransportUnderTest;
    /** How often a stream was told to end. */
    let endedStreams: number;
    let attach: ServedHost['attachTunnel'];

    function createRouter(): ContractRouter {
      const os = implement(contract);
      const called = {
        app: {
          describe: os.app.describe.handler(() => ({
            version: '0.1.0',
            runsIn: 'desktop' as const,
            secretStorage: 'none' as const,
            groups: [],
            notices: [],
          })),
          dismissNotice: os.app.dismissNotice.handler(() => {
            throw new Error(secret);
          }),
        },
        hosts: {
          watch: os.hosts.watch.handler(async function* ({ signal }) {
            const ended = new Promise<void>((resolve) => {
              signal?.addEventListener('abort', () => resolve());
            });
            for (const complete of [false, false, true])
              yield { kind: 'page' as const, vaults: [], hosts: [], complete };
            await ended;
            endedStreams++;
          }),
          remove: os.hosts.remove.handler(() => {
            throw new ORPCError('FAILED', { data: failureOf('host_unknown', 'it was removed') });
          }),
        },
        links: {
          propose: os.links.propose.handler(({ input }) => {
            if (input.kind !== 'file' || input.contentBase64 !== 'A'.repeat(400_000)) throw new Error(secret);
            return {};
          }),
        },
        diagnostics: {
          read: os.diagnostics.read.handler(() => ({ text: 'ü'.repeat(2_000_000) })),
        },
        sessions: {
          watch: os.sessions.watch.handler(async function* () {
            yield { kind: 'all' as const, sessions: [] };
            throw new Error(secret);
          }),
        },
      };
      // Only what these tests call.
      return called as unknown as ContractRouter;
    }

    beforeEach(async () => {
      endedStreams = 0;
      attach = () => Promise.resolve(fail('session_unknown'));
      transport = await start({
        router: createRouter(),
        attachTunnel: (id, tunnel) => attach(id, tunnel),
      });
    });
    afterEach(() => transport.close());

    function openContract() {
      const line = transport.wire.openContract();
      const client: ContractClient = createORPCClient(line.link);
      return { line, client };
    }

    describe(`calls`, () => {
      it('are answered, also many at a time', async () => {
        const { client } = openContract();
        await client.app.describe({});
        const answers = await Promise.all(Array.from({ length: 200 }, () => client.app.describe({})));
        expect(answers).toHaveLength(200);
        expect(answers[199]).toMatchObject({ version: '0.1.0', groups: [] });
      });

      it('fail with a row of the failure table', async () => {
        const { client } = openContract();
        const error = await client.hosts.remove({ hostIds: [sessionId] }).catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(ORPCError);
        expect(failureOfError(error)).toEqual({ code: 'host_unknown', detail: 'it was removed' });
      });

      it('keep errors of the inside for the log', async () => {
        const { client } = openContract();
        const error = await client.app.dismissNotice({ noticeId: 'x' }).catch((thrown: unknown) => thrown);
        expect(failureOfError(error)).toEqual({ code: 'internal' });
        expect(JSON.stringify(error)).not.toContain(secret);
        expect(transport.logged()).toContain(secret);
      });

      it('carry big messages both ways', async () => {
        const { client } = openContract();
        await client.links.propose({ kind: 'file', name: 'a.rdp', contentBase64: 'A'.repeat(400_000) });
        expect((await client.diagnostics.read({})).text).toBe('ü'.repeat(2_000_000));
      });

      it('that are too big end the line, and with it what waits on it', async () => {
        const { line, client } = openContract();
        await client.app.describe({});
        const waiting = client.app.dismissNotice({ noticeId: 'x'.repeat(1024 * 1024) });
        await expect(waiting).rejects.toThrow();
        await line.closed;
      });
    });

    describe(`streams`, () => {
      it('come in order, and end when their reader leaves', async () => {
        const { client } = openContract();
        const events = await client.hosts.watch({});
        const kinds: boolean[] = [];
        for await (const event of events) {
          if (event.kind === 'page') kinds.push(event.complete);
          if (kinds.length === 3) break;
        }
        expect(kinds).toEqual([false, false, true]);
        await expect.poll(() => endedStreams).toBe(1);
      });

      it('end when they are aborted, and the line goes on', async () => {
        const { client } = openContract();
        const stop = new AbortController();
        const events = await client.hosts.watch({}, { signal: stop.signal });
        for (let count = 0; count < 3; count++) await events.next();
        const next = events.next();
        stop.abort();
        await expect(next).rejects.toThrow();
        await expect.poll(() => endedStreams).toBe(1);
        await expect(client.app.describe({})).resolves.toBeDefined();
      });

      it('that fail inside say no more than that', async () => {
        const { client } = openContract();
        const events = await client.sessions.watch({});
        await events.next();
        const error = await events.next().catch((thrown: unknown) => thrown);
        expect(failureOfError(error)).toEqual({ code: 'internal' });
        expect(transport.logged()).toContain(secret);
      });
    });

    describe(`a line`, () => {
      it('that is closed here ends what runs on it, at both ends', async () => {
        const { line, client } = openContract();
        const events = await client.hosts.watch({});
        for (let count = 0; count < 3; count++) await events.next();
        const next = events.next().catch(() => 'ended');
        line.close();
        await line.closed;
        expect(await next).toBe('ended');
        await expect.poll(() => endedStreams).toBe(1);
      });

      it('that breaks tells it, and fails what waits', async () => {
        const { line, client } = openContract();
        const events = await client.hosts.watch({});
        for (let count = 0; count < 3; count++) await events.next();
        const next = events.next();
        transport.breakOff();
        await expect(next).rejects.toThrow();
        await line.closed;
      });

      it.each([
        ['text that is no call', 'nonsense'],
        ['an empty object', '{}'],
        ['headers', '{"i":"1","p":{"u":"/app/describe","h":{"content-type":"multipart/form-data"}}}'],
        ['a stream of the caller', '{"i":"1","t":3,"p":{"e":"message"}}'],
        ['bytes', bytesOf('{"i":"1","p":{"u":"/app/describe"}}')],
        ['too much', 'x'.repeat(1024 * 1024 + 1)],
      ])('ends over %s, and the others go on', async (_what, message) => {
        const { client } = openContract();
        await client.app.describe({});
        await transport.postGarbage(message);
        await expect(client.app.describe({})).resolves.toBeDefined();
      });
    });

    describe(`tunnels`, () => {
      function openTunnel() {
        const left = new AbortController();
        const tunnel = transport.wire.openTunnel(sessionId, left.signal);
        const heard: string[] = [];
        const ends: (Failure | undefined)[] = [];
        let bytes = 0;
        tunnel.onMessage((message) => {
          bytes += message.length;
          if (message.length < 1_000) heard.push(textOf(message));
        });
        tunnel.onClose((failure) => ends.push(failure));
        return { tunnel, heard, ends, left, bytes: () => bytes };
      }

      /** A live session that takes the tunnel; `delayMs` later, if given. */
      function serveSession(delayMs = 0) {
        const received: string[] = [];
        let closes = 0;
        let tunnel: HostTunnel | undefined;
        attach = async (id, given) => {
          expect(id).toBe(sessionId);
          if (delayMs > 0) await pause(delayMs);
          given.onMessage((message) => received.push(textOf(message)));
          given.onClose(() => {
            closes++;
          });
          tunnel = given;
          return succeed(undefined);
        };
        const send = (content: string) =>
          new Promise<void>((resolve) => {
            tunnel?.send(bytesOf(content), resolve);
          });
        const end = (failure?: Failure) => tunnel?.close(failure);
        return { received, send, end, closes: () => closes, tunnel: () => tunnel as HostTunnel };
      }

      async function openLive() {
        const host = serveSession();
        const page = openTunnel();
        await expect.poll(() => page.heard).toEqual([`0.,36.${sessionId};`]);
        await expect.poll(host.tunnel).toBeDefined();
        return { host, page };
      }

      it('carry bytes both ways, in order', async () => {
        const { host, page } = await openLive();
        page.tunnel.send('3.key,2.97,1.1;');
        page.tunnel.send('3.key,2.97,1.0;');
        await expect.poll(() => host.received.join('')).toBe('3.key,2.97,1.1;3.key,2.97,1.0;');
        await host.send('4.sync,2.17;');
        await host.send('4.name,1.ü;');
        await expect.poll(() => page.heard.slice(1).join('')).toBe('4.sync,2.17;4.name,1.ü;');
      });

      it('answer pings themselves', async () => {
        const { host, page } = await openLive();
        const ping = '0.,4.ping,13.1700000000000;';
        page.tunnel.send(ping);
        await expect.poll(() => page.heard.at(-1)).toBe(ping);
        expect(host.received).toEqual([]);
      });

      it('keep what was sent before the session listened', async () => {
        const host = serveSession(50);
        const page = openTunnel();
        page.tunnel.send('3.nop;');
        page.tunnel.send('3.key,2.97,1.1;');
        await expect.poll(() => host.received.join('')).toBe('3.nop;3.key,2.97,1.1;');
      });

      it('hold the session back while the renderer does not keep up, and lose nothing', async () => {
        const { host, page } = await openLive();
        const goOn = transport.stall();
        const batch = new Uint8Array(64 * 1024).fill(0x61);
        const greetingBytes = page.bytes();
        const wanted = 640;
        let sent = 0;
        let done = 0;
        const pump = () => {
          sent++;
          host.tunnel().send(batch, () => {
            done++;
            if (sent < wanted) setImmediateOf(pump);
          });
        };
        pump();
        for (let last = -1; last !== done; await pause(150)) last = done;
        expect(sent - done).toBe(1);
        // What a kernel holds at both ends of a connection, or the credit of a port.
        expect(sent * batch.length).toBeLessThan(32 * 1024 * 1024);

        goOn();
        await expect.poll(() => done, { timeout: 10_000 }).toBe(wanted);
        await expect.poll(() => page.bytes() - greetingBytes).toBe(wanted * batch.length);
        expect(host.closes()).toBe(0);
      });

      it.each([
        ['a failure', failureOf('host_timeout')],
        ['nothing', undefined],
      ])('that the host ends say so once, with %s', async (_what, failure) => {
        const { host, page } = await openLive();
        host.end(failure);
        host.end(failureOf('internal'));
        await expect.poll(() => page.ends).toEqual([failure]);
        await expect.poll(host.closes).toBe(1);
        await pause(20);
        expect(page.ends).toHaveLength(1);
      });

      it('to a session that is not there say so', async () => {
        const page = openTunnel();
        await expect.poll(() => page.ends).toEqual([{ code: 'session_unknown' }]);
      });

      it('that fail inside say no more than that', async () => {
        attach = () => Promise.reject(new Error(secret));
        const page = openTunnel();
        await expect.poll(() => page.ends).toEqual([{ code: 'internal' }]);
        expect(transport.logged()).toContain(secret);
      });

      it('that are left are let go of, and say nothing', async () => {
        const { host, page } = await openLive();
        page.left.abort();
        page.tunnel.send('3.nop;');
        await expect.poll(host.closes).toBe(1);
        await host.send('3.nop;');
        expect(page.ends).toEqual([]);
        expect(host.received).toEqual([]);
      });

      it('that break off blame the host process', async () => {
        const { page } = await openLive();
        transport.breakOff();
        await expect.poll(() => page.ends).toEqual([{ code: 'host_process_lost' }]);
      });

      it.each([
        ['a broken internal instruction', '0.,4.pi'],
        ['an unknown internal instruction', '0.,4.quit;'],
        ['too much', 'x'.repeat(tunnelMessageLimitBytes + 1)],
      ])('end over %s, which the session never gets', async (_what, message) => {
        const { host, page } = await openLive();
        page.tunnel.send(message);
        page.tunnel.send('3.nop;');
        await expect.poll(() => page.ends.length).toBe(1);
        await expect.poll(host.closes).toBe(1);
        expect(host.received).toEqual([]);
      });
    });
  });
}

/** The next turn of the event loop: whoever sends without end lets the others have theirs. */
const setImmediateOf = (act: () => void) => void pause(0).then(act);
