import { isUtf8 } from 'node:buffer';
import { failureOf, type Failure } from '../../shared/contract/failure.ts';
import { encodeInstruction } from '../../shared/guacamole/instruction.ts';
import { repairInstructions } from '../../shared/guacamole/repair.ts';
import type { LineEnd, TunnelWire } from '../broker/ports.ts';
import type { Channel } from './channel.ts';
import { readError } from './firstSync.ts';
import { InputReader } from './input.ts';
import { SyncCredit } from './syncCredit.ts';

/** Reading stops while this much waits for the tunnel; more than the largest instruction, or its rest would never come. */
const heldLimitBytes = 72 * 1024;
/** This much leaves at once; less waits for the end of the turn, because TLS brings its records one by one. */
const batchBytes = 64 * 1024;
/**
 * What one session may take of a turn of the event loop, so that a flood leaves room for the others: a `sync` beside one takes
 * 0.3 ms, and the flood costs no more CPU time by it than with four times as much.
 */
const turnLimitBytes = 64 * 1024;
/** Input that the session manager doesn't take; a person never gets there. */
const unsentLimitBytes = 4 * 1024 * 1024;

export const farewell = encodeInstruction(['disconnect']);

/** Bytes so far, counted up by every relay of a line. */
export interface Traffic {
  fromHostBytes: number;
  toHostBytes: number;
}

export interface Relay {
  /** The time stamp of the latest `sync` that came. */
  readonly latestSync: number | undefined;
  /** Tells the time stamp of each `sync` that comes from now on. */
  onSync(listener: (timestamp: number) => void): void;
  /** Ends the tunnel; the channel goes on as one without. */
  dismiss(failure?: Failure): void;
  /** Ends tunnel and channel without a word to `onEnd`. */
  stop(failure?: Failure): void;
}

/**
 * Carries the bytes of a channel to a tunnel, in pieces that end where instructions end, and the tunnel's input back. Without a
 * tunnel, or once it is gone, the picture is discarded and each `sync` is answered here, so that the session lives on.
 *
 * Nothing piles up: one piece at a time is lent to the wire until its `done`, no more than the credit runs ahead of the
 * acknowledged `sync`, and meanwhile the session manager isn't read from.
 *
 * `onEnd` is called once, unless stopped before: the host's own end without a failure, or the first failure. The channel is
 * closed then; guacd often leaves that to its clients. With `onBroken`, a channel that breaks without a word of the host is told
 * there instead, and the tunnel is left open for whoever carries on.
 */
export function startRelay(
  { socket, buffer }: Channel,
  wire: TunnelWire | undefined,
  traffic: Traffic,
  onEnd: (end: LineEnd) => void,
  onBroken?: (failure: Failure, tunnel: TunnelWire | undefined) => void,
): Relay {
  const credit = new SyncCredit();
  const inputs = new InputReader();
  let tunnel = wire;
  let isOver = false;
  let isScheduled = false;
  let turnBytes = 0;
  let isReading = false;
  let latestSync: number | undefined;
  let tellSync: (timestamp: number) => void = () => undefined;
  /** Bytes at the front of the buffer that the wire still reads. */
  let lentBytes = 0;
  /** The host's own end, found in the stream; what lies behind `upTo` isn't passed on. */
  let verdict: { readonly end: LineEnd; readonly upTo: number } | undefined;

  function visit(opcode: string, instruction: Uint8Array, end: number) {
    if (verdict) return;
    if (opcode === 'disconnect') verdict = { end: {}, upTo: end };
    else if (opcode === 'error') {
      // The wire tells a failure in its own way, once.
      verdict = { end: { failure: readError(instruction) }, upTo: end - instruction.length };
    } else if (opcode === 'sync') {
      const timestamp = readTimestamp(instruction);
      if (Number.isNaN(timestamp)) return;
      latestSync = timestamp;
      tellSync(timestamp);
      if (tunnel) credit.noteSync(timestamp, end - lentBytes);
      else answerSync(timestamp);
    }
  }

  /** Passes on what has come, as far as the tunnel takes it. */
  function pump() {
    while (!isOver && lentBytes === 0 && !(tunnel && credit.isExhausted)) {
      const whole = buffer.scan(visit);
      if (!whole && !verdict) return finish({ failure: failureOf('manager_protocol_error') });
      const bytes = boundedByVerdict(whole?.length ?? 0);
      if (bytes > 0) pass(bytes);
      if (verdict) return finish(verdict.end);
      if (bytes === 0) break;
    }
    balanceReading();
  }

  function endTurn() {
    isScheduled = false;
    turnBytes = 0;
    pump();
  }

  function pass(bytes: number) {
    if (!tunnel) return buffer.consume(bytes);
    lentBytes = bytes;
    credit.noteSent(bytes);
    let isLater = false;
    const lender = tunnel;
    lender.send(wholeText(bytes), () => {
      if (tunnel !== lender || lentBytes === 0) return;
      takeBack();
      if (isLater) pump();
    });
    isLater = true;
  }

  /** Looks at the bytes once more only where there is something to find: of an image stream that saves a tenth of our own time. */
  function wholeText(bytes: number): Uint8Array {
    const front = buffer.front(bytes);
    return buffer.isAscii ? front : asUtf8(front);
  }

  function takeBack() {
    buffer.consume(lentBytes);
    lentBytes = 0;
  }

  /** Passes on what is left, although nobody will wait for it, and ends. */
  function drain(failure: Failure | undefined) {
    let passed = lentBytes;
    while (!verdict) {
      const whole = buffer.scan(visit)?.length ?? passed;
      const upTo = boundedByVerdict(whole);
      if (upTo > passed) tunnel?.send(asUtf8(buffer.front(upTo).subarray(passed)), () => {});
      if (whole <= passed) break;
      passed = whole;
    }
    if (verdict || !onBroken) return finish(verdict?.end ?? { failure: failureAfterLive(failure) });
    const kept = tunnel;
    tunnel = undefined;
    isOver = true;
    // Without a farewell, which might still arrive, and end what is to go on.
    socket.close();
    onBroken(failureAfterLive(failure), kept);
  }

  const boundedByVerdict = (bytes: number) => verdict?.upTo ?? bytes;

  function balanceReading() {
    if (isOver) return;
    const wantsMore = buffer.size < heldLimitBytes && turnBytes < turnLimitBytes;
    if (wantsMore === isReading) return;
    isReading = wantsMore;
    if (wantsMore) socket.resume();
    else socket.pause();
  }

  function answerSync(timestamp: number) {
    socket.write(encodeInstruction(['sync', String(timestamp)]));
  }

  function receive(bytes: Uint8Array) {
    const input = inputs.read(bytes);
    if (!input) return dismiss(failureOf('input_invalid'));
    // A session outlives its tunnels: a client that leaves ends its tunnel, and `sessions.close` ends the session.
    if (input.isLeaving) return dismiss();
    if (socket.unsentBytes > unsentLimitBytes)
      return dismiss(failureOf('request_rejected', 'too much input'));
    socket.write(bytes);
    traffic.toHostBytes += bytes.length;
    if (input.acknowledged === undefined) return;
    credit.acknowledge(input.acknowledged);
    pump();
  }

  function releaseInput() {
    const release = inputs.release();
    if (release !== '') socket.write(release);
  }

  function dismiss(failure?: Failure) {
    const dismissed = tunnel;
    forgetTunnel();
    dismissed?.close(failure);
  }

  function forgetTunnel() {
    if (!tunnel) return;
    tunnel = undefined;
    if (lentBytes > 0) takeBack();
    if (isOver) return;
    releaseInput();
    if (credit.newestPending !== undefined) answerSync(credit.newestPending);
    pump();
  }

  function finish(end: LineEnd) {
    stop(end.failure);
    onEnd(end);
  }

  function stop(failure?: Failure) {
    if (isOver) return;
    isOver = true;
    releaseInput();
    socket.close(farewell);
    tunnel?.close(failure);
    tunnel = undefined;
  }

  traffic.fromHostBytes += buffer.size;
  buffer.rewind();
  socket.listen({
    onBytes(bytes) {
      if (isOver) return;
      traffic.fromHostBytes += bytes.length;
      buffer.append(bytes);
      turnBytes += bytes.length;
      if (!isScheduled) setImmediate(endTurn);
      isScheduled = true;
      if (buffer.size >= batchBytes) pump();
      else balanceReading();
    },
    onEnd: (failure) => {
      if (!isOver) drain(failure);
    },
  });
  wire?.onClose(forgetTunnel);
  wire?.onMessage((bytes) => {
    if (tunnel === wire) receive(bytes);
  });
  pump();
  return {
    get latestSync() {
      return latestSync;
    },
    onSync: (listener) => void (tellSync = listener),
    dismiss,
    stop,
  };
}

const replacingDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Tunnels carry UTF-8; hosts may have brought in anything. */
const asUtf8 = (bytes: Uint8Array): Uint8Array =>
  isUtf8(bytes) ? bytes : Buffer.from(repairInstructions(bytes, (text) => replacingDecoder.decode(text)));

/** The session was live: whoever closes now was there before. */
export const failureAfterLive = (failure: Failure | undefined): Failure =>
  failure === undefined || failure.code === 'manager_closed'
    ? failureOf('manager_lost', failure?.detail)
    : failure;

const dot = 0x2e;
const comma = 0x2c;
const semicolon = 0x3b;
const zero = 0x30;

/** Of a `sync` that a scanner has found; straight from its bytes, because there may be tens of thousands in a second. */
function readTimestamp(sync: Uint8Array): number {
  const start = sync.indexOf(dot, sync.indexOf(comma)) + 1;
  let timestamp = 0;
  let at = start;
  for (; at < sync.length; at++) {
    const digit = (sync[at] as number) - zero;
    if (digit < 0 || digit > 9) break;
    timestamp = timestamp * 10 + digit;
  }
  const isNumber = at > start && (sync[at] === comma || sync[at] === semicolon);
  return isNumber ? timestamp : Number.NaN;
}
