import { encodeInstruction } from '../../../shared/guacamole/instruction.ts';
import type { Frame } from './frame.ts';
import { openOurs, readPixels, type SeenCursor } from './ours.ts';
import { createRandom } from './random.ts';
import { createReference } from './reference.ts';
import { findSyncs } from './syncs.ts';

/** The bytes up to, and including, one `sync`. */
interface Step {
  readonly about: string;
  readonly timestamp: number;
  readonly bytes: Uint8Array;
  readonly hasHardEdges?: boolean;
}

export interface CompareOptions {
  /** Pictures are compared at every so many frames, and at the last. */
  readonly every?: number;
  /** Cuts what our display gets at random places, decided by this seed; otherwise it gets a frame at a time. */
  readonly cutSeed?: number;
  /** Whether all is handed over before anything is acknowledged, and only the last pictures are compared. */
  readonly isAtOnce?: boolean;
}

export interface Comparison {
  readonly frames: number;
  readonly compared: number;
  /** Of these, how many were compared with `Guacamole.Display.flatten()`; the others with what the reference's elements show. */
  readonly flattened: number;
  /** What the reference could not draw. */
  readonly defects: readonly string[];
  /** One line each; empty where the displays agree. */
  readonly differences: readonly string[];
}

const encoder = new TextEncoder();
const syncLimitMs = 60_000;
const enoughDifferences = 12;
/** The edge of a clip is a line of pixels, and what was drawn through several clips has several edges. */
const edgePixels = 1_000;

export const encodeFrames = (frames: readonly Frame[]): readonly Step[] =>
  frames.map(({ about, instructions, hasHardEdges = false }, index) => ({
    about,
    hasHardEdges,
    timestamp: index + 1,
    bytes: encoder.encode(
      [...instructions, ['sync', String(index + 1)] as const].map(encodeInstruction).join(''),
    ),
  }));

/** A recording's frames. One `sync` that repeats the timestamp before it ends none: the reference doesn't acknowledge it. */
export function composeSteps(recording: Uint8Array): readonly Step[] {
  const steps: Step[] = [];
  let start = 0;
  for (const { timestamp, end } of findSyncs(recording)) {
    if (timestamp === steps.at(-1)?.timestamp) continue;
    steps.push({ about: `frame ${steps.length}`, timestamp, bytes: recording.slice(start, end) });
    start = end;
  }
  return steps;
}

/** Draws the same with both, in lock-step, and compares the pictures to the pixel. */
export async function compareDisplays(
  steps: readonly Step[],
  { every = 1, cutSeed, isAtOnce = false }: CompareOptions = {},
): Promise<Comparison> {
  const random = cutSeed === undefined ? undefined : createRandom(cutSeed);
  const ours = openOurs();
  let acknowledged = () => undefined as void;
  let lastAcknowledged = -1;
  let theirCursor: SeenCursor | undefined;
  const reference = createReference(
    {
      onSync(timestamp) {
        lastAcknowledged = timestamp;
        acknowledged();
      },
      onCursor(image, hotspotX, hotspotY) {
        theirCursor = { pixels: readPixels(image), hotspotX, hotspotY };
      },
    },
    true,
  );
  document.querySelector('#reference')?.append(reference.element);
  const decoder = new TextDecoder();
  const differences: string[] = [];
  let compared = 0;
  let flattened = 0;
  const referenceSynced = (timestamp: number) =>
    new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), syncLimitMs);
      acknowledged = () => {
        if (lastAcknowledged !== timestamp) return;
        clearTimeout(timer);
        resolve(true);
      };
    });
  for (const [index, { about, timestamp, bytes, hasHardEdges = false }] of steps.entries()) {
    const say = (what: string) => differences.push(`${about}: ${what}`);
    const theirs = isAtOnce && index < steps.length - 1 ? undefined : referenceSynced(timestamp);
    reference.push(decoder.decode(bytes, { stream: true }));
    for (const piece of cut(bytes, random)) ours.display.push(piece);
    if (isAtOnce && index < steps.length - 1) continue;
    const [areTheirs, areOurs] = await Promise.all([theirs, ours.synced(timestamp, syncLimitMs)]);
    if (!areTheirs || !areOurs) {
      say(
        `not acknowledged by ${[...(areTheirs ? [] : ['the reference']), ...(areOurs ? [] : ['ours'])].join()}`,
      );
      break;
    }
    if (index % every !== 0 && index !== steps.length - 1) continue;
    compared += 1;
    const composed = readPixels(reference.compose());
    if (reference.isFlattenRight()) {
      flattened += 1;
      const flat = describeDifference(readPixels(reference.flatten()), composed);
      if (flat !== undefined) say(`the reference's elements differ from its flatten(): ${flat}`);
    }
    const picture = describeDifference(await ours.picture(), composed, {
      // A layer is faded in one step more or less, depending on how much of it is drawn anew.
      steps: reference.countShaded(),
      pixels: hasHardEdges ? edgePixels : 0,
    });
    if (picture !== undefined) say(picture);
    const { width, height } = ours.display;
    if (width !== reference.width || height !== reference.height) {
      say(`is ${width}×${height} instead of ${reference.width}×${reference.height}`);
    }
    const cursor = describeCursor(ours.cursor, theirCursor);
    if (cursor !== undefined) say(`cursor: ${cursor}`);
    if (differences.length >= enoughDifferences) break;
  }
  if (ours.syncs.some((timestamp, at) => timestamp < (ours.syncs[at - 1] ?? -1))) {
    differences.push('acknowledged out of order');
  }
  if (ours.ends.length > 0) differences.push(`ours ended: ${ours.ends.join()}`);
  ours.display.dispose();
  reference.dispose();
  ours.display.element.remove();
  return { frames: steps.length, compared, flattened, defects: [...new Set(reference.defects)], differences };
}

/** Copies, because the display takes over what it gets. */
function* cut(bytes: Uint8Array, random: ReturnType<typeof createRandom> | undefined): Iterable<Uint8Array> {
  if (random === undefined) return yield bytes.slice();
  let at = 0;
  while (at < bytes.length) {
    const end = at + (random.chance(0.5) ? random.whole(1, 9) : random.whole(1, 5_000));
    yield bytes.slice(at, end);
    at = end;
  }
}

function describeCursor(ours: SeenCursor | undefined, theirs: SeenCursor | undefined): string | undefined {
  if (ours === undefined || theirs === undefined) return ours === theirs ? undefined : 'only one has one';
  if (ours.hotspotX !== theirs.hotspotX || ours.hotspotY !== theirs.hotspotY) return 'another hotspot';
  return describeDifference(ours.pixels, theirs.pixels);
}

interface Tolerance {
  /** By how many of the 255 steps of a channel pixels may differ, as they are stored: multiplied with their alpha. */
  readonly steps: number;
  /** How many pixels may differ by more. */
  readonly pixels: number;
}

const exactly: Tolerance = { steps: 0, pixels: 0 };

/** How many pixels differ, where, and how the first of them does; `undefined` where none does. */
export function describeDifference(
  ours: ImageData,
  theirs: ImageData,
  tolerance: Tolerance = exactly,
): string | undefined {
  if (ours.width !== theirs.width || ours.height !== theirs.height) {
    return `${ours.width}×${ours.height} pixels instead of ${theirs.width}×${theirs.height}`;
  }
  const one = new Uint32Array(ours.data.buffer);
  const other = new Uint32Array(theirs.data.buffer);
  let count = 0;
  let greatest = 0;
  let [left, top, right, bottom] = [ours.width, ours.height, 0, 0];
  let first = '';
  for (let at = 0; at < one.length; at += 1) {
    if (one[at] === other[at]) continue;
    const [our, their] = [ours.data, theirs.data].map((data) => data.subarray(at * 4, at * 4 + 4));
    const steps = countSteps(our as Uint8ClampedArray, their as Uint8ClampedArray);
    if (steps <= tolerance.steps) continue;
    if (count === 0) first = `${our?.join()} instead of ${their?.join()}`;
    const [x, y] = [at % ours.width, Math.floor(at / ours.width)];
    greatest = Math.max(greatest, steps);
    count += 1;
    [left, top] = [Math.min(left, x), Math.min(top, y)];
    [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  }
  if (count <= tolerance.pixels) return undefined;
  return `${count} pixels differ by up to ${greatest}, from ${left},${top} to ${right},${bottom}; the first is ${first}`;
}

/** In the channel in which they differ most. Without tolerance, pixels that are stored alike still may read differently by less than 1. */
function countSteps(one: Uint8ClampedArray, other: Uint8ClampedArray): number {
  const stored = (pixel: Uint8ClampedArray, channel: number) =>
    channel === 3 ? (pixel[3] ?? 0) : Math.round(((pixel[channel] ?? 0) * (pixel[3] ?? 0)) / 255);
  return Math.max(...[0, 1, 2, 3].map((channel) => Math.abs(stored(one, channel) - stored(other, channel))));
}
