import { createContext, use, useSyncExternalStore } from 'react';
import { z } from 'zod';

/** What draws the pictures of sessions: the display of our own, in workers, or that of guacamole-common-js, on the page itself. */
const drawingSchema = z.enum(['worker', 'guacamole-common-js']);
export type Drawing = z.infer<typeof drawingSchema>;

const stateSchema = z.object({
  wanted: drawingSchema,
  /** Epoch ms when a window last went over to guacamole-common-js by itself, because workers died. */
  stoppedAt: z.number().optional(),
});
/** What is remembered on this computer for all windows; a browser's own, because it depends on what the browser can do. */
export type DrawingState = Readonly<z.infer<typeof stateSchema>>;

/** One death may have been an accident, or the system that needed the memory. Another one this soon has a cause that stays. */
const crashesApartMs = 10 * 60_000;

const storageKey = 'proxima.drawing';

const usual: DrawingState = { wanted: 'worker' };

interface DrawingPorts {
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** Whether this browser has what a worker needs to draw. */
  readonly hasWorkers: boolean;
  readonly now: () => number;
}

/** How this window draws. */
export interface DrawingStore {
  /** Whether this browser could draw in workers at all. */
  readonly hasWorkers: boolean;
  getState(): DrawingState;
  subscribe(listener: () => void): () => void;
  /** Counts for all windows at once. */
  choose(wanted: Drawing): void;
  /** What the next picture of this window is to be drawn with. */
  drawingForNext(): Drawing;
  /** A worker died. @returns whether this window draws without workers from now on, which is told once. */
  noteCrash(): boolean;
  /** Another window has changed what is remembered. */
  rememberedElsewhere(): void;
}

export function createDrawingStore({ storage, hasWorkers, now }: DrawingPorts): DrawingStore {
  const listeners = new Set<() => void>();
  let crashedAt = -Infinity;
  let isStopped = false;

  const recall = (): DrawingState => {
    try {
      const remembered = stateSchema.safeParse(JSON.parse(storage.getItem(storageKey) ?? 'null'));
      return remembered.success ? remembered.data : usual;
    } catch {
      return usual;
    }
  };
  let state = recall();
  const show = (next: DrawingState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  /** Whoever chooses anew tries anew. */
  const forgive = () => {
    isStopped = false;
    crashedAt = -Infinity;
  };
  const remember = (next: DrawingState) => {
    try {
      storage.setItem(storageKey, JSON.stringify(next));
    } catch {
      // A browser that allows no storage only forgets.
    }
    show(next);
  };

  return {
    hasWorkers,
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    choose(wanted) {
      forgive();
      remember({ wanted });
    },
    drawingForNext: () => (hasWorkers && !isStopped ? state.wanted : 'guacamole-common-js'),
    noteCrash() {
      const isSoon = now() - crashedAt < crashesApartMs;
      crashedAt = now();
      if (!isSoon || isStopped) return false;
      isStopped = true;
      remember({ ...state, stoppedAt: now() });
      return true;
    },
    rememberedElsewhere() {
      const next = recall();
      if (next.stoppedAt === undefined) forgive();
      show(next);
    },
  };
}

/** The store of a window, which hears of the others. */
export function createBrowserDrawingStore(): DrawingStore {
  const store = createDrawingStore({
    storage: localStorage,
    hasWorkers:
      'Worker' in globalThis &&
      'OffscreenCanvas' in globalThis &&
      'transferControlToOffscreen' in HTMLCanvasElement.prototype,
    now: Date.now,
  });
  addEventListener('storage', ({ key }) => {
    if (key === storageKey || key === null) store.rememberedElsewhere();
  });
  return store;
}

const DrawingContext = createContext<DrawingStore | undefined>(undefined);
export const DrawingProvider = DrawingContext.Provider;

export function useDrawingStore(): DrawingStore {
  const store = use(DrawingContext);
  if (store === undefined) throw new Error('no drawing store was provided');
  return store;
}

/** What is remembered of how sessions are drawn. */
export function useDrawing(): DrawingState {
  const store = useDrawingStore();
  return useSyncExternalStore(store.subscribe, store.getState);
}
