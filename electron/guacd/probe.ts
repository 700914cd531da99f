import { fail, failureOf, succeed, type Failure, type Result } from '../../shared/contract/failure.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { Security } from '../../shared/model/health.ts';
import { beginsTlsRecord, explainHangUp } from './diagnosis.ts';
import type { ManagerTarget } from './security.ts';
import { connectToManager } from './socket.ts';

const stepTimeoutMs = 2_000;

/** An id that no connection has. guacd hangs up on it at once, in good order, without starting anything. */
const question = encodeInstruction(['select', '$health']);

/**
 * Where the question is cut: enough for a TLS server to see that this isn't TLS. Some servers hang up in good order on clients
 * that they refuse; an answer that comes before the question is complete is none.
 */
const pauseAt = '6.select,'.length;
const pauseMs = 50;

/**
 * Asks a session manager for a connection that doesn't exist, and takes the orderly hang-up for health: its port, certificate
 * and protocol thread are alive. Costs guacd a millisecond and two lines in its log.
 *
 * @param timeoutMs for each step: DNS, TCP, TLS, answer.
 * @returns the time from question to answer, or why there is none (`manager_*`; `session_closed` after an abort).
 */
export async function probeManager(
  target: ManagerTarget,
  signal: AbortSignal,
  timeoutMs = stepTimeoutMs,
): Promise<Result<{ readonly roundTripMs: number; readonly security: Security }>> {
  const startedAt = performance.now();
  const connected = await connectToManager(target, signal, {
    resolveMs: timeoutMs,
    connectMs: timeoutMs,
    secureMs: timeoutMs,
  });
  if (!connected.ok) return connected;
  const socket = connected.value;
  // Connecting took at least as long as a refusal needs to get here.
  const pause = Math.max(pauseMs, performance.now() - startedAt);
  let askedAt: number | undefined;

  const failure = await new Promise<Failure | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(failureOf('manager_silent')), timeoutMs);
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

  if (!failure) return succeed({ roundTripMs, security: socket.security });
  if (failure.code !== 'manager_closed') return { ok: false, failure };
  const explained = await explainHangUp(target, 'established', failure.detail);
  return fail(explained.code, explained.detail);
}
