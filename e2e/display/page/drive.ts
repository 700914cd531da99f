import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';
import { createDisplay } from '../../../renderer/display/display.ts';
import { sendImage } from './frame.ts';
import { type EncodedImage, encodeImage } from './images.ts';
import { createReference } from './reference.ts';
import { findSyncs } from './syncs.ts';

/** Frames to be played over and over, each without its `sync`. */
export interface Film {
  /** Comes before the first frame, once. */
  readonly head: Uint8Array;
  readonly frames: readonly Uint8Array[];
}

export type Player = 'ours' | 'reference';

export interface Drive {
  /** Of all displays together. */
  readonly framesPerSecond: number;
  /** From handing over a frame's last byte to its acknowledgement, in milliseconds; the median and the 99th percentile. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** As many frames as guacd lets a client lag behind at this pace, so that both decode and draw have something to do. */
const framesInFlight = 3;
/** As guacamole-client's tunnel cuts what it sends. */
const referencePieceCharacters = 8_192;

const encoder = new TextEncoder();
const encode = (instructions: readonly Instruction[]) =>
  encoder.encode(instructions.map(encodeInstruction).join(''));

/** Photographs of a full-HD screen. */
export const createPhotos = (): Promise<readonly EncodedImage[]> =>
  Promise.all(
    [1, 2, 3, 4, 5, 6].map((seed) => encodeImage('image/jpeg', 1_920, 1_080, seed, { quality: 0.7 })),
  );

/** One photograph per frame. */
export async function createPhotoFilm(): Promise<Film> {
  const photos = await createPhotos();
  return {
    head: encode([['size', '0', '1920', '1080']]),
    frames: photos.map((photo) => encode(sendImage(photo, { mask: 14, layer: 0, x: 0, y: 0 }))),
  };
}

/** What a typed character makes: a picture of its size, on a screen that is otherwise still. */
export async function createTinyFilm(): Promise<Film> {
  const glyphs = await Promise.all(
    [1, 2, 3, 4].map((seed) => encodeImage('image/png', 10, 20, seed, { isOpaque: true })),
  );
  return {
    head: encode([
      ['size', '0', '1024', '768'],
      ['rect', '0', '0', '0', '1024', '768'],
      ['cfill', '14', '0', '0', '0', '0', '255'],
    ]),
    frames: Array.from({ length: 80 }, (_, column) =>
      encode(
        sendImage(glyphs[column % glyphs.length] as EncodedImage, {
          mask: 14,
          layer: 0,
          x: column * 10,
          y: 300,
        }),
      ),
    ),
  };
}

/** As long as a recorded text scrolls. */
const scrollFrames = 150;

/** Of a recorded terminal, the frames in a row that copy the most: there it scrolls. */
export function createScrollFilm(recording: Uint8Array): Film {
  let start = 0;
  const frames = findSyncs(recording).map((sync) => {
    const frame = recording.slice(start, sync.start);
    start = sync.end;
    return frame;
  });
  const decoder = new TextDecoder('latin1');
  const copies = frames.map((frame) => decoder.decode(frame).split('4.copy,').length - 1);
  const countFrom = (first: number) =>
    copies.slice(first, first + scrollFrames).reduce((sum, count) => sum + count, 0);
  const first = copies.reduce((best, _, at) => (countFrom(at) > countFrom(best) ? at : best), 0);
  return {
    head: new Uint8Array(frames.slice(0, first).flatMap((frame) => [...frame])),
    frames: frames.slice(first, first + scrollFrames),
  };
}

/** Something that runs until it is stopped, and can be looked at meanwhile. */
export interface Playing {
  measure(durationMs: number): Promise<Drive>;
  stop(): void;
}

/** Plays a film as fast as it is acknowledged. */
export function play(player: Player, film: Film, displays: number): Playing {
  const tally = createTally();
  const opened = Array.from({ length: displays }, () => openPlayed(player, film, tally));
  return { measure: tally.measure, stop: () => opened.forEach((dispose) => dispose()) };
}

/** Decodes the photographs of a film and draws none of them. */
export function decodeOnly(photos: readonly EncodedImage[]): Playing {
  const tally = createTally();
  const blobs = photos.map(
    ({ base64, mimetype }) =>
      new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], { type: mimetype }),
  );
  let isOver = false;
  const decode = async (first: number) => {
    for (let at = first; !isOver; at += 1) {
      const startedAt = performance.now();
      const bitmap = await createImageBitmap(blobs[at % blobs.length] as Blob);
      bitmap.close();
      tally.add(performance.now() - startedAt);
    }
  };
  for (let first = 0; first < framesInFlight; first += 1) void decode(first);
  return { measure: tally.measure, stop: () => (isOver = true) };
}

interface Tally {
  add(latencyMs: number): void;
  measure(durationMs: number): Promise<Drive>;
}

function createTally(): Tally {
  let latencies: number[] = [];
  return {
    add: (latencyMs) => latencies.push(latencyMs),
    async measure(durationMs) {
      latencies = [];
      const startedAt = performance.now();
      await new Promise((resolve) => setTimeout(resolve, durationMs));
      const tookMs = performance.now() - startedAt;
      const sorted = latencies.toSorted((one, other) => one - other);
      const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
      return { framesPerSecond: (sorted.length / tookMs) * 1_000, medianMs: at(0.5), p99Ms: at(0.99) };
    },
  };
}

/** @returns what ends it. */
function openPlayed(player: Player, film: Film, tally: Tally): () => void {
  const pushedAt: number[] = [];
  let acknowledged = 0;
  let isOver = false;
  // What a server sends comes in a task of its own, never while the frame before is being acknowledged.
  const line = new MessageChannel();
  line.port1.onmessage = () => {
    while (!isOver && pushedAt.length - acknowledged < framesInFlight) {
      const count = pushedAt.push(performance.now());
      screen.push((count - 1) % film.frames.length, encodeInstruction(['sync', String(count)]));
    }
  };
  const onSync = (timestamp: number) => {
    const now = performance.now();
    for (; acknowledged < timestamp; acknowledged += 1) tally.add(now - (pushedAt[acknowledged] as number));
    line.port2.postMessage(undefined);
  };
  const screen = player === 'ours' ? openOurs(film, onSync) : openReference(film, onSync);
  line.port2.postMessage(undefined);
  return () => {
    isOver = true;
    line.port1.close();
    screen.dispose();
  };
}

/** A display that is handed whole frames. */
interface PlayedScreen {
  push(index: number, sync: string): void;
  dispose(): void;
}

function openOurs(film: Film, onSync: (timestamp: number) => void): PlayedScreen {
  const display = createDisplay({
    onSize: () => undefined,
    onSync,
    onCursor: () => undefined,
    onInstruction: () => undefined,
    onEnd: (why) => {
      throw new Error(`the display ended: ${why}`);
    },
  });
  document.querySelector('#ours')?.append(display.element);
  display.push(film.head.slice());
  return {
    push(index, sync) {
      const frame = film.frames[index] as Uint8Array;
      const end = encoder.encode(sync);
      // A copy in a buffer of its own: the display takes over what it gets.
      const bytes = new Uint8Array(frame.length + end.length);
      bytes.set(frame);
      bytes.set(end, frame.length);
      display.push(bytes);
    },
    dispose() {
      display.dispose();
      display.element.remove();
    },
  };
}

function openReference(film: Film, onSync: (timestamp: number) => void): PlayedScreen {
  // The browser itself decodes what comes as text.
  const decoder = new TextDecoder();
  const texts = film.frames.map((frame) => decoder.decode(frame));
  const reference = createReference({ onSync }, false);
  document.querySelector('#reference')?.append(reference.element);
  reference.push(decoder.decode(film.head));
  return {
    push(index, sync) {
      const text = texts[index] as string;
      for (let at = 0; at < text.length; at += referencePieceCharacters) {
        reference.push(text.slice(at, at + referencePieceCharacters));
      }
      reference.push(sync);
    },
    dispose: reference.dispose,
  };
}
