import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { failureOf, type Failure } from '../../shared/contract/failure.ts';
import {
  classifyTlsError,
  codeOf,
  composeTlsOptions,
  normaliseAddress,
  type ManagerTarget,
} from './security.ts';

/** For the whole second look; the person waits for it. */
const secondLookMs = 1_000;
/**
 * Hanging up takes a moment, once a server has made up its mind; guacd waits for the rest of a `select` for 15 s, and for the
 * first word behind TLS without an end.
 */
const patienceMs = 300;

/** Where the manager hung up: in the TLS handshake, or after it without having said anything. */
export type HangUpStep = 'secure' | 'established';

/**
 * Finds out why a session manager hung up without a word: whether it speaks plain where TLS was expected or the reverse, or
 * refused our certificate. guacd says nothing in the first two cases, and with TLS 1.3 a refusal may be lost behind our own
 * first words (RFC 8446 §4.4.2.4). Connects once more, sends no more than half a `select`, and keeps nothing open.
 *
 * @returns `manager_closed` where that tells nothing either.
 */
export async function explainHangUp(
  target: ManagerTarget,
  step: HangUpStep,
  detail?: string,
): Promise<Failure> {
  const unexplained = failureOf('manager_closed', detail);
  if (target.trust.kind === 'plain')
    return (await speaksTls(target)) ? failureOf('manager_speaks_tls') : unexplained;
  if (step === 'secure') return (await speaksPlain(target)) ? failureOf('manager_speaks_plain') : unexplained;
  return (await refusesClient(target)) ? failureOf('manager_refused_client') : unexplained;
}

const tlsRecordTypes = new Set([0x15, 0x16]);

/** Whether these bytes begin a TLS record of a handshake or an alert (RFC 8446 §5.1). */
export const beginsTlsRecord = (bytes: Uint8Array) => tlsRecordTypes.has(bytes[0] ?? 0) && bytes[1] !== 0x2e;

const endpointOf = ({ manager }: ManagerTarget) => ({
  host: normaliseAddress(manager.address),
  port: manager.port,
});

function speaksTls(target: ManagerTarget): Promise<boolean> {
  const socket = connectTls({ ...endpointOf(target), servername: '', rejectUnauthorized: false });
  return lookAt(socket, false, (settle) => {
    socket.on('secureConnect', () => settle(true));
    socket.on('error', (error) => settle(/^ERR_SSL_\w*ALERT/.test(codeOf(error))));
  });
}

function speaksPlain(target: ManagerTarget): Promise<boolean> {
  const socket = connectTcp(endpointOf(target));
  return lookAt(socket, false, (settle) => {
    socket.on('connect', () => {
      socket.write('6.select,');
      socket.setTimeout(patienceMs, () => settle(true));
    });
    socket.on('data', (bytes) => settle(!beginsTlsRecord(bytes)));
  });
}

function refusesClient(target: ManagerTarget): Promise<boolean> {
  const options = composeTlsOptions(target);
  if (!options.ok) return Promise.resolve(false);
  const socket = connectTls({ ...endpointOf(target), ...options.value });
  return lookAt(socket, false, (settle) => {
    // Nothing was asked: who hangs up after the handshake doesn't want us. Some say so, some don't.
    socket.on('secureConnect', () => socket.setTimeout(patienceMs, () => settle(false)));
    socket.on('end', () => settle(true));
    socket.on('error', (error) => {
      settle(classifyTlsError(error, 'established')?.code === 'manager_refused_client');
    });
    socket.resume();
  });
}

/** Watches a socket until it tells something, hangs up or the time is over, and closes it. */
function lookAt(
  socket: Socket,
  otherwise: boolean,
  watch: (settle: (answer: boolean) => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    let answer: boolean | undefined;
    const timer = setTimeout(() => settle(otherwise), secondLookMs);
    const settle = (found: boolean) => {
      answer ??= found;
      socket.destroy();
    };
    watch(settle);
    socket.on('error', () => settle(otherwise));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer ?? otherwise);
    });
  });
}
