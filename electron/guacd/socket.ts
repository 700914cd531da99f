import type { X509Certificate } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { fail, failureOf, succeed, type Failure, type Result } from '../../shared/contract/failure.ts';
import type { Security } from '../../shared/model/health.ts';
import { explainHangUp } from './diagnosis.ts';
import {
  classifyTlsError,
  codeOf,
  composeTlsOptions,
  findRevoked,
  matchesPin,
  normaliseAddress,
  readPeerCertificate,
  securityOf,
  type ManagerTarget,
} from './security.ts';

/** How long each step of connecting may take. */
export interface ConnectDeadlines {
  readonly resolveMs: number;
  readonly connectMs: number;
  readonly secureMs: number;
}

export const defaultConnectDeadlines: ConnectDeadlines = {
  resolveMs: 5_000,
  connectMs: 5_000,
  secureMs: 5_000,
};

/** Of several addresses, each but the last gets this long (RFC 8305 §8 allows up to 2 s). */
const addressAttemptMs = 1_000;
/** One for all sockets: what is read is handed on before anything else is. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
/** How long the last words may take on their way out. */
const farewellMs = 1_000;

/** What the other side has shown of itself. */
export interface ShownIdentity {
  /** Such as `TLSv1.3`. */
  readonly version: string;
  readonly cipher: string;
  readonly certificate: X509Certificate;
}

/** Hears of each step on the way to a session manager once it is made; how it ends is the result. */
export interface ConnectObserver {
  onResolved(addresses: readonly string[]): void;
  onConnected(address: string): void;
  /** TLS is agreed upon and the certificate is here, not judged yet. Left out, nobody reads it ahead. */
  onShown?(identity: ShownIdentity): void;
}

export interface SocketListener {
  /** `bytes` are only valid during the call. */
  onBytes(bytes: Uint8Array): void;
  /** Called once, when the other side is gone; without a failure where it closed in good order. Not called after `close`. */
  onEnd(failure: Failure | undefined): void;
}

/** A connection to a session manager, as secure as its trust asks for, and nothing said on it yet. */
export interface ManagerSocket {
  readonly security: Security;
  /** Epoch ms; the end of the validity of the other side's certificate. */
  readonly certificateNotAfter?: number | undefined;
  /** Replaces the listener before. An end that came in between is told to the new one, later in the same turn. */
  listen(listener: SocketListener): void;
  /** Called for each TLS session ticket, outside of the event that brought it: writing is safe. */
  onTicket(listener: () => void): void;
  write(data: string | Uint8Array): void;
  /** Bytes that were written and haven't left yet. */
  readonly unsentBytes: number;
  pause(): void;
  resume(): void;
  /** Sends the last words, if any, and closes. Calling it twice does no harm. */
  close(farewell?: string): void;
  /** Settles when the socket is gone and holds no timer. */
  readonly closed: Promise<void>;
}

/**
 * Connects to a session manager: DNS, TCP, TLS, certificate. The failure tells the step that failed (`manager_*`);
 * `session_closed` after an abort. Nothing stays open after either.
 */
export async function connectToManager(
  target: ManagerTarget,
  signal: AbortSignal,
  deadlines: ConnectDeadlines = defaultConnectDeadlines,
  observer?: ConnectObserver,
): Promise<Result<ManagerSocket>> {
  const addresses = await (target.lookup ??
    lookUpAddress(target.manager.address, deadlines.resolveMs, signal));
  if (!addresses.ok) return addresses;
  observer?.onResolved(addresses.value.map(({ address }) => address));
  const opened = await openSocket(target, addresses.value, signal, deadlines, observer);
  const isHangUp = !opened.ok && opened.failure.code === 'manager_closed';
  return isHangUp
    ? { ok: false, failure: await explainHangUp(target, 'secure', opened.failure.detail) }
    : opened;
}

/** An address leads to itself. Fails with `manager_name_unresolved`, or `session_closed` after an abort. */
export async function lookUpAddress(
  address: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Result<readonly LookupAddress[]>> {
  const name = normaliseAddress(address);
  const family = isIP(name);
  if (family !== 0) return succeed([{ address: name, family }]);
  return new Promise((resolve) => {
    const settle = (result: Result<readonly LookupAddress[]>) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(result);
    };
    const abort = () => settle(fail('session_closed'));
    const timer = setTimeout(
      () => settle(fail('manager_name_unresolved', `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    signal.addEventListener('abort', abort);
    if (signal.aborted) return abort();
    lookup(name, { all: true, order: 'verbatim' }).then(
      (addresses) => settle(succeed(addresses)),
      (error: unknown) => settle(fail('manager_name_unresolved', codeOf(error))),
    );
  });
}

function openSocket(
  target: ManagerTarget,
  addresses: readonly LookupAddress[],
  signal: AbortSignal,
  deadlines: ConnectDeadlines,
  observer: ConnectObserver | undefined,
): Promise<Result<ManagerSocket>> {
  const { trust, manager } = target;
  const tlsOptions = trust.kind === 'plain' ? succeed(undefined) : composeTlsOptions(target);
  if (!tlsOptions.ok) return Promise.resolve(tlsOptions);

  return new Promise((resolve) => {
    let onBytes: (bytes: Uint8Array) => void = () => {};
    const connectOptions: TcpNetConnectOpts = {
      host: addresses[0]?.address ?? '',
      port: manager.port,
      noDelay: true,
      autoSelectFamily: addresses.length > 1,
      autoSelectFamilyAttemptTimeout: addressAttemptMs,
      lookup: (_name, options, callback) => {
        if (options.all) callback(null, [...addresses]);
        else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
      },
      onread: {
        buffer: readBuffer,
        callback: (count, buffer) => {
          onBytes(buffer.subarray(0, count));
          return true;
        },
      },
    };
    const socket: Socket = tlsOptions.value
      ? connectTls({ ...connectOptions, ...tlsOptions.value })
      : connectTcp(connectOptions);

    let step: 'connect' | 'secure' = 'connect';
    let isServerShown = false;
    let timer = setTimeout(expire, deadlines.connectMs);
    signal.addEventListener('abort', abort);
    socket.on('connect', enterSecureStep);
    // Keys exist from the moment on that the server's half of the handshake is here; they aren't looked at.
    socket.once('keylog', () => (isServerShown = true));
    if (observer?.onShown) socket.on('keylog', tellIdentity);
    socket.on('secureConnect', finish);
    socket.on('error', reject);
    socket.on('close', rejectClosed);
    if (signal.aborted) abort();

    function stopOpening() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket.off('connect', enterSecureStep);
      socket.off('keylog', tellIdentity);
      socket.off('secureConnect', finish);
      socket.off('error', reject);
      socket.off('close', rejectClosed);
    }
    function giveUp(failure: Failure) {
      stopOpening();
      // A destroyed socket may still report an error, which nobody waits for any more.
      socket.on('error', () => {});
      socket.on('close', () => resolve({ ok: false, failure }));
      if (socket.closed) resolve({ ok: false, failure });
      else socket.destroy();
    }
    function abort() {
      giveUp(failureOf('session_closed'));
    }
    function expire() {
      giveUp(
        failureOf('manager_connect_timeout', step === 'connect' ? 'no TCP connection' : 'no TLS handshake'),
      );
    }
    function reject(error: Error) {
      giveUp(step === 'connect' ? classifyConnectError(error) : classifySecureError(error, isServerShown));
    }
    function rejectClosed() {
      giveUp(failureOf('manager_closed'));
    }
    function enterSecureStep() {
      step = 'secure';
      clearTimeout(timer);
      observer?.onConnected(socket.remoteAddress ?? '');
      if (trust.kind === 'plain') finish();
      else timer = setTimeout(expire, deadlines.secureMs);
    }
    /** Once the handshake has failed for the certificate, that can't be read any more. */
    function tellIdentity() {
      const identity = socket instanceof TLSSocket ? readIdentity(socket) : undefined;
      if (!identity) return;
      socket.off('keylog', tellIdentity);
      observer?.onShown?.(identity);
    }
    function finish() {
      if (trust.kind === 'pins' && socket instanceof TLSSocket && !matchesPin(socket, trust.pins)) {
        return giveUp(failureOf('manager_certificate_pin_mismatch'));
      }
      const revoked =
        target.isRevoked && socket instanceof TLSSocket ? findRevoked(socket, target.isRevoked) : undefined;
      if (revoked !== undefined) return giveUp(failureOf('manager_certificate_revoked', `serial ${revoked}`));
      stopOpening();
      const managerSocket = wrapSocket(socket, securityOf(trust), (take) => (onBytes = take));
      resolve(succeed(managerSocket));
    }
  });
}

function readIdentity(socket: TLSSocket): ShownIdentity | undefined {
  const certificate = readPeerCertificate(socket);
  if (!certificate) return undefined;
  return { version: socket.getProtocol() ?? '', cipher: socket.getCipher().standardName, certificate };
}

function classifyConnectError(error: Error): Failure {
  const [first] = error instanceof AggregateError ? error.errors : [error];
  const code = codeOf(first) || codeOf(error);
  return failureOf(code === 'ETIMEDOUT' ? 'manager_connect_timeout' : 'manager_unreachable', code);
}

function classifySecureError(error: Error, isServerShown: boolean): Failure {
  const failure = classifyTlsError(error, isServerShown ? 'server-shown' : 'nothing-shown');
  if (failure) return failure;
  // With TLS 1.2 a server that has shown itself and then hangs up has seen what we could show.
  return failureOf(isServerShown ? 'manager_refused_client' : 'manager_closed', codeOf(error));
}

function wrapSocket(
  socket: Socket,
  security: Security,
  takeBytes: (take: (bytes: Uint8Array) => void) => void,
): ManagerSocket {
  let listener: SocketListener | undefined;
  let end: { readonly failure: Failure | undefined } | undefined;
  let isClosing = false;
  let farewellTimer: NodeJS.Timeout | undefined;

  const finish = (failure?: Failure) => {
    if (end !== undefined || isClosing) return;
    end = { failure };
    socket.destroy();
    listener?.onEnd(failure);
  };
  const certificate = socket instanceof TLSSocket ? readPeerCertificate(socket) : undefined;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      clearTimeout(farewellTimer);
      finish();
      resolve();
    });
  });
  takeBytes((bytes) => {
    if (!isClosing) listener?.onBytes(bytes);
  });
  socket.on('end', () => finish());
  socket.on('error', (error) =>
    finish(classifyTlsError(error, 'established') ?? failureOf('manager_closed', codeOf(error))),
  );
  // Without a reader of its own a paused stream would never tell its end.
  socket.resume();

  return {
    security,
    certificateNotAfter: certificate && Date.parse(certificate.validTo),
    closed,
    listen(next) {
      listener = next;
      const told = end;
      if (told) queueMicrotask(() => listener === next && next.onEnd(told.failure));
    },
    onTicket(onTicket) {
      socket.on('session', () => setImmediate(() => !isClosing && !end && onTicket()));
    },
    write(data) {
      if (!isClosing && !end) socket.write(data);
    },
    get unsentBytes() {
      return socket.writableLength;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close(farewell) {
      if (isClosing || end) return;
      isClosing = true;
      farewellTimer = setTimeout(() => socket.destroy(), farewellMs);
      if (farewell !== undefined) socket.write(farewell);
      socket.end(() => socket.destroy());
      // What still arrives isn't wanted, but has to be read for the end to be seen.
      socket.resume();
    },
  };
}
