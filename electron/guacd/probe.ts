import { failureOf, succeed, type Failure, type Result } from '../../shared/contract/failure.ts';
import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import type { Security } from '../../shared/model/health.ts';
import { loadQuestion, managerLoadSchema, type ManagerLoad } from '../../shared/model/managerLoad.ts';
import { beginsTlsRecord, explainHangUp } from './diagnosis.ts';
import type { ManagerTarget } from './security.ts';
import { connectToManager, type ManagerSocket } from './socket.ts';

const stepTimeoutMs = 2_000;

/**
 * An id that no connection has. guacd hangs up on it at once, in good order, without starting anything; a Proxima manager says
 * how busy it is before.
 */
const question = encodeInstruction(['select', loadQuestion]);

/** Of an answer that tells the load. */
const longestAnswerBytes = 4_096;

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
  /** Its own word, where it is a Proxima manager. */
  readonly load?: ManagerLoad | undefined;
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
  let answer = Buffer.alloc(0);
  let load: ManagerLoad | undefined;

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
        if (target.trust.kind === 'plain' && answer.length === 0 && beginsTlsRecord(bytes))
          return resolve(failureOf('manager_speaks_tls'));
        answer = Buffer.concat([answer, bytes]);
        const mayBeLoad = askedAt !== undefined && '4.load,'.startsWith(answer.toString('latin1', 0, 7));
        if (!mayBeLoad || answer.length > longestAnswerBytes)
          return resolve(failureOf('manager_protocol_error'));
        load = readLoad(answer.toString());
        if (load) resolve(undefined);
      },
      onEnd: (end) => {
        if (answer.length > 0) return resolve(failureOf('manager_protocol_error'));
        resolve(end ?? (askedAt === undefined ? failureOf('manager_closed') : undefined));
      },
    });
    socket.write(question.slice(0, pauseAt));
    if (signal.aborted) abort();
  });
  const roundTripMs = performance.now() - (askedAt ?? startedAt);
  socket.close();
  await socket.closed;

  if (!failure) {
    const { security, certificateNotAfter } = socket;
    return succeed({ roundTripMs, security, certificateNotAfter, ...(load && { load }) });
  }
  if (failure.code !== 'manager_closed') return { ok: false, failure };
  return { ok: false, failure: await explainHangUp(target, 'established', failure.detail) };
}

/** The load in a whole answer; `undefined` as long as it isn't there. */
function readLoad(text: string): ManagerLoad | undefined {
  const [instruction] = decodeInstructions(text) ?? [];
  try {
    const parsed = managerLoadSchema.safeParse(JSON.parse(instruction?.[1] ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
