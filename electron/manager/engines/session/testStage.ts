import type { Cursor, HostFiles, Rectangle, Stage, StageEnd } from '../stage.ts';
import { createFramebuffer, movePixels, resizeFramebuffer } from './framebuffer.ts';
import { clip } from './rectangle.ts';

/** A stage without users: it keeps a true picture, and what its protocol did, for tests to look at. */
export interface TestStage extends Stage {
  /** What was drawn anew, within the picture, in order; tests may empty it. */
  readonly damages: { readonly area: Rectangle; readonly content: 'exact' | 'photo' }[];
  readonly copies: { readonly from: Rectangle; readonly toX: number; readonly toY: number }[];
  /** Frames that were finished. */
  readonly frames: number;
  readonly cursor: Cursor | undefined;
  /** What the host has put there, oldest first. */
  readonly clipboards: readonly string[];
  readonly names: readonly string[];
  /** What the owner was asked for, oldest first. */
  readonly questions: readonly (readonly string[])[];
  /** What all users were told, with the latest value of each. */
  readonly told: ReadonlyMap<string, string>;
  readonly files: HostFiles | undefined;
  /** `undefined` while it runs; `{}` where it ended by itself. */
  readonly ended: { readonly reason?: StageEnd } | undefined;
  /** Answers the oldest open question; `undefined` stands for an owner who has gone. */
  answer(values: Readonly<Record<string, string>> | undefined): void;
  /** While false, users lag behind: `whenTaken` waits. */
  setTaken(isTaken: boolean): void;
  /** Resolves with the next frame that is finished. */
  nextFrame(): Promise<void>;
  /** Resolves once the condition holds; looked at after each call of the stage. Vitest's own timeout ends it otherwise. */
  until(condition: () => boolean): Promise<void>;
  /** `#rrggbb` at a place of the picture. */
  colorAt(x: number, y: number): string;
}

export function createTestStage(width = 640, height = 480): TestStage {
  let framebuffer = createFramebuffer(width, height);
  let frames = 0;
  let cursor: Cursor | undefined;
  let files: HostFiles | undefined;
  let ended: { readonly reason?: StageEnd } | undefined;
  let isTaken = true;
  const damages: TestStage['damages'] = [];
  const copies: TestStage['copies'] = [];
  const clipboards: string[] = [];
  const names: string[] = [];
  const questions: (readonly string[])[] = [];
  const told = new Map<string, string>();
  const asking: ((values: Readonly<Record<string, string>> | undefined) => void)[] = [];
  const waiting: (() => void)[] = [];
  const watching = new Set<() => void>();
  const look = () => {
    for (const watch of watching) watch();
  };

  const stage: TestStage = {
    damages,
    copies,
    clipboards,
    names,
    questions,
    told,
    get width() {
      return framebuffer.width;
    },
    get height() {
      return framebuffer.height;
    },
    get pixels() {
      return framebuffer.pixels;
    },
    get frames() {
      return frames;
    },
    get cursor() {
      return cursor;
    },
    get files() {
      return files;
    },
    get ended() {
      return ended;
    },
    resize(nextWidth, nextHeight) {
      framebuffer = resizeFramebuffer(framebuffer, nextWidth, nextHeight);
      look();
    },
    damage(area, content = 'exact') {
      const within = clip(area, framebuffer.width, framebuffer.height);
      if (within) damages.push({ area: within, content });
    },
    copy(area, toX, toY) {
      const move = movePixels(framebuffer, area, toX, toY);
      if (move) copies.push(move);
    },
    setCursor(next) {
      cursor = next;
      look();
    },
    finishFrame() {
      frames += 1;
      look();
    },
    async whenTaken() {
      if (!isTaken && !ended) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    setClipboard(text) {
      clipboards.push(text);
      look();
    },
    setName(name) {
      names.push(name);
      look();
    },
    async ask(asked) {
      if (ended) return undefined;
      questions.push(asked);
      const answered = new Promise<Readonly<Record<string, string>> | undefined>((resolve) =>
        asking.push(resolve),
      );
      look();
      return await answered;
    },
    tellArgument(name, value) {
      told.set(name, value);
      look();
    },
    offerFiles(next) {
      files = next;
      look();
    },
    end(reason) {
      ended ??= reason === undefined ? {} : { reason };
      for (const answer of asking.splice(0)) answer(undefined);
      for (const wake of waiting.splice(0)) wake();
      look();
    },
    answer: (values) => asking.shift()?.(values),
    setTaken(next) {
      isTaken = next;
      if (isTaken) for (const wake of waiting.splice(0)) wake();
    },
    nextFrame() {
      const before = frames;
      return stage.until(() => frames > before);
    },
    async until(condition) {
      if (condition()) return;
      await new Promise<void>((resolve) => {
        const watch = () => {
          if (!condition()) return;
          watching.delete(watch);
          resolve();
        };
        watching.add(watch);
      });
    },
    colorAt(x, y) {
      const at = (y * framebuffer.width + x) * 4;
      return `#${Buffer.from(framebuffer.pixels.subarray(at, at + 3)).toString('hex')}`;
    },
  };
  return stage;
}
