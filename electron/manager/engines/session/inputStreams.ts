import { status } from './status.ts';

/** What a client sends in pieces, while it goes on. */
export interface InputStream {
  take(bytes: Uint8Array): void;
  end(): void;
  /** Nothing comes any more, and nothing is to be said. */
  abort(): void;
  /** What was taken and not passed on yet. */
  readonly unwrittenBytes: number;
  /** Whatever comes for it isn't wanted any more. */
  readonly isOver: boolean;
}

/** As guacd has them (`GUAC_USER_MAX_STREAMS`): streams that one user may have open, each way. */
export const mostStreams = 64;

export type Acknowledge = (index: string, message: string, status: number) => void;

/** The streams that one client has opened, by its own indices. */
export interface InputStreams {
  readonly unwrittenBytes: number;
  /** Begins one; what was open at its index ends. The client is told where the index isn't one. */
  open(index: string, create: (acknowledge: (message: string, status: number) => void) => InputStream): void;
  /** Ends what was open at an index, and says why nothing new is. */
  refuse(index: string, message: string, status: number): void;
  blob(index: string, base64: string): void;
  end(index: string): void;
  /** A piece of it was spoilt: it is over. */
  spoil(index: string): void;
  abortAll(): void;
}

export function createInputStreams(acknowledge: Acknowledge): InputStreams {
  const streams = new Map<string, InputStream>();
  /** Those that have ended, and are still being written. */
  const ending = new Set<InputStream>();

  function finish(stream: InputStream) {
    stream.end();
    for (const other of ending) if (other.isOver) ending.delete(other);
    if (!stream.isOver) ending.add(stream);
  }
  function close(index: string) {
    const stream = streams.get(index);
    streams.delete(index);
    if (stream) finish(stream);
  }
  const unwritten = (all: Iterable<InputStream>) =>
    [...all].reduce((sum, { unwrittenBytes }) => sum + unwrittenBytes, 0);

  return {
    get unwrittenBytes() {
      return streams.size + ending.size === 0 ? 0 : unwritten(streams.values()) + unwritten(ending);
    },
    open(index, create) {
      if (Number(index) >= mostStreams) return acknowledge(index, 'Invalid stream index', status.badRequest);
      if (ending.size >= mostStreams) return acknowledge(index, 'Too many streams', status.tooMany);
      close(index);
      const opened: { stream?: InputStream } = {};
      opened.stream = create((message, code) => {
        if (code !== status.success && opened.stream && streams.get(index) === opened.stream)
          streams.delete(index);
        acknowledge(index, message, code);
      });
      streams.set(index, opened.stream);
    },
    refuse(index, message, code) {
      close(index);
      acknowledge(index, message, code);
    },
    blob(index, base64) {
      const stream = streams.get(index);
      if (!stream) return acknowledge(index, 'Invalid stream index', status.badRequest);
      stream.take(Buffer.from(base64, 'base64'));
    },
    end(index) {
      const stream = streams.get(index);
      if (!stream) return acknowledge(index, 'Invalid stream index', status.badRequest);
      streams.delete(index);
      finish(stream);
    },
    spoil(index) {
      if (!streams.has(index)) return;
      streams.get(index)?.abort();
      streams.delete(index);
      acknowledge(index, 'A piece of the stream is not base64', status.badRequest);
    },
    abortAll() {
      for (const stream of [...streams.values(), ...ending]) stream.abort();
      streams.clear();
      ending.clear();
    },
  };
}

/** Gathers a short text. Where it is longer than the limit, nothing of it is taken. */
export function gatherText(
  limitBytes: number,
  acknowledge: (message: string, status: number) => void,
  onText: (text: string) => void,
): InputStream {
  // One piece of memory: a million tiny or empty ones would take far more than their text.
  let text = Buffer.alloc(0);
  let length = 0;
  let isOver = false;
  return {
    unwrittenBytes: 0,
    get isOver() {
      return isOver;
    },
    take(bytes) {
      if (isOver) return;
      length += bytes.length;
      if (length > limitBytes) {
        isOver = true;
        text = Buffer.alloc(0);
        return acknowledge('Too long', status.overrun);
      }
      if (length > text.length) text = grow(text, Math.min(limitBytes, 2 * length));
      text.set(bytes, length - bytes.length);
      acknowledge('OK', status.success);
    },
    end() {
      if (isOver) return;
      isOver = true;
      onText(text.toString('utf8', 0, length));
    },
    abort() {
      isOver = true;
      text = Buffer.alloc(0);
    },
  };
}

function grow(bytes: Uint8Array, length: number): Buffer<ArrayBuffer> {
  const grown = Buffer.alloc(length);
  grown.set(bytes);
  return grown;
}
