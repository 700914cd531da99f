import type { FromWorker, ToWorker } from './messages.ts';

/** What a display tells of the session whose bytes it is given. */
export interface DisplayListener {
  /** The size of the default layer, in remote pixels. */
  onSize(width: number, height: number): void;
  /**
   * All up to the `sync` of this timestamp is drawn: to be acknowledged. One that the session manager repeats is told again, or
   * the relay would wait for it.
   */
  onSync(timestamp: number): void;
  /** The host's cursor changed; an image without pixels means that it has none. */
  onCursor(cursor: {
    readonly image: HTMLCanvasElement;
    readonly hotspotX: number;
    readonly hotspotY: number;
  }): void;
  /**
   * Whatever isn't drawing, in order: `error`, `disconnect`, `required`, `mouse`, streams of the clipboard, of files and of sound
   * with their `blob` and `end`, opcodes that nobody knows. `video` is told without its blobs.
   */
  onInstruction(opcode: string, args: readonly string[]): void;
  /** Bytes that aren't the protocol, or the worker died. The last picture stays; nothing follows. */
  onEnd(why: 'protocol' | 'crashed'): void;
}

/** The picture of a session, drawn by a worker of its own. */
export interface Display {
  /** As large as the remote picture, and scaled by a transform of its own. */
  readonly element: HTMLElement;
  /** In remote pixels; 0 until the first `onSize`. */
  readonly width: number;
  readonly height: number;
  /** Takes what the tunnel brought, cut anywhere. The bytes are taken over: a buffer that holds nothing else is transferred. */
  push(bytes: Uint8Array): void;
  scale(factor: number): void;
  /** Where the host's cursor is to be shown, in remote pixels. */
  moveCursor(x: number, y: number): void;
  /** Shows the host's cursor as part of the picture. */
  showCursor(isShown: boolean): void;
  /**
   * The picture as it is drawn so far, without the cursor; one transparent pixel before there is any.
   *
   * @throws (rejects) where the display was disposed of or ended before it was taken.
   */
  snapshot(): Promise<ImageBitmap>;
  dispose(): void;
}

interface AwaitedSnapshot {
  resolve(image: ImageBitmap): void;
  reject(reason: Error): void;
}

const gone = () => new Error('the display is gone');

/** Makes a display. Its element is the caller's to put into the page. */
export function createDisplay(listener: DisplayListener): Display {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'display' });
  const element = document.createElement('div');
  const base = addCanvas(element);
  const layered = addCanvas(element);
  const cursor = addCanvas(element);
  element.style.position = 'relative';
  element.style.overflow = 'hidden';
  element.style.transformOrigin = '0 0';
  cursor.style.pointerEvents = 'none';
  show(layered, false);
  show(cursor, false);

  let width = 0;
  let height = 0;
  let at = { x: 0, y: 0 };
  let hotspot = { x: 0, y: 0 };
  let isOver = false;
  let lastSnapshot = 0;
  const snapshots = new Map<number, AwaitedSnapshot>();

  const send = (message: ToWorker, transfer: Transferable[]) => worker.postMessage(message, transfer);
  const resize = (newWidth: number, newHeight: number) => {
    width = newWidth;
    height = newHeight;
    element.style.width = `${width}px`;
    element.style.height = `${height}px`;
  };
  const placeCursor = () => {
    cursor.style.transform = `translate(${at.x - hotspot.x}px, ${at.y - hotspot.y}px)`;
  };
  const drawCursor = (image: ImageBitmap | undefined) => {
    cursor.width = image?.width ?? 0;
    cursor.height = image?.height ?? 0;
    if (image) cursor.getContext('2d')?.drawImage(image, 0, 0);
    placeCursor();
  };
  // The worker is left alone until it is disposed of: with it, the last picture would go.
  const stop = () => {
    isOver = true;
    for (const { reject } of snapshots.values()) reject(gone());
    snapshots.clear();
  };
  const end = (why: 'protocol' | 'crashed') => {
    if (isOver) return;
    stop();
    listener.onEnd(why);
  };
  const answerSnapshot = (id: number, image: ImageBitmap | undefined) => {
    const awaited = snapshots.get(id);
    snapshots.delete(id);
    if (image) awaited?.resolve(image);
    else awaited?.reject(gone());
  };
  const receive = (message: FromWorker) => {
    switch (message.kind) {
      case 'size':
        resize(message.width, message.height);
        listener.onSize(width, height);
        break;
      case 'sync':
        listener.onSync(message.timestamp);
        break;
      case 'cursor': {
        const { image, hotspotX, hotspotY } = message;
        hotspot = { x: hotspotX, y: hotspotY };
        drawCursor(image);
        image?.close();
        listener.onCursor({ image: copyOf(cursor), hotspotX, hotspotY });
        break;
      }
      case 'instructions':
        for (const { opcode, args } of message.instructions) {
          // A listener may dispose of the display amidst of them.
          if (!isOver) listener.onInstruction(opcode, args);
        }
        break;
      case 'layered':
        show(layered, message.isLayered);
        show(base, !message.isLayered);
        break;
      case 'snapshot':
        answerSnapshot(message.id, message.image);
        break;
      case 'protocol':
        end('protocol');
        break;
    }
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (!isOver) receive(data);
  };
  worker.onerror = () => end('crashed');
  worker.onmessageerror = () => end('crashed');

  const canvases = { base: base.transferControlToOffscreen(), layered: layered.transferControlToOffscreen() };
  send({ kind: 'canvases', ...canvases }, [canvases.base, canvases.layered]);
  resize(0, 0);

  return {
    element,
    get width() {
      return width;
    },
    get height() {
      return height;
    },
    push(bytes) {
      if (isOver) return;
      const isWhole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
      const taken = isWhole ? bytes : bytes.slice();
      send({ kind: 'bytes', bytes: taken }, [taken.buffer as ArrayBuffer]);
    },
    scale(factor) {
      element.style.transform = `scale(${factor})`;
    },
    moveCursor(x, y) {
      at = { x, y };
      placeCursor();
    },
    showCursor: (isShown) => show(cursor, isShown),
    snapshot() {
      if (isOver) return Promise.reject(gone());
      return new Promise((resolve, reject) => {
        const id = ++lastSnapshot;
        snapshots.set(id, { resolve, reject });
        send({ kind: 'snapshot', id }, []);
      });
    },
    dispose() {
      stop();
      worker.terminate();
    },
  };
}

function addCanvas(element: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = 0;
  canvas.height = 0;
  canvas.style.position = 'absolute';
  canvas.style.left = '0';
  canvas.style.top = '0';
  return element.appendChild(canvas);
}

/** Hides by opacity: what is hidden otherwise may not be drawn to, and comes back a picture late. */
function show(canvas: HTMLCanvasElement, isShown: boolean): void {
  canvas.style.opacity = isShown ? '1' : '0';
}

function copyOf(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  if (canvas.width > 0 && canvas.height > 0) copy.getContext('2d')?.drawImage(canvas, 0, 0);
  return copy;
}
