import { createInterpreter, type Interpreter } from './interpreter.ts';
import { Layers } from './layers.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { createScreen, type Screen } from './screen.ts';

/** The worker of a display: bytes in, pixels onto the canvases, and word of what the page has to know. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
}

const scope = self as unknown as WorkerScope;
const tell = (message: FromWorker, ...transfer: Transferable[]) => scope.postMessage(message, transfer);

let screen: Screen | undefined;
let interpret: Interpreter | undefined;

// So that the page hears of it as of any other error.
self.addEventListener('unhandledrejection', ({ reason }) => reportError(reason));

scope.onmessage = ({ data: message }) => {
  switch (message.kind) {
    case 'canvases':
      start(message.base, message.layered);
      break;
    case 'bytes':
      if (interpret?.(message.bytes) === false) {
        interpret = undefined;
        tell({ kind: 'protocol' });
      }
      break;
    case 'snapshot':
      void tellSnapshot(message.id);
      break;
  }
};

function start(base: OffscreenCanvas, layered: OffscreenCanvas): void {
  const layers = new Layers(base);
  screen = createScreen(layers, layered, {
    onSize: (width, height) => tell({ kind: 'size', width, height }),
    onCursor: (image, hotspotX, hotspotY) =>
      tell({ kind: 'cursor', image, hotspotX, hotspotY }, ...(image ? [image] : [])),
    onLayered: (isLayered) => tell({ kind: 'layered', isLayered }),
  });
  interpret = createInterpreter(layers, screen, {
    onSync: (timestamp) => tell({ kind: 'sync', timestamp }),
    onPassed: (instructions) => tell({ kind: 'instructions', instructions }),
  });
}

async function tellSnapshot(id: number): Promise<void> {
  const image = await screen?.snapshot().catch(() => undefined);
  tell({ kind: 'snapshot', id, image }, ...(image ? [image] : []));
}
