import { connect, type Socket } from 'node:net';
import { fail, failureOfGuacamoleStatus, succeed, type Result } from '../../shared/contract/failure.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import type { EngineConnection, EngineListener, EngineUser } from './engine.ts';
import { InstructionReader } from './instructionReader.ts';

/** Where a guacd listens without TLS: on this machine, or where nobody else reaches it. */
export interface GuacdAddress {
  readonly host: string;
  readonly port: number;
}

/** guacd answers within 70 ms; it says nothing at all for a protocol that isn't installed. */
const handshakeTimeoutMs = 5_000;
/** guacd drops a user who says nothing for 15 s. */
const nopIntervalMs = 5_000;
/** What waits for its listener, of an engine that talks before it is asked. */
const unheardLimitBytes = 1024 * 1024;
const farewellMs = 1_000;

const nop = encodeInstruction(['nop']);
const disconnect = encodeInstruction(['disconnect']);
/** Ends the process that a `select` has started; a plain close would leave it for 15 s. */
const emptyConnect = encodeInstruction(['connect']);

/** What guacd asks for in answer to a `select`: its version and the names of arguments. */
interface Question {
  readonly version: string;
  readonly names: readonly string[];
}

/** Asks what arguments guacd wants for a protocol, and leaves. */
export async function askGuacd(address: GuacdAddress, protocol: string): Promise<Result<Question>> {
  let question: Question | undefined;
  const asked = await converse(address, AbortSignal.timeout(handshakeTimeoutMs), protocol, (asks) => {
    question = asks;
    return undefined;
  });
  if (question) return succeed(question);
  return asked.ok ? fail('manager_protocol_error') : asked;
}

/** Opens a session, or joins the one that `select` names, up to `ready`. */
export async function openGuacd(
  address: GuacdAddress,
  select: string,
  user: EngineUser,
  valueOf: (name: string) => string,
  signal: AbortSignal,
): Promise<Result<EngineConnection>> {
  const withTimeout = AbortSignal.any([signal, AbortSignal.timeout(handshakeTimeoutMs)]);
  const talked = await converse(address, withTimeout, select, ({ names }) => answer(user, names, valueOf));
  if (!talked.ok) return signal.aborted ? fail('session_closed') : talked;
  const { socket, connectionId, rest } = talked.value;
  return succeed(createConnection(address, socket, connectionId, rest));
}

function answer(user: EngineUser, names: readonly string[], valueOf: (name: string) => string): string {
  const { width, height, dpi, timezone } = user.display;
  const instructions: Instruction[] = [
    ['size', String(width), String(height), String(dpi)],
    ['audio', ...user.audio],
    ['video', ...user.video],
    ['image', ...user.image],
    ...(timezone === undefined ? [] : [['timezone', timezone] as const]),
    ...(user.name === '' ? [] : [['name', user.name] as const]),
    ['connect', user.version, ...names.map(valueOf)],
  ];
  return instructions.map(encodeInstruction).join('');
}

interface Talked {
  readonly socket: Socket;
  readonly connectionId: string;
  /** What came behind `ready` already. */
  readonly rest: Uint8Array;
}

/** The client's half of a handshake with guacd; `reply` makes what follows `args`, or ends it there. */
function converse(
  { host, port }: GuacdAddress,
  signal: AbortSignal,
  select: string,
  reply: (question: Question) => string | undefined,
): Promise<Result<Talked>> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const reader = new InstructionReader(['args', 'ready', 'error', 'disconnect']);
    let isAsked = false;
    let isSettled = false;

    const settle = (result: Result<Talked>, lastWords?: string) => {
      if (isSettled) return;
      isSettled = true;
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners('data');
      if (!result.ok) leave(socket, lastWords);
      resolve(result);
    };
    const abort = () => settle(fail('manager_silent', 'the engine did not answer in time'), emptyConnect);
    const visit = (opcode: string, bytes: Uint8Array) => {
      const [instruction] = decodeInstructions(Buffer.from(bytes).toString()) ?? [];
      const [, ...args] = instruction ?? [''];
      if (isSettled) return;
      if (opcode === 'args' && !isAsked) {
        isAsked = true;
        const [version = '', ...names] = args;
        const answered = reply({ version, names });
        if (answered === undefined) settle(fail('manager_closed'), emptyConnect);
        else socket.write(answered);
      } else if (opcode === 'ready' && isAsked) {
        readyId = args[0] ?? '';
      } else if (opcode === 'error') {
        settle({ ok: false, failure: failureOfGuacamoleStatus(Number(args[1]), args[0]) });
      } else settle(fail('manager_protocol_error', `an engine that says ${opcode} out of turn`));
    };
    let readyId: string | undefined;

    signal.addEventListener('abort', abort);
    socket.on('error', () => settle(fail('manager_unreachable', 'the engine does not accept connections')));
    socket.on('close', () => settle(fail('manager_closed')));
    socket.on('connect', () => socket.write(encodeInstruction(['select', select])));
    socket.on('data', (bytes: Buffer) => {
      // One instruction at a time, until `ready`: what lies behind it is for somebody else.
      for (let at = 0; at < bytes.length && !isSettled; at++) {
        const end = bytes.indexOf(0x3b, at);
        const to = end < 0 ? bytes.length : end + 1;
        if (reader.take(bytes.subarray(at, to), visit) === undefined)
          return settle(fail('manager_protocol_error', 'the engine does not speak the protocol'));
        if (readyId !== undefined) {
          socket.pause();
          return settle(succeed({ socket, connectionId: readyId, rest: Buffer.from(bytes.subarray(to)) }));
        }
        at = to - 1;
      }
    });
    if (signal.aborted) abort();
  });
}

/** Says the last words, and lets nothing keep the socket. */
function leave(socket: Socket, lastWords?: string): void {
  socket.removeAllListeners('error').on('error', () => {});
  if (lastWords === undefined || socket.destroyed || socket.connecting) return void socket.destroy();
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.on('close', () => clearTimeout(timer));
  socket.end(lastWords);
  socket.resume();
}

function createConnection(
  address: GuacdAddress,
  socket: Socket,
  connectionId: string,
  rest: Uint8Array,
): EngineConnection {
  let listener: EngineListener | undefined;
  let unheard: Uint8Array[] = [rest];
  let unheardBytes = rest.length;
  let isOver = false;
  let isPaused = false;

  const timer = setInterval(() => socket.write(nop), nopIntervalMs);
  const finish = () => {
    clearInterval(timer);
    if (isOver) return;
    isOver = true;
    socket.destroy();
    listener?.onEnd();
  };
  socket.removeAllListeners('error').removeAllListeners('close');
  socket.on('error', finish);
  socket.on('close', finish);
  socket.on('end', finish);
  socket.on('data', (bytes: Buffer) => {
    if (isOver) return;
    if (listener) return listener.onBytes(bytes);
    unheard.push(Buffer.from(bytes));
    unheardBytes += bytes.length;
    if (unheardBytes > unheardLimitBytes) socket.pause();
  });
  socket.write(nop);

  return {
    listen(next) {
      listener = next;
      const told = unheard;
      unheard = [];
      unheardBytes = 0;
      for (const bytes of told) if (!isOver && bytes.length > 0) next.onBytes(bytes);
      if (!isOver && !isPaused) socket.resume();
      else if (socket.destroyed) queueMicrotask(() => next.onEnd());
    },
    send(bytes) {
      // What isn't taken at once is kept by the socket, and the bytes may be another's by then.
      if (!isOver) socket.write(Buffer.from(bytes));
    },
    get unsentBytes() {
      return socket.writableLength;
    },
    pause() {
      isPaused = true;
      socket.pause();
    },
    resume() {
      isPaused = false;
      if (listener) socket.resume();
    },
    join: (user) =>
      openGuacd(
        address,
        connectionId,
        user,
        (name) => (name === 'read-only' && user.readOnly ? 'true' : ''),
        AbortSignal.timeout(handshakeTimeoutMs),
      ),
    close() {
      if (isOver) return;
      isOver = true;
      clearInterval(timer);
      leave(socket, disconnect);
    },
  };
}
