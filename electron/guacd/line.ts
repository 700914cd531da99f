import { fail, failureOf, succeed, type Failure, type Result } from '../../shared/contract/failure.ts';
import type { HandshakeRequest } from '../../shared/guacamole/handshake.ts';
import type { Security } from '../../shared/model/health.ts';
import { heldSecondsOf } from '../../shared/model/managerLoad.ts';
import type { ChannelOpener, Display, LineEnd, SessionLine, TunnelWire } from '../broker/ports.ts';
import { openChannel, type Channel } from './channel.ts';
import { awaitFirstSync } from './firstSync.ts';
import { rejoin } from './rejoin.ts';
import { failureAfterLive, farewell, startRelay, type Relay, type Traffic } from './relay.ts';
import { securityOf, type ClientCertificate, type IsRevoked, type ManagerTarget } from './security.ts';
import { defaultTimings, type ChannelTimings } from './timings.ts';
import { createWaitingTunnel, withOneListener, type WaitingTunnel } from './waitingTunnel.ts';

export type { ClientCertificate } from './security.ts';

/** Where events of lines are told; no parameter of a connection is ever among the fields. */
interface LineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ChannelOpenerOptions {
  /** Shown to session managers that ask for one. Read at each opening: a getter tells the one of that moment. */
  readonly clientCertificate?: ClientCertificate | undefined;
  readonly isRevoked?: IsRevoked | undefined;
  readonly log?: LineLog;
  readonly timings?: ChannelTimings;
}

/** How other users of the same connection see us (protocol 1.5.0). */
const userName = 'Proxima';

/** While nobody looks, reading stops at this much: the manager's end then shows a little later. */
const unseenLimitBytes = 1024 * 1024;

/** Opens lines to session managers: TLS, handshake, first `sync`, and from there the relay. */
export function createChannelOpener(options: ChannelOpenerOptions = {}): ChannelOpener {
  const { log, isRevoked, timings = defaultTimings } = options;
  return {
    async open(request, signal) {
      const { manager, trust, protocol, parameters, display } = request;
      const target: ManagerTarget = {
        manager,
        trust,
        clientCertificate: options.clientCertificate,
        isRevoked,
      };
      const fields = { manager: manager.name, protocol };
      const channel = await openUpToFirstSync(
        target,
        { select: protocol, parameters, display, userName },
        signal,
        timings,
      );
      if (!channel.ok) {
        log?.warn({ ...fields, failure: channel.failure }, 'Channel not opened');
        return channel;
      }
      log?.info(fields, 'Channel opened');
      const tell = (message: string, more: object) => log?.info({ ...fields, ...more }, message);
      return succeed(
        holdLine(channel.value, createJoin(target, display, timings), securityOf(trust), timings, tell),
      );
    },
  };
}

type Join = (
  connectionId: string,
  latestSync: number | undefined,
  signal: AbortSignal,
) => Promise<Result<Channel>>;

/** Made apart from the opening, so that the line doesn't keep its credential alive. */
function createJoin(target: ManagerTarget, display: Display, timings: ChannelTimings): Join {
  return (connectionId, latestSync, signal) =>
    openUpToFirstSync(
      target,
      { select: connectionId, parameters: {}, display, userName },
      signal,
      timings,
      latestSync,
    );
}

async function openUpToFirstSync(
  target: ManagerTarget,
  request: HandshakeRequest,
  signal: AbortSignal,
  timings: ChannelTimings,
  latestSync?: number,
): Promise<Result<Channel>> {
  const channel = await openChannel(target, request, signal, timings);
  if (!channel.ok) return channel;
  const failure = await awaitFirstSync(channel.value, timings.firstSyncMs, signal, latestSync);
  return failure ? { ok: false, failure } : channel;
}

/**
 * A live session's line. It holds the first picture for a while; the first tunnel gets it. Later ones join by the connection's
 * id on a channel of their own, which then replaces the one before: guacd sends a whole picture only to those who join. Joining
 * is safe from the first `sync` on, before it guacd may crash.
 */
function holdLine(
  first: Channel,
  join: Join,
  security: Security,
  timings: ChannelTimings,
  tell: (message: string, fields: object) => void,
): SessionLine {
  let channel = first;
  let relay: Relay | undefined;
  const traffic: Traffic = { fromHostBytes: 0, toHostBytes: 0 };
  let joining: AbortController | undefined;
  /** While the way to the manager is lost, and the session goes on there. */
  let recovering: { readonly stop: AbortController; readonly waiting: WaitingTunnel } | undefined;
  let tellReconnecting: (isReconnecting: boolean) => void = () => undefined;
  let brokenMeanwhile: Failure | undefined;
  let isEnding = false;
  let settle: (end: LineEnd) => void;
  const ended = new Promise<LineEnd>((resolve) => (settle = resolve));
  /** What has to be over before the line is. */
  const unfinished = new Set<Promise<unknown>>();
  const firstAttachTimer = setTimeout(() => startWith(undefined), timings.firstAttachMs);
  void track(first.socket.closed);
  holdPicture(first);

  /** Reads on, because only a reader sees that the manager is gone. */
  function holdPicture({ socket, buffer }: Channel) {
    socket.listen({
      onBytes(bytes) {
        buffer.append(bytes);
        if (buffer.size > unseenLimitBytes) socket.pause();
      },
      onEnd(failure) {
        // What the host said last comes first, where it said why.
        startWith(undefined);
        if (!isEnding) breakOff(failureAfterLive(failure), undefined);
      },
    });
    if (buffer.size <= unseenLimitBytes) socket.resume();
  }

  function track<T>(work: Promise<T>): Promise<T> {
    unfinished.add(work);
    void work.finally(() => unfinished.delete(work));
    return work;
  }

  function startWith(wire: TunnelWire | undefined) {
    clearTimeout(firstAttachTimer);
    channel.socket.pause();
    const isHeld = heldSecondsOf(first.connectionId) > 0;
    relay = startRelay(channel, wire, traffic, end, isHeld ? breakOff : undefined);
  }

  /** The way to the manager is lost. Where it holds the session, that is joined again, and the tunnel waits for it. */
  function breakOff(failure: Failure, wire: TunnelWire | undefined) {
    const holdMs = heldSecondsOf(first.connectionId) * 1000;
    const mayPass = failure.code === 'manager_lost' || failure.code === 'manager_silent';
    if (isEnding || recovering) return;
    if (joining) {
      // A new tunnel is on its way with a channel of its own; should that fail, there is none left.
      brokenMeanwhile = failure;
      return wire?.close(failureOf('host_session_taken'));
    }
    if (holdMs === 0 || !mayPass) {
      wire?.close(failure);
      return end({ failure });
    }
    const stop = new AbortController();
    const waiting = createWaitingTunnel(wire);
    recovering = { stop, waiting };
    tell('Channel lost; its session is joined again', { failure });
    tellReconnecting(true);
    const joinAgain = (signal: AbortSignal) => join(channel.connectionId, relay?.latestSync, signal);
    void track(
      rejoin(joinAgain, holdMs, stop.signal).then((joined) => {
        recovering = undefined;
        const tunnel = waiting.take();
        if (!joined.ok) {
          tunnel?.close(failure);
          return end({ failure });
        }
        channel = joined.value;
        void track(channel.socket.closed);
        if (isEnding) {
          tunnel?.close();
          return channel.socket.close(farewell);
        }
        startWith(tunnel);
        tell('Session joined again', {});
        tellReconnecting(false);
      }),
    );
  }

  function end(lineEnd: LineEnd) {
    if (isEnding) return;
    isEnding = true;
    clearTimeout(firstAttachTimer);
    joining?.abort();
    recovering?.stop.abort();
    relay?.stop(lineEnd.failure);
    channel.socket.close(farewell);
    tell('Line ended', lineEnd);
    void Promise.all(unfinished).then(() => settle(lineEnd));
  }

  async function attachByJoining(wire: TunnelWire): Promise<Result<void>> {
    joining?.abort();
    const attempt = new AbortController();
    joining = attempt;
    wire.onClose(() => attempt.abort());
    const joined = await join(channel.connectionId, relay?.latestSync, attempt.signal);
    const isSuperseded = joining !== attempt;
    if (!isSuperseded) joining = undefined;
    if (joined.ok && !attempt.signal.aborted) {
      const before = relay;
      brokenMeanwhile = undefined;
      channel = joined.value;
      void track(channel.socket.closed);
      startWith(wire);
      before?.stop(failureOf('host_session_taken'));
      return succeed(undefined);
    }
    if (joined.ok) {
      joined.value.socket.close(farewell);
      await joined.value.socket.closed;
    }
    if (isSuperseded) return fail('host_session_taken');
    if (brokenMeanwhile) {
      const failure = brokenMeanwhile;
      brokenMeanwhile = undefined;
      breakOff(failure, undefined);
    }
    return joined.ok ? fail('session_closed') : joined;
  }

  return {
    security,
    connectionId: first.connectionId,
    ended,
    async attach(given) {
      const wire = withOneListener(given);
      if (isEnding) return refuse(wire, fail('session_closed'));
      if (recovering) {
        recovering.waiting.replace(wire);
        return succeed(undefined);
      }
      if (!relay) {
        startWith(wire);
        tell('Tunnel attached', {});
        return succeed(undefined);
      }
      const attached = await track(attachByJoining(wire));
      if (attached.ok) {
        tell('Tunnel attached by joining', {});
        return attached;
      }
      tell('Tunnel not attached', attached);
      return refuse(wire, attached);
    },
    traffic: () => ({ ...traffic }),
    onReconnecting: (listener) => void (tellReconnecting = listener),
    close: () => end({}),
  };
}

function refuse<T extends Extract<Result<void>, { ok: false }>>(wire: TunnelWire, refusal: T): T {
  wire.close(refusal.failure);
  return refusal;
}
