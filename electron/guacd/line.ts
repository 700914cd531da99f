import { fail, type Failure, failureOf, succeed, type Result } from '../../shared/contract/failure.ts';
import type { Security } from '../../shared/model/health.ts';
import { heldSecondsOf } from '../../shared/model/managerLoad.ts';
import type {
  ChannelObserver,
  ChannelOpener,
  ChannelRequest,
  Display,
  LineEnd,
  SessionLine,
  TunnelWire,
} from '../broker/ports.ts';
import { type ChannelHandshake, openChannel, type Channel } from './channel.ts';
import { awaitFirstSync } from './firstSync.ts';
import { asGuestWire } from './guestWire.ts';
import { rejoin } from './rejoin.ts';
import { failureAfterLive, farewell, startRelay, type Relay, type Traffic } from './relay.ts';
import { securityOf, type ClientCertificate, type IsRevoked, type ManagerTarget } from './security.ts';
import { lookUpAddress } from './socket.ts';
import { defaultTimings, type ChannelTimings } from './timings.ts';
import { createWaitingTunnel, withOneListener, type WaitingTunnel } from './waitingTunnel.ts';

export type { ClientCertificate } from './security.ts';

/** Where events of lines are told; no parameter of a connection is ever among the fields. */
interface LineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ChannelOpenerOptions {
  /** Shown to this session manager where it asks for one; read anew for every connection. */
  readonly clientCertificateOf?: (manager: ManagerTarget['manager']) => ClientCertificate | undefined;
  readonly isRevoked?: IsRevoked | undefined;
  readonly log?: LineLog;
  readonly timings?: ChannelTimings;
}

/** How other users of the same connection see us (protocol 1.5.0). */
const userName = 'Proxima';

/** While nobody looks, reading stops at this much: the manager's end then shows a little later. */
const unseenLimitBytes = 1024 * 1024;

/** Tunnels beside the first: each costs the session manager another whole stream of pictures. */
const mostGuests = 8;

/** Opens lines to session managers: TLS, handshake, first `sync`, and from there the relay. */
export function createChannelOpener(options: ChannelOpenerOptions = {}): ChannelOpener {
  const { log, isRevoked, timings = defaultTimings } = options;
  return {
    lookUp: ({ address }, signal) => lookUpAddress(address, timings.connect.resolveMs, signal),
    async open(request, signal) {
      const { manager, trust, protocol, parameters, display, lookup, observer } = request;
      const target: ManagerTarget = {
        manager,
        trust,
        lookup,
        clientCertificate: options.clientCertificateOf?.(manager),
        isRevoked,
      };
      const fields = { manager: manager.name, protocol };
      const channel = await openUpToFirstSync(
        target,
        { select: protocol, parameters, display, userName },
        signal,
        timings,
        { observer },
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

/** A connection of a session manager's that somebody else opened. */
export interface HeldConnection extends Pick<ChannelRequest, 'manager' | 'trust' | 'display'> {
  readonly connectionId: string;
}

/** Takes up sessions of another process, where their manager still holds them. */
export interface LineJoiner {
  /** The line is one as if it had been opened here; the other's is none of ours, and may end. Fails where there is no such connection. */
  join(held: HeldConnection, signal: AbortSignal): Promise<Result<SessionLine>>;
}

export function createLineJoiner(options: ChannelOpenerOptions = {}): LineJoiner {
  const { log, isRevoked, timings = defaultTimings } = options;
  return {
    async join({ manager, trust, display, connectionId }, signal) {
      const target: ManagerTarget = {
        manager,
        trust,
        clientCertificate: options.clientCertificateOf?.(manager),
        isRevoked,
      };
      const join = createJoin(target, display, timings);
      const joined = await join(connectionId, undefined, signal);
      const fields = { manager: manager.name };
      log?.info(
        joined.ok ? fields : { ...fields, failure: joined.failure },
        joined.ok
          ? 'Took up a session of another gateway'
          : 'A session of another gateway is not there any more',
      );
      if (!joined.ok) return joined;
      const tell = (message: string, more: object) => log?.info({ ...fields, ...more }, message);
      return succeed(holdLine(joined.value, join, securityOf(trust), timings, tell));
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
      // Names may lead elsewhere by then.
      { ...target, lookup: undefined },
      { select: connectionId, parameters: {}, display, userName },
      signal,
      timings,
      { latestSync },
    );
}

async function openUpToFirstSync(
  target: ManagerTarget,
  request: ChannelHandshake,
  signal: AbortSignal,
  timings: ChannelTimings,
  {
    latestSync,
    observer,
  }: { readonly latestSync?: number | undefined; readonly observer?: ChannelObserver | undefined },
): Promise<Result<Channel>> {
  const channel = await openChannel(target, request, signal, timings, observer);
  if (!channel.ok) return channel;
  observer?.begin('host');
  const failure = await awaitFirstSync(channel.value, timings.firstSyncMs, signal, latestSync);
  observer?.end('host');
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
  /** How each relay ends whose channel has been replaced. */
  const retired = new Set<() => void>();
  /** How each of those who joined is sent away. */
  const guests = new Set<(failure?: Failure) => void>();
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
    const served = channel;
    relay = startRelay(
      served,
      wire,
      traffic,
      (lineEnd) => served === channel && end(lineEnd),
      isHeld ? (failure, kept) => served === channel && breakOff(failure, kept) : undefined,
    );
  }

  /**
   * Ends the relay of a channel that another one has replaced; not before the new one has heard a `sync` of its own, because until
   * then guacd may not count it among its users, and would end the session with the last whom it does count.
   */
  function retire(former: Relay, knownTimestamp: number | undefined) {
    former.dismiss(failureOf('host_session_taken'));
    const stop = () => {
      retired.delete(stop);
      clearTimeout(timer);
      former.stop();
    };
    const timer = setTimeout(stop, timings.firstSyncMs);
    retired.add(stop);
    if (relay?.latestSync !== knownTimestamp) stop();
    else relay?.onSync((timestamp) => timestamp !== knownTimestamp && stop());
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
    for (const stop of retired) stop();
    for (const sendAway of guests) sendAway(lineEnd.failure);
    channel.socket.close(farewell);
    tell('Line ended', lineEnd);
    void Promise.all(unfinished).then(() => settle(lineEnd));
  }

  async function attachByJoining(wire: TunnelWire): Promise<Result<void>> {
    joining?.abort();
    const attempt = new AbortController();
    joining = attempt;
    wire.onClose(() => attempt.abort());
    const knownTimestamp = relay?.latestSync;
    const joined = await join(channel.connectionId, knownTimestamp, attempt.signal);
    const isSuperseded = joining !== attempt;
    if (!isSuperseded) joining = undefined;
    if (joined.ok && !attempt.signal.aborted) {
      const before = relay;
      brokenMeanwhile = undefined;
      channel = joined.value;
      void track(channel.socket.closed);
      startWith(wire);
      if (before) retire(before, knownTimestamp);
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

  /** Beside the first tunnel, and without a trace on it: whatever becomes of this one, the line goes on. */
  async function joinBeside(wire: TunnelWire): Promise<Result<void>> {
    const attempt = new AbortController();
    let stop = (failure?: Failure) => wire.close(failure);
    const sendAway = (failure?: Failure) => {
      guests.delete(sendAway);
      attempt.abort();
      stop(failure);
    };
    guests.add(sendAway);
    wire.onClose(() => sendAway());
    const joined = await join(channel.connectionId, relay?.latestSync, attempt.signal);
    if (!joined.ok) {
      guests.delete(sendAway);
      return joined;
    }
    const { socket } = joined.value;
    void track(socket.closed);
    if (attempt.signal.aborted) {
      socket.close(farewell);
      return fail('session_closed');
    }
    ({ stop } = startRelay(joined.value, asGuestWire(wire), traffic, () => guests.delete(sendAway)));
    return succeed(undefined);
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
    async join(wire) {
      if (isEnding) return refuse(wire, fail('session_closed'));
      if (guests.size >= mostGuests) return refuse(wire, fail('session_crowded'));
      const joined = await track(joinBeside(wire));
      tell(joined.ok ? 'Guest joined' : 'Guest not let in', joined);
      return joined.ok ? joined : refuse(wire, joined);
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
