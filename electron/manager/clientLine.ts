import type { Socket } from 'node:net';
import { decodeInstructions, encodeInstruction } from '../../shared/guacamole/instruction.ts';
import {
  expectHandshake,
  handshakeOpcodes,
  type ClientGreeting,
  type HandshakeRefusal,
} from '../../shared/guacamole/serverHandshake.ts';
import { watchedOfClients, type Seat, type Viewer } from './heldSession.ts';
import { InstructionReader } from './instructionReader.ts';

/** What a client asked for is answered by one of these. */
export type SelectAnswer =
  /** The arguments that a client has to give. */
  | { readonly kind: 'offer'; readonly version: string; readonly names: readonly string[] }
  /** Last words, and the end. */
  | { readonly kind: 'words'; readonly words: string }
  /** The end, without a word: what guacd says to ids that it doesn't know. */
  | { readonly kind: 'silence'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: HandshakeRefusal };

export type GreetingAnswer =
  /** `seat` is called with where the picture goes, once the client knows that it is connected. */
  | {
      readonly kind: 'seated';
      readonly ready: string;
      readonly seat: (viewer: Viewer) => Seat;
      /** Opened for this client, rather than joined. */
      readonly isNew: boolean;
    }
  | { readonly kind: 'silence'; readonly why: string }
  | { readonly kind: 'refused'; readonly refusal: HandshakeRefusal };

/** What the gate decides about one client. Nothing of it rejects. */
export interface ClientDesk {
  select(select: string): Promise<SelectAnswer>;
  /** @param signal is aborted when the client goes meanwhile. */
  greet(select: string, greeting: ClientGreeting, signal: AbortSignal): Promise<GreetingAnswer>;
  /** One line for whoever did something that isn't allowed, or gave up. */
  note(why: string): void;
}

/** As libguac has them: an element of 8,192 code points, an instruction of 32 KB, beyond which guacd drops a user. */
const limits = { elementLength: 8_192, instructionBytes: 32 * 1024 };
/** For all of a handshake; its instructions are bounded one by one, but there may be a million of them. */
const handshakeLimitBytes = 256 * 1024;
/** Like guacd, which doesn't wait longer for a word of its users. */
const defaultSilenceMs = 15_000;
/** How often that is looked at, of its time. */
const silenceLooks = 6;
/** Input that the engine hasn't taken. */
const unsentLimitBytes = 1024 * 1024;
const unsentLookMs = 20;
/** For the last words to get to a client that doesn't close by itself. */
const farewellMs = 1_000;

/** Serves one client: its handshake, then its part in a session, until it is gone. */
export function serveClient(
  socket: Socket,
  desk: ClientDesk,
  handshakeMs: number,
  silenceMs = defaultSilenceMs,
): { end(): void } {
  const handshake = expectHandshake();
  const reader = new InstructionReader([...handshakeOpcodes, ...watchedOfClients], limits);
  const gone = new AbortController();
  let phase: 'handshake' | 'opening' | 'seated' | 'over' = 'handshake';
  let select = '';
  let seat: Seat | undefined;
  let handshakeBytes = 0;
  let heardAt = performance.now();
  let isPaused = false;
  let isLeaving = false;
  /** Where it lies in the memory that the piece is in. */
  let farewellAt: number | undefined;

  const handshakeTimer = setTimeout(() => expel('was too slow with its handshake'), handshakeMs);
  const silenceTimer = setInterval(() => {
    if (phase === 'seated' && !isPaused && performance.now() - heardAt > silenceMs) vanish();
  }, silenceMs / silenceLooks);
  let unsentTimer: NodeJS.Timeout | undefined;

  /** Ends the connection in good order: what was written still gets there. */
  function close(lastWords?: string) {
    if (phase === 'over') return;
    phase = 'over';
    stopTimers();
    gone.abort();
    const timer = setTimeout(() => socket.destroy(), farewellMs);
    socket.once('close', () => clearTimeout(timer));
    if (lastWords !== undefined) socket.write(lastWords);
    // What still comes isn't wanted, but unread it would turn the end into a reset, and the last words would be lost.
    socket.end();
    socket.resume();
  }
  function stopTimers() {
    clearTimeout(handshakeTimer);
    clearInterval(silenceTimer);
    clearTimeout(unsentTimer);
  }
  function vanish() {
    const left = seat;
    seat = undefined;
    close();
    left?.vanish();
  }
  function expel(why: string) {
    const left = seat;
    seat = undefined;
    if (phase !== 'over') desk.note(why);
    close(encodeInstruction(['error', `This client ${why}.`, '768']));
    left?.leave();
  }
  function refuse({ text, status }: HandshakeRefusal) {
    desk.note(text);
    close(encodeInstruction(['error', text, String(status)]));
  }

  function visit(opcode: string, bytes: Uint8Array) {
    if (phase === 'handshake' && isHandshake(opcode)) shakeHands(bytes);
    else if (phase === 'seated') {
      if (opcode === 'disconnect') {
        farewellAt ??= bytes.byteOffset;
        isLeaving = true;
      } else if (!isHandshake(opcode)) seat?.noteInput(opcode, bytes);
    } else if (phase === 'opening' && opcode === 'disconnect') close();
  }

  function shakeHands(bytes: Uint8Array) {
    // Fatal, because replaced bytes would be other arguments than those that were sent.
    const [instruction] = decodeInstructions(decode(bytes) ?? '') ?? [];
    if (!instruction) return expel('sent text that is not UTF-8');
    const step = handshake.receive(instruction);
    if (step.kind === 'selected') {
      select = step.select;
      void desk.select(select).then(answerSelect);
    } else if (step.kind === 'greeted') {
      phase = 'opening';
      clearTimeout(handshakeTimer);
      void desk.greet(select, step.greeting, gone.signal).then(answerGreeting);
    } else if (step.kind === 'left') close();
    else if (step.kind === 'refused') refuse(step.refusal);
  }

  function answerSelect(answer: SelectAnswer) {
    if (phase !== 'handshake') return;
    if (answer.kind === 'offer') socket.write(handshake.offer(answer.version, answer.names));
    else if (answer.kind === 'words') close(answer.words);
    else if (answer.kind === 'refused') refuse(answer.refusal);
    else {
      desk.note(answer.why);
      close();
    }
  }

  function answerGreeting(answer: GreetingAnswer) {
    if (answer.kind === 'seated') {
      const isHere = phase === 'opening';
      if (isHere) {
        phase = 'seated';
        heardAt = performance.now();
        socket.write(answer.ready);
      }
      const taken = answer.seat({ write, end: () => close() });
      // Who is gone before it knows the id can't come back by it; who knows it already may.
      if (!isHere && answer.isNew) taken.leave();
      else if (!isHere) taken.vanish();
      else if (phase === 'seated') seat = taken;
      return;
    }
    if (phase !== 'opening') return;
    if (answer.kind === 'refused') refuse(answer.refusal);
    else {
      desk.note(answer.why);
      close();
    }
  }

  function write(bytes: Uint8Array) {
    if (phase !== 'seated') return;
    // A copy, because the bytes are another's after this call.
    if (!socket.write(Buffer.from(bytes))) seat?.pause();
  }

  function waitForEngine() {
    if (!seat || seat.unsentBytes < unsentLimitBytes) {
      isPaused = false;
      heardAt = performance.now();
      socket.resume();
    } else unsentTimer = setTimeout(waitForEngine, unsentLookMs);
  }

  socket.on('data', (bytes: Buffer) => {
    if (phase === 'over') return;
    heardAt = performance.now();
    if (phase !== 'seated') {
      handshakeBytes += bytes.length;
      if (handshakeBytes > handshakeLimitBytes) return expel('sent too much before it was connected');
    }
    const whole = reader.take(bytes, visit);
    // What came before a goodbye counts. The goodbye itself is the gate's to say: there may be others in the session.
    if (whole && whole.length > 0)
      seat?.send(farewellAt === undefined ? whole : whole.subarray(0, farewellAt - whole.byteOffset));
    if (whole === undefined) return expel('sent something that is not the protocol, or too large');
    if (isLeaving) {
      const left = seat;
      seat = undefined;
      close();
      left?.leave();
    } else if (seat && seat.unsentBytes > unsentLimitBytes && !isPaused) {
      isPaused = true;
      socket.pause();
      waitForEngine();
    }
  });
  socket.on('drain', () => seat?.resume());
  socket.on('error', () => {});
  socket.on('end', vanish);
  socket.on('close', vanish);

  return { end: () => expel('is not let in any more') };
}

const handshakeNames: ReadonlySet<string> = new Set(handshakeOpcodes);
const isHandshake = (opcode: string) => handshakeNames.has(opcode);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
