import Guacamole from 'guacamole-common-js';
import { failureOfGuacamoleStatus } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { clipboardLimitBytes } from './clipboard.ts';
import { createGuacamoleTunnel } from './guacamoleTunnel.ts';
import type { TunnelBytes } from './guacamoleTunnel.ts';
import { attachPointer } from './pointer.ts';

/**
 * guacd 1.3 starts an RDP client before it counts its first user as one, and then may tell the size of the picture to nobody.
 * A picture without a size is none: leave it, and open it again, because whoever joins is told everything.
 */
const sizeTimeoutMs = 300;

export interface ScreenListener {
  /** The first picture is there. */
  onPicture(): void;
  onPictureSize(): void;
  /** The picture ended, by itself or by a failure; the last frame stays. */
  onEnd(failure?: Failure): void;
  /** The host wants to know these connection parameters before it goes on. */
  onRequired(names: readonly string[]): void;
  onClipboard(text: string): void;
}

/** The picture of one session over one tunnel. */
export interface Screen {
  readonly client: Guacamole.Client;
  /** Whether the first picture was there, and the tunnel is. */
  isDrawing(): boolean;
  /** Sends clipboard text to the host. */
  sendClipboard(text: string): void;
  /** Answers what `onRequired` asked for. */
  answerRequired(values: Readonly<Record<string, string>>): void;
  /** Leaves the tunnel; the session goes on, and the last frame stays. Nothing is heard afterwards. */
  leave(): void;
}

function sendText(stream: Guacamole.OutputStream, text: string): void {
  const writer = new Guacamole.StringWriter(stream);
  writer.sendText(text);
  writer.sendEnd();
}

function readText(stream: Guacamole.InputStream, onText: (text: string) => void): void {
  const reader = new Guacamole.StringReader(stream);
  let text = '';
  reader.ontext = (part) => {
    if (text.length < clipboardLimitBytes) text += part;
  };
  reader.onend = () => onText(text);
}

/** Opens the picture of a live session. `openBytes` opens its tunnel; the signal it gets is aborted by `leave`. */
export function openScreen(
  openBytes: (signal: AbortSignal) => TunnelBytes,
  listener: ScreenListener,
): Screen {
  let phase: 'opening' | 'drawing' | 'over' = 'opening';
  let knowsSize = false;
  let sizeTimer: ReturnType<typeof setTimeout> | undefined;
  const end = (failure?: Failure) => {
    if (phase === 'over') return;
    phase = 'over';
    clearTimeout(sizeTimer);
    client.disconnect();
    listener.onEnd(failure);
  };
  const tunnel = createGuacamoleTunnel(openBytes, end);
  const client = new Guacamole.Client(tunnel);
  client.onstatechange = (state) => {
    if (state === Guacamole.Client.State.CONNECTED && !knowsSize)
      sizeTimer = setTimeout(() => knowsSize || end(), sizeTimeoutMs);
    if (state === Guacamole.Client.State.DISCONNECTED) end();
  };
  client.onerror = (status) => end(failureOfGuacamoleStatus(status.code, status.message));
  client.onrequired = (names) => phase !== 'over' && listener.onRequired(names);
  client.onclipboard = (stream, mimetype) => {
    if (mimetype.startsWith('text/'))
      readText(stream, (text) => phase !== 'over' && listener.onClipboard(text));
    else stream.sendAck('only text is taken', Guacamole.Status.Code.CLIENT_BAD_TYPE);
  };
  client.getDisplay().onresize = () => {
    if (phase === 'over') return;
    const isFirst = phase === 'opening';
    phase = 'drawing';
    if (isFirst) listener.onPicture();
    listener.onPictureSize();
  };
  const handle = tunnel.oninstruction;
  tunnel.oninstruction = (opcode, args) => {
    if (opcode === 'size' && args[0] === '0') knowsSize = true;
    // Tells where somebody else's pointer is, also to one that joins; a session of ours has nobody else.
    if (opcode !== 'mouse') handle?.(opcode, args);
  };
  attachPointer(client);
  client.connect();

  return {
    client,
    isDrawing: () => phase === 'drawing',
    sendClipboard(text) {
      if (phase !== 'over') sendText(client.createClipboardStream('text/plain'), text);
    },
    answerRequired(values) {
      if (phase === 'over') return;
      for (const [name, value] of Object.entries(values)) {
        sendText(client.createArgumentValueStream('text/plain', name), value);
      }
    },
    leave() {
      phase = 'over';
      clearTimeout(sizeTimer);
      client.disconnect();
    },
  };
}
