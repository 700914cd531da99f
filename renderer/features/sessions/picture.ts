import type Guacamole from 'guacamole-common-js';

/** What a picture tells while it is drawn. */
export interface PictureListener {
  /** The remote picture has this size from now on. */
  onSize(): void;
  /** The first `sync` was drawn, with a size or without. */
  onFirstFrame(): void;
  /** The host's cursor changed; an image without pixels means that it has none. */
  onCursor(image: HTMLCanvasElement, hotspotX: number, hotspotY: number): void;
  /** Nothing is drawn any more: the bytes weren't the protocol, or what draws died. The last frame stays. */
  onEnd(why: 'protocol' | 'crashed'): void;
}

/** What draws one session, whichever way; all lengths are remote pixels. */
export interface Picture {
  /** The caller's to put into the page. */
  readonly element: HTMLElement;
  /** 0 until the first `onSize`. */
  readonly width: number;
  readonly height: number;
  /** Takes what the tunnel brought, cut anywhere, and its memory with it. */
  take(bytes: Uint8Array): void;
  /** CSS pixels for each remote pixel. */
  scale(factor: number): void;
  /** Where the host's cursor is, for `showCursor`. */
  moveCursor(x: number, y: number): void;
  /** Shows the host's cursor as part of the picture. */
  showCursor(isShown: boolean): void;
  /** Nothing is seen of it afterwards. */
  dispose(): void;
}

/**
 * Draws what a tunnel brings. Whatever isn't drawing goes to the tunnel's `oninstruction`, and so to the client, which keeps the
 * streams of clipboard, sound and files. Frames are acknowledged when they are drawn.
 */
export type OpenPicture = (
  client: Guacamole.Client,
  tunnel: Guacamole.Tunnel,
  listener: PictureListener,
) => Picture;
