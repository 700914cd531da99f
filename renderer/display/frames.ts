/** One drawing instruction, ready to be carried out. */
export type Drawing = () => void;

/** Instructions up to a `sync` are drawn together, once all of their images are decoded. */
export interface FrameQueue {
  add(drawing: Drawing): void;
  /**
   * Keeps a place for what has to be decoded first. The frame waits until the function that is returned is called, with nothing
   * where there is nothing to draw.
   */
  reserve(): (drawing?: Drawing) => void;
  /** Ends the frame; without a timestamp, there's nothing to acknowledge. */
  end(timestamp: number | undefined): void;
  /** Draws all frames that are ready. */
  draw(): void;
}

/** A frame of more instructions is drawn in parts, so that one that never ends takes no more memory than this. */
const largestFrame = 65_536;

interface Frame {
  readonly drawings: (Drawing | undefined)[];
  waiting: number;
  timestamp: number | undefined;
}

const emptyFrame = (): Frame => ({ drawings: [], waiting: 0, timestamp: undefined });

/**
 * @param onDrawn is called after any number of frames were drawn, with the timestamp of the last `sync` among them.
 * @param onReady is called when a frame that was ended before has become ready.
 */
export function createFrameQueue(
  onDrawn: (timestamp: number | undefined) => void,
  onReady: () => void,
): FrameQueue {
  const ended: Frame[] = [];
  let current = emptyFrame();

  const end = () => {
    ended.push(current);
    current = emptyFrame();
  };
  const place = (drawing: Drawing | undefined) => {
    if (current.drawings.length === largestFrame) end();
    return current.drawings.push(drawing) - 1;
  };

  return {
    add(drawing) {
      place(drawing);
    },
    reserve() {
      const index = place(undefined);
      const frame = current;
      frame.waiting++;
      return (drawing) => {
        frame.drawings[index] = drawing;
        frame.waiting--;
        if (frame.waiting === 0 && frame === ended[0]) onReady();
      };
    },
    end(timestamp) {
      current.timestamp = timestamp;
      end();
    },
    draw() {
      let count = 0;
      let timestamp: number | undefined;
      for (const frame of ended) {
        if (frame.waiting > 0) break;
        for (const drawing of frame.drawings) carryOut(drawing);
        timestamp = frame.timestamp ?? timestamp;
        count++;
      }
      if (count === 0) return;
      ended.splice(0, count);
      onDrawn(timestamp);
    },
  };
}

/**
 * A canvas throws at what can't be drawn, such as an arc of a negative radius. That instruction is skipped, and the frame goes on.
 */
function carryOut(drawing: Drawing | undefined): void {
  try {
    drawing?.();
  } catch {
    // There's nothing that the session manager could be told.
  }
}
