import type { HostSession, Stage } from '../stage.ts';
import {
  composeKeyEvent,
  composePointerEvent,
  composeSetDesktopSize,
  composeSetEncodings,
  composeSetPixelFormat,
  composeUpdateRequest,
} from './clientMessages.ts';
import { dotCursor } from './cursorShape.ts';
import type { HostInit } from './handshake.ts';
import { createHostClipboard } from './hostClipboard.ts';
import { outOfProtocol } from './hostFault.ts';
import type { HostLine } from './hostLine.ts';
import { checkSize, createHostScreen, showName } from './hostScreen.ts';
import { Pace } from './pace.ts';
import { findPixelFormat } from './pixelFormat.ts';
import type { VncSettings } from './vncSettings.ts';

/** Messages of a server (RFC 6143 §7.6). */
const messages = { update: 0, colourMap: 1, bell: 2, cutText: 3 } as const;

/** Within a message a host that is there sends its bytes one after another. */
const messagePatienceMs = 30_000;
/** Above this, places that the mouse just came by are left out. */
const mostUnsentMoves = 65_536;

/** What happens with a host whose handshake is done. */
export interface VncSession extends Pick<HostSession, 'key' | 'mouse' | 'clipboard' | 'resize'> {
  /** Draws until the host or the line ends. @throws HostFault always, in the end */
  run(): Promise<never>;
}

/** A session behind the handshake: pictures one way, input the other. @throws HostFault where the screen is too large */
export function createVncSession(
  line: HostLine,
  stage: Stage,
  settings: VncSettings,
  init: HostInit,
): VncSession {
  const { reader } = line;
  const pace = new Pace();
  const format = findPixelFormat(settings.colorDepth, settings.swapsRedAndBlue);
  checkSize(init.width, init.height);
  const screen = createHostScreen(reader, stage, format, pace);
  const send = (message: Buffer) => line.write(message);
  const clipboard = createHostClipboard(settings.textEncoding, send);
  let wantedSize = settings.display;
  let isAsking = false;
  let isWholeWanted = true;
  let buttonsBefore = 0;

  /** Asks for a frame once users can take it: a slow user slows the host, and none piles up here. */
  const askForFrame = async () => {
    if (isAsking) return;
    isAsking = true;
    await stage.whenTaken();
    isAsking = false;
    send(composeUpdateRequest(stage.width, stage.height, !isWholeWanted));
    isWholeWanted = false;
  };

  const askForSize = () => {
    const { width, height } = wantedSize;
    if (!settings.resizesHost || !screen.layout) return;
    if (width === stage.width && height === stage.height) return;
    send(composeSetDesktopSize(width, height, screen.layout));
  };

  const readMessage = async (type: number) => {
    if (type === messages.update) {
      const knewLayout = screen.layout !== undefined;
      const { isResized } = await screen.readUpdate();
      isWholeWanted ||= isResized;
      if (!knewLayout) askForSize();
      void askForFrame();
    } else if (type === messages.colourMap) {
      // None is in use, as true colour was asked for.
      await reader.fill(5);
      reader.take(3);
      await reader.skip(reader.takeUint16() * 6);
    } else if (type === messages.cutText) {
      const text = await clipboard.read(reader);
      if (text !== undefined && settings.takesCopies) stage.setClipboard(text);
    } else if (type !== messages.bell) {
      throw outOfProtocol(`sent a message that is not known here (${type})`);
    }
  };

  return {
    async run() {
      stage.resize(init.width, init.height);
      stage.setName(showName(init.name));
      if (settings.isCursorRemote) stage.setCursor(dotCursor);
      send(composeSetPixelFormat(format));
      send(composeSetEncodings(settings.encodings));
      void askForFrame();
      try {
        for (;;) {
          line.patienceMs = undefined;
          if (reader.available < 1) await reader.fill(1);
          line.patienceMs = messagePatienceMs;
          pace.begin();
          await readMessage(reader.takeByte());
        }
      } finally {
        screen.close();
      }
    },
    key(keysym, isPressed) {
      if (settings.isReadOnly || !Number.isInteger(keysym) || keysym < 0 || keysym > 0xffffffff) return;
      send(composeKeyEvent(keysym, isPressed));
    },
    mouse(x, y, buttons) {
      if (settings.isReadOnly) return;
      if (buttons === buttonsBefore && line.unsentBytes > mostUnsentMoves) return;
      buttonsBefore = buttons;
      const clamp = (place: number, size: number) => Math.max(0, Math.min(size - 1, Math.round(place) || 0));
      send(composePointerEvent(clamp(x, stage.width), clamp(y, stage.height), buttons & 0xff));
    },
    clipboard(text) {
      if (settings.givesPastes) clipboard.offer(text);
    },
    resize(width, height) {
      wantedSize = {
        width: Math.max(1, Math.min(0xffff, Math.round(width))),
        height: Math.max(1, Math.min(0xffff, Math.round(height))),
      };
      askForSize();
    },
  };
}
