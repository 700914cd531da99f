import { createDisplay, type Display } from '../../../renderer/display/display.ts';
import { encodeInstruction, type Instruction } from '../../../shared/guacamole/instruction.ts';

export interface SeenCursor {
  readonly pixels: ImageData;
  readonly hotspotX: number;
  readonly hotspotY: number;
}

/** Our display, and what it told. */
export interface Ours {
  readonly display: Display;
  readonly syncs: readonly number[];
  readonly sizes: readonly string[];
  readonly passed: readonly Instruction[];
  readonly ends: readonly string[];
  readonly cursor: SeenCursor | undefined;
  push(...instructions: readonly Instruction[]): void;
  /** Waits until a `sync` with this timestamp is acknowledged; whether it was, within the time. */
  synced(timestamp: number, limitMs?: number): Promise<boolean>;
  picture(): Promise<ImageData>;
}

const encoder = new TextEncoder();

export function readPixels(image: CanvasImageSource & { width: number; height: number }): ImageData {
  const { width, height } = image;
  if (width === 0 || height === 0) return new ImageData(1, 1);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('no canvas');
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}

export function openOurs(): Ours {
  const syncs: number[] = [];
  const sizes: string[] = [];
  const passed: Instruction[] = [];
  const ends: string[] = [];
  let cursor: SeenCursor | undefined;
  let told = () => undefined as void;
  const display = createDisplay({
    onSize: (width, height) => sizes.push(`${width}×${height}`),
    onSync(timestamp) {
      syncs.push(timestamp);
      told();
    },
    onCursor({ image, hotspotX, hotspotY }) {
      cursor = { pixels: readPixels(image), hotspotX, hotspotY };
    },
    onInstruction: (opcode, args) => passed.push([opcode, ...args]),
    onEnd(why) {
      ends.push(why);
      told();
    },
  });
  document.querySelector('#ours')?.append(display.element);
  return {
    display,
    syncs,
    sizes,
    passed,
    ends,
    get cursor() {
      return cursor;
    },
    push: (...instructions) => display.push(encoder.encode(instructions.map(encodeInstruction).join(''))),
    synced: (timestamp, limitMs = 5_000) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve(false), limitMs);
        const look = () => {
          const isThere = syncs.includes(timestamp);
          if (!isThere && ends.length === 0) return;
          clearTimeout(timer);
          resolve(isThere);
        };
        told = look;
        look();
      }),
    async picture() {
      const bitmap = await display.snapshot();
      const pixels = readPixels(bitmap);
      bitmap.close();
      return pixels;
    },
  };
}
