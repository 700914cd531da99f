/** Frames that one user was sent and hasn't acknowledged: while there are too many, it gets no more. */
export interface FrameWindow {
  readonly isOpen: boolean;
  /** @returns the timestamp of the frame, which no other frame of this user has. */
  open(bytes: number, now: number): number;
  /** Acknowledges a frame and those before it. What was never sent is nothing. */
  acknowledge(timestamp: number): void;
}

/** Small ones may be many: a terminal keeps up with its typist over a slow line as well. */
const mostFrames = 16;
const mostBytes = 131_072;
/** Large ones may be two, so that one is on its way while the other is drawn. */
const alwaysFrames = 2;

export function createFrameWindow(): FrameWindow {
  const sent: { readonly timestamp: number; readonly bytes: number }[] = [];
  let last = 0;
  let bytesUnderWay = 0;
  return {
    get isOpen() {
      return sent.length < alwaysFrames || (sent.length < mostFrames && bytesUnderWay < mostBytes);
    },
    open(bytes, now) {
      // Clients answer only once for each timestamp.
      last = Math.max(last + 1, now);
      sent.push({ timestamp: last, bytes });
      bytesUnderWay += bytes;
      return last;
    },
    acknowledge(timestamp) {
      if (timestamp > last) return;
      while (sent[0] && sent[0].timestamp <= timestamp) bytesUnderWay -= sent.shift()?.bytes ?? 0;
    },
  };
}
