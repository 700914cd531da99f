import type { Readable, Writable } from 'node:stream';
import type { Result } from '../../../shared/contract/failure.ts';
import type { EngineHandshake } from '../engine.ts';

/** In pixels of the picture, from its upper left corner. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** RGBA, four bytes a pixel, rows from the top without padding. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;
}

export type Cursor =
  | { readonly kind: 'hidden' }
  | {
      readonly kind: 'picture';
      readonly picture: Picture;
      readonly hotspotX: number;
      readonly hotspotY: number;
    };

/** Why a session is over, as its users are told. */
export interface StageEnd {
  /** A status of the Guacamole protocol (https://guacamole.apache.org/doc/gug/protocol-reference.html#status-codes): 519, 769, … */
  readonly status: number;
  /** One sentence, for the person; without secrets. */
  readonly text: string;
}

/** What the built-in engine shows of one session, to all of its users alike, and asks them through. A protocol holds it. */
export interface Stage {
  readonly width: number;
  readonly height: number;
  /** The picture itself, always opaque: draw into it, then say `damage`. Another array after `resize`. */
  readonly pixels: Uint8ClampedArray;
  /** Keeps what fits; what is new is black. */
  resize(width: number, height: number): void;
  /** These pixels were drawn anew. `photo` may be sent with loss; anything else is exact. */
  damage(area: Rectangle, content?: 'exact' | 'photo'): void;
  /**
   * Moves pixels of the picture, here and at the users'; the areas may overlap. Cheaper than damage. What was drawn before has to
   * be said by then.
   */
  copy(area: Rectangle, toX: number, toY: number): void;
  setCursor(cursor: Cursor): void;
  /** What was drawn until now is a frame that may be seen. Several of one turn of the event loop become one. */
  finishFrame(): void;
  /**
   * Resolves as soon as some user could take another frame, at once where nobody lags behind, and also where nobody is there:
   * for protocols that ask their host for each frame.
   */
  whenTaken(): Promise<void>;
  /** The host's clipboard has changed. */
  setClipboard(text: string): void;
  /** The host's name for what it shows, such as a terminal's title. */
  setName(name: string): void;
  /**
   * Asks the owner for arguments that the session can't do without (`required`). `undefined` once the session is over, and where
   * the owner has gone or its client doesn't know how to be asked.
   */
  ask(names: readonly string[]): Promise<Readonly<Record<string, string>> | undefined>;
  /** Tells all users what an argument is now (`argv`): `font-size`, `color-scheme`. */
  tellArgument(name: string, value: string): void;
  /** Lets the owner reach the host's files (`filesystem`). */
  offerFiles(files: HostFiles): void;
  /** The session is over: by itself, or for a reason. Nothing is drawn any more afterwards. */
  end(reason?: StageEnd): void;
}

/** Files of a host. Paths are absolute and begin with `/`, which is the root that is offered. */
export interface HostFiles {
  /** As people read it. */
  readonly name: string;
  list(path: string): Promise<Result<readonly { readonly name: string; readonly isFolder: boolean }[]>>;
  read(path: string): Promise<Result<Readable>>;
  /** Fails with `request_rejected` where uploads are off. */
  write(path: string): Promise<Result<Writable>>;
  /** Where a file goes that a person just drops on the session; `undefined` where that isn't possible. */
  dropFolder(): Promise<string | undefined>;
}

/** What the users of a session do to its host. Calls after the end do nothing. */
export interface HostSession {
  /** A keysym of X11. */
  key(keysym: number, isPressed: boolean): void;
  /** Pixels of the picture; the buttons of the protocol's `mouse`: 1 left, 2 middle, 4 right, 8 up, 16 down. */
  mouse(x: number, y: number, buttons: number): void;
  /** The users' clipboard has changed. */
  clipboard(text: string): void;
  /** A user has room for a picture of this size, in device pixels. */
  resize(width: number, height: number): void;
  /** A user changes an argument of the running session. Returns whether that can be changed. */
  argument(name: string, value: string): boolean;
  /** Ends it; leaves no socket and no timer behind. */
  close(): void;
}

/** One protocol of the built-in engine. */
export interface Protocol {
  /** As in `select`: `ssh`. */
  readonly name: string;
  /** Arguments that it knows, as guacd calls them. */
  readonly argumentNames: readonly string[];
  /** Begins at once, and never throws: what fails ends the stage. The stage has the size that the owner asked for. */
  open(handshake: EngineHandshake, stage: Stage): HostSession;
}
