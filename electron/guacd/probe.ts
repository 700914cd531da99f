import { failureOf, succeed, type Failure, type Result } from '../../shared/contract/failure.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { Security } from '../../shared/model/health.ts';
import { beginsTlsRecord, explainHangUp } from './diagnosis.ts';
import type { ManagerTarget } from './security.ts';
import { connectToManager, type ManagerSocket } from './socket.ts';

const stepTimeoutMs = 2_000;

/** An id that no connection has. guacd hangs up on it at once, in good order, without starting anything. */
const question = encodeInstruction(['select', '$health']);

/**
 * Where the question is cut: enough for a TLS server to see that this isn't TLS. Some servers hang up in good order on clients
 * that they refuse; an answer that comes before the question is complete is none.
 */
const pauseAt = '6.select,'.length;
const pauseMs = 50;

/** What a session manager that answers says of itself. */
export interface ProbeAnswer {
  /** From question to answer. */
  readonly roundTripMs: number;
  readonly security: Security;
  /** Epoch ms; the end of its certificate's validity. */
  readonly certificateNotAfter?: number | undefined;
}

/**
 * Asks a session manager for a connection that doesn't exist, and takes the orderly hang-up for health: its port, certificate
 * and protocol thread are alive. Costs guacd a millisecond and two lines in its log.
 *
 * @param timeoutMs for each step: DNS, TCP, TLS, answer.
 * @returns the answer, or why there is none (`manager_*`; `session_closed` after an abort).
 */
export async function probeManager(
  target: ManagerTarget,
  signal: AbortSignal,
  timeoutMs = stepTimeoutMs,
): Promise<Result<ProbeAnswer>> {
  const startedAt = performance.now();
  const connected = await connectToManager(target, signal, {
    resolveMs: timeoutMs,
    connectMs: timeoutMs,
    secureMs: timeoutMs,
  });
  if (!connected.ok) return connected;
  return askForUnknown(connected.value, target, signal, {
    connectedInMs: performance.now() - startedAt,
    timeoutMs,
  });
}

/** Asks on a socket on which nothing was said yet, and closes it. */
export async function askForUnknown(
  socket: ManagerSocket,
  target: ManagerTarget,
  signal: AbortSignal,
  { connectedInMs, timeoutMs }: { readonly connectedInMs: number; readonly timeoutMs: number },
): Promise<Result<ProbeAnswer>> {
  const startedAt = performance.now();
  // Connecting took at least as long as a refusal needs to get here.
  const pause = Math.max(pauseMs, connectedInMs);
  let askedAt: number | undefined;

  const failure = await new Promise<Failure | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(failureOf('manager_silent')), pause + timeoutMs);
    const abort = () => resolve(failureOf('session_closed'));
    signal.addEventListener('abort', abort);
    const pauseTimer = setTimeout(() => {
      askedAt = performance.now();
      socket.write(question.slice(pauseAt));
    }, pause);
    void socket.closed.then(() => {
      clearTimeout(timer);
      clearTimeout(pauseTimer);
      signal.removeEventListener('abort', abort);
    });
    socket.listen({
      onBytes: (bytes) => {
        const isTls = target.trust.kind === 'plain' && beginsTlsRecord(bytes);
        resolve(failureOf(isTls ? 'manager_speaks_tls' : 'manager_protocol_error'));
      },
      onEnd: (end) => resolve(end ?? (askedAt === undefined ? failureOf('manager_closed') : undefined)),
    });
    socket.write(question.slice(0, pauseAt));
    if (signal.aborted) abort();
  });
  const roundTripMs = performance.now() - (askedAt ?? startedAt);
  socket.close();
  await socket.closed;

  if (!failure) {
    const { security, certificateNotAfter } = socket;
    return succeed({ roundTripMs, security, certificateNotAfter });
  }
  if (failure.code !== 'manager_closed') return { ok: false, failure };
  return { ok: false, failure: await explainHangUp(target, 'established', failure.detail) };
}
