/** Calls what sends, when there may be something to send. */
export interface Pump {
  /** At the end of this turn of the event loop; several calls are one. */
  wake(): void;
  stop(): void;
}

/** @param send is told the time (`performance.now()`), and returns in how many milliseconds it is to be called again. */
export function createPump(send: (now: number) => number | undefined): Pump {
  let immediate: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  function run() {
    immediate = undefined;
    clearTimeout(timer);
    timer = undefined;
    const next = send(performance.now());
    if (next === 0) wake();
    else if (next !== undefined && !isStopped) timer = setTimeout(run, next);
  }
  function wake() {
    if (!isStopped) immediate ??= setImmediate(run);
  }
  return {
    wake,
    stop() {
      isStopped = true;
      clearImmediate(immediate);
      clearTimeout(timer);
    },
  };
}
