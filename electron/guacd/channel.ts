import { fail, failureOf, succeed, type Failure, type Result } from '../../shared/contract/failure.ts';
import { beginHandshake, type HandshakeRequest } from '../../shared/guacamole/handshake.ts';
import { decodeInstructions } from '../../shared/guacamole/instruction.ts';
import { protocols } from '../../shared/model/protocol.ts';
import type { ChannelObserver, ChannelRequest, ConnectionParameters } from '../broker/ports.ts';
import { beginsTlsRecord, explainHangUp } from './diagnosis.ts';
import { InstructionBuffer } from './instructionBuffer.ts';
import { keepAlive, nop } from './keepAlive.ts';
import type { ManagerTarget } from './security.ts';
import { type ConnectObserver, connectToManager, type ManagerSocket } from './socket.ts';
import type { ChannelTimings } from './timings.ts';

/** A connection to a session manager with its handshake done. */
export interface Channel {
  readonly socket: ManagerSocket;
  /** What others join the same connection by; the id is the right to do so. */
  readonly connectionId: string;
  /** What came after `ready`. Watches `size`, `sync`, `required`, `error` and `disconnect`. */
  readonly buffer: InstructionBuffer;
}

const watched = ['args', 'ready', 'size', 'sync', 'required', 'error', 'disconnect'];

/** Whether a `select` may carry this: one of our protocols, or the id of a connection. guacd loads a plug-in of whatever name. */
const isSelectable = (select: string) =>
  (protocols as readonly string[]).includes(select) || /^\$[\w-]{1,64}$/.test(select);

/** Stands for an end before the first byte, which has to be looked into. */
const hangUp = failureOf('manager_closed');

/** What is asked of a session manager; the parameters may come while the way to it is made. */
export interface ChannelHandshake extends Omit<HandshakeRequest, 'parameters'> {
  readonly parameters: ChannelRequest['parameters'];
}

/** Connects and shakes hands. Failures are `manager_*`, what the manager said of the host, or `session_closed` after an abort. */
export async function openChannel(
  target: ManagerTarget,
  request: ChannelHandshake,
  signal: AbortSignal,
  timings: ChannelTimings,
  observer?: ChannelObserver,
): Promise<Result<Channel>> {
  if (!isSelectable(request.select)) return fail('input_invalid', 'not a protocol that Proxima opens');
  if (!target.lookup) observer?.begin('lookup');
  const connected = await connectToManager(
    target,
    signal,
    timings.connect,
    observer && noteSteps(observer, target),
  );
  if (!connected.ok) return connected;
  observer?.end(target.trust.kind === 'plain' ? 'connecting' : 'securing');
  const socket = connected.value;
  const parameters = await readParameters(request.parameters);
  if (!parameters.ok) {
    socket.close();
    await socket.closed;
    return parameters;
  }
  observer?.begin('greeting');
  const shaken = await shakeHands(socket, { ...request, parameters: parameters.value }, signal, timings);
  observer?.end('greeting');
  const isHangUp = !shaken.ok && shaken.failure === hangUp;
  return isHangUp ? { ok: false, failure: await explainHangUp(target, 'established') } : shaken;
}

const noteSteps = (observer: ChannelObserver, { lookup, trust }: ManagerTarget): ConnectObserver => ({
  onResolved() {
    if (!lookup) observer.end('lookup');
    observer.begin('connecting');
  },
  onConnected() {
    if (trust.kind === 'plain') return;
    observer.end('connecting');
    observer.begin('securing');
  },
});

const readParameters = async (given: ChannelRequest['parameters']): Promise<Result<ConnectionParameters>> =>
  given instanceof Promise ? given : succeed(given);

function shakeHands(
  socket: ManagerSocket,
  request: HandshakeRequest,
  signal: AbortSignal,
  timings: ChannelTimings,
): Promise<Result<Channel>> {
  const handshake = beginHandshake(request);
  const buffer = new InstructionBuffer(watched);
  let isHeard = false;

  return new Promise((resolve) => {
    let isSettled = false;
    const timer = setTimeout(() => giveUp(failureOf('manager_silent')), timings.handshakeMs);
    const abort = () => giveUp(failureOf('session_closed'));
    signal.addEventListener('abort', abort);

    function stopWaiting() {
      isSettled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
    function giveUp(failure: Failure) {
      if (isSettled) return;
      stopWaiting();
      socket.close();
      void socket.closed.then(() => resolve({ ok: false, failure }));
    }

    socket.listen({
      onBytes(bytes) {
        const isTls = !isHeard && socket.security === 'connected-not-encrypted' && beginsTlsRecord(bytes);
        if (isTls) giveUp(failureOf('manager_speaks_tls'));
        isHeard = true;
        buffer.append(bytes);
        if (isSettled) return;
        let readyEnd = 0;
        const whole = buffer.scan((_opcode, bytesOfInstruction, end) => {
          if (isSettled) return;
          const [instruction] = decodeInstructions(Buffer.from(bytesOfInstruction).toString()) ?? [];
          if (!instruction) return giveUp(failureOf('manager_protocol_error'));
          const step = handshake.receive(instruction);
          if (step.kind === 'failed') giveUp(step.failure);
          else if (step.kind === 'reply') socket.write(step.reply);
          else if (step.kind === 'ready') {
            readyEnd = end;
            stopWaiting();
            // guacd before 1.6 leaves Nagle's algorithm on: whoever is silent now waits 40 ms for its own delayed ACK.
            socket.write(nop);
            resolve(succeed({ socket: keepAlive(socket, timings), connectionId: step.connectionId, buffer }));
          }
        });
        if (readyEnd > 0) {
          buffer.consume(readyEnd);
          buffer.rewind();
        } else if (whole === undefined) {
          giveUp(failureOf('manager_protocol_error'));
        }
      },
      onEnd(failure) {
        const isUnclear = failure === undefined || failure.code === 'manager_closed';
        giveUp(isUnclear && !isHeard ? hangUp : (failure ?? failureOf('manager_closed')));
      },
    });
    socket.onTicket(() => socket.write(nop));
    socket.write(handshake.opening);
    if (signal.aborted) abort();
  });
}
