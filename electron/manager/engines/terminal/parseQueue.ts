/** Feeds a parser without keeping the event loop from all else. */
export interface ParseQueue {
  /**
   * Resolves once all of it is parsed, or never will be.
   * @param bytes or what makes them, when all before them is parsed
   */
  add(bytes: Uint8Array | (() => Uint8Array)): Promise<void>;
  close(): void;
}

/** Without a pause. */
const turnMs = 8;
/** Some sequences cost a thousand times what text does, so the pieces follow what they take. */
const pieceBytes = { least: 128, first: 1_024, most: 16_384 };
const pieceMs = { least: 0.5, most: 3 };

/** @param parse takes a piece at once; false where it can't go on. */
export function createParseQueue(parse: (bytes: Uint8Array) => boolean): ParseQueue {
  const queue: { rest: Uint8Array | (() => Uint8Array); readonly done: () => void }[] = [];
  let turnEnd: NodeJS.Immediate | undefined;
  let turnBeganAt = 0;
  let isWorking = false;
  let isClosed = false;
  let size = pieceBytes.first;

  function close() {
    isClosed = true;
    clearImmediate(turnEnd);
    for (const { done } of queue.splice(0)) done();
  }

  /** Whoever waits for one piece gives the next within the same turn: all of them count. */
  function work() {
    if (isWorking) return;
    if (turnEnd === undefined) {
      turnBeganAt = performance.now();
      turnEnd = setImmediate(() => {
        turnEnd = undefined;
        if (queue.length > 0) work();
      });
    }
    isWorking = true;
    let at = performance.now();
    for (let entry = queue[0]; entry && at - turnBeganAt < turnMs; entry = queue[0]) {
      if (typeof entry.rest === 'function') entry.rest = entry.rest();
      const piece = entry.rest.subarray(0, size);
      entry.rest = entry.rest.subarray(piece.length);
      if (piece.length > 0 && !parse(piece)) close();
      // What it was told may have been the end.
      if (isClosed) return;
      if (entry.rest.length === 0) {
        queue.shift();
        entry.done();
      }
      const now = performance.now();
      if (now - at > pieceMs.most) size = Math.max(pieceBytes.least, size / 2);
      else if (now - at < pieceMs.least) size = Math.min(pieceBytes.most, size * 2);
      at = now;
    }
    isWorking = false;
  }

  return {
    add(bytes) {
      if (isClosed) return Promise.resolve();
      return new Promise((resolve) => {
        queue.push({ rest: bytes, done: resolve });
        work();
      });
    },
    close,
  };
}
