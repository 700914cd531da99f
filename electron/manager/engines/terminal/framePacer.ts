/** Decides when the next frame is drawn: soon after something has changed, but not more often than anyone can see. */
export interface FramePacer {
  request(): void;
  close(): void;
}

const frameMs = 16;

/**
 * @param draw draws what there is; false where it isn't the moment for it, to be asked again
 * @param whenTaken resolves once somebody could take another frame
 */
export function createFramePacer(draw: () => boolean, whenTaken: () => Promise<void>): FramePacer {
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  let isRequested = false;
  let isClosed = false;
  let drawnAt = -Infinity;

  async function run() {
    await whenTaken();
    if (isClosed) return;
    isRequested = false;
    drawnAt = performance.now();
    if (!draw()) request();
  }
  function request() {
    if (isRequested || isClosed) return;
    isRequested = true;
    const wait = drawnAt + frameMs - performance.now();
    // Behind all that this turn of the loop still brings.
    if (wait <= 0) immediate = setImmediate(() => void run());
    else timer = setTimeout(() => void run(), wait);
  }

  return {
    request,
    close() {
      isClosed = true;
      clearTimeout(timer);
      clearImmediate(immediate);
    },
  };
}
