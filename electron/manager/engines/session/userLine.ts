import type { EngineListener } from '../../engine.ts';
import { encode } from './wire.ts';

/** The way to one user's client, with what waits while that is paused. */
export interface UserLine {
  /** Whether what is said goes out at once: somebody listens, and takes it. */
  readonly isReady: boolean;
  readonly isOver: boolean;
  /** What was said, and wasn't taken yet. */
  readonly waitingBytes: number;
  say(bytes: Uint8Array): void;
  /** To be called at regular times: says a word where nothing was said since the last call. */
  keepAlive(): void;
  /** Says the last words; the listener is told the end once they are out. */
  end(lastWords: Uint8Array): void;
  listen(listener: EngineListener): void;
  pause(): void;
  resume(): void;
  /** Says nothing any more. */
  close(): void;
}

const nop = encode(['nop']);

export function createUserLine(): UserLine {
  let listener: EngineListener | undefined;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let isPaused = false;
  let isEnding = false;
  let isOver = false;
  let hasSpoken = false;

  /** Whoever is told may pause, or close, at once. */
  function flush() {
    while (listener && !isPaused && !isOver) {
      const bytes = waiting.shift();
      if (!bytes) break;
      waitingBytes -= bytes.length;
      listener.onBytes(bytes);
    }
    if (isEnding && listener && !isOver && waiting.length === 0) {
      isOver = true;
      const told = listener;
      listener = undefined;
      queueMicrotask(() => told.onEnd());
    }
  }
  function say(bytes: Uint8Array) {
    if (isOver || isEnding || bytes.length === 0) return;
    hasSpoken = true;
    waiting.push(bytes);
    waitingBytes += bytes.length;
    flush();
  }

  return {
    get isReady() {
      return listener !== undefined && !isPaused && !isOver && !isEnding && waiting.length === 0;
    },
    get isOver() {
      return isOver || isEnding;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    say,
    keepAlive() {
      if (!hasSpoken && listener && !isPaused) say(nop);
      hasSpoken = false;
    },
    end(lastWords) {
      if (isOver || isEnding) return;
      say(lastWords);
      isEnding = true;
      flush();
    },
    listen(next) {
      if (isOver) return;
      listener = next;
      flush();
    },
    pause: () => void (isPaused = true),
    resume() {
      isPaused = false;
      flush();
    },
    close() {
      isOver = true;
      listener = undefined;
      waiting = [];
      waitingBytes = 0;
    },
  };
}
