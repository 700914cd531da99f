// What runs inside of the page: each function is sent there by itself, and so can't use anything from outside of it.

/** Milliseconds from the start of the navigation. */
export interface Load {
  readonly firstPaint: number;
  readonly firstRow: number;
  readonly wholeList: number;
}

interface Probed {
  proximaLoad?: Load;
  proximaStrokes?: number[];
}

/** Looks in every frame for the first host, and for the footer to say that all are there; leaves the times in the window. */
export function watchLoad(hostCount: number): void {
  const footer = `${hostCount.toLocaleString('en')} hosts`;
  let firstRow: number | undefined;
  const look = () => {
    const row = document.querySelector('[role=treeitem]:not([aria-expanded])');
    if (row !== null) firstRow ??= performance.now();
    const isWhole = [...document.querySelectorAll('[role=status]')].some(
      ({ textContent }) => textContent === footer,
    );
    const [paint] = performance.getEntriesByName('first-contentful-paint');
    if (!isWhole || firstRow === undefined || paint === undefined) {
      requestAnimationFrame(look);
      return;
    }
    const load = { firstPaint: paint.startTime, firstRow, wholeList: performance.now() };
    (window as unknown as Probed).proximaLoad = load;
  };
  requestAnimationFrame(look);
}

export function readLoad(): Load | undefined {
  return (window as unknown as Probed).proximaLoad;
}

/** Notes, for each key, the time until the frame after its input event was handed to the screen. */
export function noteStrokes(): void {
  const strokes: number[] = [];
  (window as unknown as Probed).proximaStrokes = strokes;
  let pressedAt = 0;
  addEventListener('keydown', ({ timeStamp }) => (pressedAt = timeStamp), { capture: true });
  addEventListener(
    'input',
    () => {
      // Only what a key did is a stroke; the one that clears the field is one, too.
      if (pressedAt === 0) return;
      const startedAt = pressedAt;
      pressedAt = 0;
      requestAnimationFrame(() => {
        // A message comes after the frame that is being made.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          strokes.push(performance.now() - startedAt);
          port1.close();
        };
        port2.postMessage(undefined);
      });
    },
    { capture: true },
  );
}

export function readStrokes(): number[] {
  return (window as unknown as Probed).proximaStrokes ?? [];
}

/** Looks through all texts, once per query. */
export function scan({ texts, queries }: { texts: readonly string[]; queries: readonly string[] }): number[] {
  return queries.map((query) => {
    const startedAt = performance.now();
    const found = texts.filter((text) => text.includes(query)).length;
    const tookMs = performance.now() - startedAt;
    if (found > texts.length) throw new Error('impossible');
    return tookMs;
  });
}
