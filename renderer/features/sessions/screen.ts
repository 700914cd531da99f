import Guacamole from 'guacamole-common-js';
import { failureOf, failureOfGuacamoleStatus } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { tunnelOpcode } from '../../../shared/guacamole/instruction.ts';
import type { Drawing } from '../../app/drawing.ts';
import { clipboardLimitBytes } from './clipboard.ts';
import { openGuacamolePicture } from './guacamolePicture.ts';
import { createGuacamoleTunnel } from './guacamoleTunnel.ts';
import type { TunnelBytes } from './guacamoleTunnel.ts';
import type { OpenPicture, PictureListener } from './picture.ts';
import { attachPointer } from './pointer.ts';
import { openWorkerPicture } from './workerPicture.ts';

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
  /** What draws has died; `onEnd` follows. The session goes on. */
  onCrash(): void;
  /** The host wants to know these connection parameters before it goes on. */
  onRequired(names: readonly string[]): void;
  onClipboard(text: string): void;
}

/** The picture of one session over one tunnel, and the way back to its host. All lengths are remote pixels. */
export interface Screen {
  readonly element: HTMLElement;
  readonly width: number;
  readonly height: number;
  /** Whether the first picture was there, and the tunnel is. */
  isDrawing(): boolean;
  /** CSS pixels for each remote pixel. */
  scale(factor: number): void;
  /** Asks the host for a picture of this size. */
  sendSize(width: number, height: number): void;
  sendKey(pressed: 0 | 1, keysym: number): void;
  /** Sends clipboard text to the host. */
  sendClipboard(text: string): void;
  /** Answers what `onRequired` asked for. */
  answerRequired(values: Readonly<Record<string, string>>): void;
  /** Leaves the tunnel; the session goes on, and the last frame stays. Nothing is heard afterwards. */
  leave(): void;
  /** Leaves the tunnel, and gives up the last frame, too. */
  dispose(): void;
}

const openPicture: Readonly<Record<Drawing, OpenPicture>> = {
  worker: openWorkerPicture,
  'guacamole-common-js': openGuacamolePicture,
};

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

/**
 * Opens the picture of a live session, drawn the one way or the other. `openBytes` opens its tunnel; the signal it gets is aborted
 * by `leave`.
 */
export function openScreen(
  openBytes: (signal: AbortSignal) => TunnelBytes,
  drawing: Drawing,
  listener: ScreenListener,
): Screen {
  let phase: 'opening' | 'drawing' | 'over' = 'opening';
  let sizeTimer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    phase = 'over';
    clearTimeout(sizeTimer);
    client.disconnect();
  };
  const end = (failure?: Failure) => {
    if (phase === 'over') return;
    stop();
    listener.onEnd(failure);
  };
  const tunnel = createGuacamoleTunnel(openBytes, (bytes) => picture.take(bytes), end);
  const client = new Guacamole.Client(tunnel);
  client.onstatechange = (state) => {
    if (state === Guacamole.Client.State.DISCONNECTED) end();
  };
  client.onerror = (status) => end(failureOfGuacamoleStatus(status.code, status.message));
  client.onrequired = (names) => listener.onRequired(names);
  client.onclipboard = (stream, mimetype) => {
    if (mimetype.startsWith('text/')) readText(stream, listener.onClipboard);
    else stream.sendAck('only text is taken', Guacamole.Status.Code.CLIENT_BAD_TYPE);
  };
  const handle = tunnel.oninstruction;
  tunnel.oninstruction = (opcode, args) => {
    // `mouse` tells where somebody else's pointer is, also to one that joins; a session of ours has nobody else.
    const isForClient = opcode !== tunnelOpcode && opcode !== 'mouse';
    if (phase !== 'over' && isForClient) handle?.(opcode, args);
  };

  const pictureListener: PictureListener = {
    onSize() {
      if (phase === 'over') return;
      const isFirst = phase === 'opening';
      phase = 'drawing';
      if (isFirst) listener.onPicture();
      listener.onPictureSize();
    },
    onFirstFrame() {
      if (phase === 'opening') sizeTimer = setTimeout(() => phase === 'opening' && end(), sizeTimeoutMs);
    },
    onCursor: (...cursor) => pointer.show(...cursor),
    onEnd(why) {
      if (phase === 'over') return;
      if (why === 'protocol') return end(failureOf('manager_protocol_error'));
      listener.onCrash();
      end();
    },
  };
  const picture = openPicture[drawing](client, tunnel, pictureListener);
  const pointer = attachPointer(picture, (state) => client.sendMouseState(state));
  client.connect();

  return {
    element: picture.element,
    get width() {
      return picture.width;
    },
    get height() {
      return picture.height;
    },
    isDrawing: () => phase === 'drawing',
    scale(factor) {
      picture.scale(factor);
      pointer.scale(factor);
    },
    sendSize: (width, height) => client.sendSize(width, height),
    sendKey: (pressed, keysym) => client.sendKeyEvent(pressed, keysym),
    sendClipboard(text) {
      if (phase !== 'over') sendText(client.createClipboardStream('text/plain'), text);
    },
    answerRequired(values) {
      if (phase === 'over') return;
      for (const [name, value] of Object.entries(values)) {
        sendText(client.createArgumentValueStream('text/plain', name), value);
      }
    },
    leave: stop,
    dispose() {
      stop();
      picture.dispose();
    },
  };
}
