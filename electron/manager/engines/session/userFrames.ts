import type { EngineUser } from '../../engine.ts';
import { chooseLossyType } from './encodeArea.ts';
import type { Framebuffer } from './framebuffer.ts';
import { createFrameWindow } from './frameWindow.ts';
import type { PictureCache } from './pictureCache.ts';
import { areaOf } from './rectangle.ts';
import type { UserLine } from './userLine.ts';
import { createUserPicture, type UserPicture } from './userPicture.ts';
import { briefStream, encode, encodeStream } from './wire.ts';

/** What a session shows to all of its users. */
export interface Scene {
  readonly framebuffer: Framebuffer;
  /** Encoded parts of the picture as it is now. */
  readonly cache: PictureCache;
  /** As instructions; `undefined` where the client's own is right. */
  readonly cursor: Buffer | undefined;
  readonly name: string;
  readonly clipboard: string;
  readonly arguments: ReadonlyMap<string, string>;
  readonly pointer: { readonly x: number; readonly y: number; readonly buttons: number };
}

type Notice = 'size' | 'cursor' | 'name' | 'clipboard' | 'pointer';

/** The frames of one user: each has what changed since the last one, and there is never more than one under way to be made. */
export interface UserFrames {
  readonly picture: UserPicture;
  /** Whether it could take a frame right now. */
  readonly isOpen: boolean;
  /** Whether there is something that it wasn't told. */
  readonly isBehind: boolean;
  note(notice: Notice): void;
  noteArgument(name: string): void;
  /** The picture has another size. */
  restart(scene: Scene): void;
  acknowledge(timestamp: number): void;
  /**
   * Sends the next part of a frame, where it is time for one.
   *
   * @returns in how many milliseconds there is more to send; `undefined` where that depends on others.
   */
  send(scene: Scene, now: number): number | undefined;
}

/** About sixty in a second. The first one after a while isn't kept waiting. */
const frameIntervalMs = 16;
/** A frame ends after so many times the picture, though its host goes on drawing. */
const frameAreas = 2;
/** guacd tells of arguments since this version of the protocol. */
const argumentVersion = [1, 1, 0] as const;

export function createUserFrames(user: EngineUser, line: UserLine): UserFrames {
  const picture = createUserPicture(chooseLossyType(user.image));
  const window = createFrameWindow();
  const notices = new Set<Notice>();
  const staleArguments = new Set<string>();
  const knowsArguments = speaks(user.version, argumentVersion);
  /** Of the frame that is being sent. */
  let frame: { pixels: number; bytes: number } | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;

  const isBehind = () => notices.size > 0 || staleArguments.size > 0 || !picture.changes.isEmpty;

  function encodeNotices(scene: Scene): Buffer[] {
    const { framebuffer, cursor, name, clipboard, pointer } = scene;
    const told: Record<Notice, () => Buffer | undefined> = {
      size: () => encode(['size', '0', String(framebuffer.width), String(framebuffer.height)]),
      cursor: () => cursor,
      name: () => encode(['name', name]),
      clipboard: () => encodeStream(['clipboard', briefStream, 'text/plain'], Buffer.from(clipboard)),
      pointer: () =>
        encode(['mouse', String(pointer.x), String(pointer.y), String(pointer.buttons), String(Date.now())]),
    };
    const parts = [...notices].flatMap((notice) => told[notice]() ?? []);
    for (const argument of staleArguments) {
      const value = Buffer.from(scene.arguments.get(argument) ?? '');
      parts.push(encodeStream(['argv', briefStream, 'text/plain', argument], value));
    }
    notices.clear();
    staleArguments.clear();
    return parts;
  }

  return {
    picture,
    get isOpen() {
      return line.isReady && window.isOpen;
    },
    get isBehind() {
      return isBehind() || frame !== undefined;
    },
    note: (notice) => void notices.add(notice),
    noteArgument(name) {
      if (knowsArguments) staleArguments.add(name);
    },
    restart(scene) {
      notices.add('size');
      picture.restart(scene.framebuffer);
    },
    acknowledge: (timestamp) => window.acknowledge(timestamp),
    send(scene, now) {
      if (!line.isReady || !(frame || window.isOpen) || !(frame || isBehind())) return undefined;
      if (!frame && now - lastAt < frameIntervalMs) return frameIntervalMs - (now - lastAt);
      frame ??= { pixels: areaOf({ x: 0, y: 0, ...scene.framebuffer }) * frameAreas, bytes: 0 };
      const parts = encodeNotices(scene);
      const slice = picture.takeSlice(scene.framebuffer, scene.cache);
      parts.push(...slice.parts);
      frame.pixels -= slice.pixels;
      for (const part of parts) frame.bytes += part.length;
      if (!picture.changes.isEmpty && frame.pixels > 0) {
        line.say(Buffer.concat(parts));
        return 0;
      }
      // Before it is said: whoever hears it may answer at once.
      const timestamp = window.open(frame.bytes, Date.now());
      frame = undefined;
      lastAt = now;
      line.say(Buffer.concat([...parts, encode(['sync', String(timestamp)])]));
      return isBehind() && window.isOpen ? frameIntervalMs : undefined;
    },
  };
}

/** Whether a client speaks a version of the protocol (`VERSION_1_5_0`), or a later one. */
export function speaks(version: string, [major, minor, patch]: readonly [number, number, number]): boolean {
  const [, ...spoken] = /^VERSION_(\d+)_(\d+)_(\d+)$/.exec(version) ?? [];
  const [ownMajor = 0, ownMinor = 0, ownPatch = 0] = spoken.map(Number);
  return ownMajor * 1e6 + ownMinor * 1e3 + ownPatch >= major * 1e6 + minor * 1e3 + patch;
}
