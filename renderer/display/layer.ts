import { compositeOperations, unboundedOperations } from './channelMasks.ts';
import { around, unite, type Rectangle } from './damage.ts';
import type { PixelBudget } from './pixelBudget.ts';
import { transferPixels } from './transferFunctions.ts';

/** Canvases grow in steps, so that a buffer that fits itself to what is drawn isn't made anew by each drawing. */
const canvasStep = 64;
/** More pixels than this aren't read at once. */
const largestRead = 64 * 1024 * 1024;

/** As many states, clips and parts of a path as a canvas is asked to keep: it keeps each of them until the next reset. */
const largestStack = 1_024;
const largestClipCount = 1_024;
const largestPath = 65_536;

/** A picture that is drawn once. */
export interface Picture {
  readonly source: CanvasImageSource;
  readonly width: number;
  readonly height: number;
}

interface State {
  readonly isTransformed: boolean;
  readonly clipCount: number;
}

const initialState: State = { isTransformed: false, clipCount: 0 };

const stepUp = (length: number) => Math.ceil(length / canvasStep) * canvasStep;

/**
 * One layer or buffer: pixels, and the state of what draws them. It draws what `Guacamole.Layer` of guacamole-common-js 1.5.0
 * draws, down to the canvas being larger than the layer and to what a resize does to the state.
 */
export class Layer {
  readonly canvas: OffscreenCanvas;
  readonly #context: OffscreenCanvasRenderingContext2D;
  readonly #budget: PixelBudget;
  /** Whether it grows with what is drawn; buffers do. */
  readonly #isAutosized: boolean;
  width = 0;
  height = 0;
  /** What was drawn to since `takeDamage`. */
  #damage: Rectangle | undefined;
  #isEmpty = true;
  #isDisposed = false;
  #isPathClosed = true;
  /** Around all points of the path; `undefined` where there are none. */
  #path: Rectangle | undefined;
  #pathLength = 0;
  /** What is known of the state of the context, and of those on its stack. */
  #state = initialState;
  #stack: State[] = [];

  constructor(budget: PixelBudget, isAutosized: boolean, canvas = new OffscreenCanvas(0, 0)) {
    this.canvas = canvas;
    this.#context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    this.#context.save();
    this.#budget = budget;
    this.#isAutosized = isAutosized;
  }

  /** @returns false where no canvas can be that large; nothing is changed then. */
  resize(width: number, height: number): boolean {
    const newWidth = Math.max(0, width || 0);
    const newHeight = Math.max(0, height || 0);
    if (newWidth === this.width && newHeight === this.height) return true;
    const { canvas } = this;
    const canvasWidth = stepUp(newWidth);
    const canvasHeight = stepUp(newHeight);
    if (canvas.width === canvasWidth && canvas.height === canvasHeight) this.reset();
    else {
      if (!this.#claim(canvasWidth, canvasHeight)) return false;
      this.#resizeCanvas(canvasWidth, canvasHeight, newWidth, newHeight);
    }
    this.width = newWidth;
    this.height = newHeight;
    this.#damageAll();
    return true;
  }

  #claim(width: number, height: number): boolean {
    return !this.#isDisposed && this.#budget.exchange(this.canvas, { width, height });
  }

  #resizeCanvas(canvasWidth: number, canvasHeight: number, newWidth: number, newHeight: number): void {
    const { canvas } = this;
    const context = this.#context;
    const keptWidth = Math.min(this.width, newWidth);
    const keptHeight = Math.min(this.height, newHeight);
    let kept: OffscreenCanvas | undefined;
    if (!this.#isEmpty && keptWidth > 0 && keptHeight > 0) {
      kept = new OffscreenCanvas(keptWidth, keptHeight);
      kept.getContext('2d')?.drawImage(canvas, 0, 0);
    }
    const operation = context.globalCompositeOperation;
    canvas.width = canvasWidth;
    canvas.height = canvasHeight;
    if (kept) context.drawImage(kept, 0, 0);
    context.globalCompositeOperation = operation;
    // A canvas that gets a size has lost its state.
    this.#stack = [];
    this.#state = initialState;
    this.#forgetPath();
    context.save();
  }

  #fit(x: number, y: number, width: number, height: number): void {
    if (!this.#isAutosized) return;
    const right = x + width;
    const bottom = y + height;
    this.resize(right > this.width ? right : this.width, bottom > this.height ? bottom : this.height);
  }

  drawPicture(x: number, y: number, picture: Picture): void {
    const { width, height } = picture;
    this.#fit(x, y, width, height);
    this.#context.drawImage(this.#state.isTransformed ? toBitmap(picture) : picture.source, x, y);
    this.#drawn(around(x, y, width, height));
  }

  copy(source: Layer, sx: number, sy: number, sw: number, sh: number, x: number, y: number): void {
    const { width, height } = clipToCanvas(source.canvas, sx, sy, sw, sh);
    if (width === 0 || height === 0) return;
    this.#fit(x, y, width, height);
    this.#context.drawImage(source.canvas, sx, sy, width, height, x, y, width, height);
    this.#drawn(around(x, y, width, height));
  }

  /** Replaces pixels, alpha included, whatever mask, clip and transform are set. */
  put(source: Layer, sx: number, sy: number, sw: number, sh: number, x: number, y: number): void {
    const pixels = this.#readSource(source, sx, sy, sw, sh, x, y);
    if (pixels === undefined) return;
    this.#context.putImageData(pixels, x, y);
    this.#replaced(around(x, y, pixels.width, pixels.height));
  }

  /** Combines pixels with what is there by one of the 16 functions of the protocol. */
  transfer(
    source: Layer,
    sx: number,
    sy: number,
    sw: number,
    sh: number,
    x: number,
    y: number,
    transferFunction: number,
  ): void {
    const pixels = this.#readSource(source, sx, sy, sw, sh, x, y);
    if (pixels === undefined) return;
    const own = this.#context.getImageData(x, y, pixels.width, pixels.height);
    transferPixels(transferFunction, pixels.data, own.data);
    this.#context.putImageData(own, x, y);
    this.#replaced(around(x, y, pixels.width, pixels.height));
  }

  #readSource(
    source: Layer,
    sx: number,
    sy: number,
    sw: number,
    sh: number,
    x: number,
    y: number,
  ): ImageData | undefined {
    const { width, height } = clipToCanvas(source.canvas, sx, sy, sw, sh);
    // More than any canvas has: it would be empty pixels only, and all of the memory.
    if (width === 0 || height === 0 || Math.abs(width * height) > largestRead) return undefined;
    this.#fit(x, y, width, height);
    return source.#context.getImageData(sx, sy, width, height);
  }

  moveTo(x: number, y: number): void {
    if (!this.#extendPath(around(x - 1, y - 1, 2, 2))) return;
    this.#fit(x, y, 0, 0);
    this.#context.moveTo(x, y);
  }

  lineTo(x: number, y: number): void {
    if (!this.#extendPath(around(x - 1, y - 1, 2, 2))) return;
    this.#fit(x, y, 0, 0);
    this.#context.lineTo(x, y);
  }

  arc(x: number, y: number, radius: number, start: number, end: number, isNegative: boolean): void {
    if (!this.#extendPath(around(x - radius - 1, y - radius - 1, radius * 2 + 2, radius * 2 + 2))) return;
    this.#fit(x, y, 0, 0);
    this.#context.arc(x, y, radius, start, end, isNegative);
  }

  curveTo(cp1x: number, cp1y: number, cp2x: number, cp2y: number, x: number, y: number): void {
    // A curve stays inside of the hull of its control points.
    const left = Math.min(cp1x, cp2x, x);
    const top = Math.min(cp1y, cp2y, y);
    const width = Math.max(cp1x, cp2x, x) - left;
    const height = Math.max(cp1y, cp2y, y) - top;
    if (!this.#extendPath(around(left - 1, top - 1, width + 2, height + 2))) return;
    this.#fit(x, y, 0, 0);
    this.#context.bezierCurveTo(cp1x, cp1y, cp2x, cp2y, x, y);
  }

  rect(x: number, y: number, width: number, height: number): void {
    // One without an area is where the next line begins, all the same.
    const part = unite(around(x - 1, y - 1, 2, 2), around(x, y, width, height));
    if (!this.#extendPath(part)) return;
    this.#fit(x, y, width, height);
    this.#context.rect(x, y, width, height);
  }

  close(): void {
    this.#context.closePath();
    this.#isPathClosed = true;
  }

  clip(): void {
    this.#isPathClosed = true;
    if (this.#state.clipCount === largestClipCount) return;
    this.#context.clip();
    this.#state = { ...this.#state, clipCount: this.#state.clipCount + 1 };
  }

  /** Fills the path, which is closed by that. */
  fill(style: string | CanvasPattern): void {
    this.#context.fillStyle = style;
    this.#context.fill();
    this.#drawn(this.#path);
    this.#isPathClosed = true;
  }

  /** Strokes the path, which is closed by that. */
  stroke(
    cap: CanvasLineCap | undefined,
    join: CanvasLineJoin | undefined,
    thickness: number,
    style: string | CanvasPattern,
  ): void {
    const context = this.#context;
    if (cap) context.lineCap = cap;
    if (join) context.lineJoin = join;
    context.lineWidth = thickness;
    context.strokeStyle = style;
    context.stroke();
    this.#isEmpty = false;
    this.#damageAll();
    this.#isPathClosed = true;
  }

  /** Its pixels side by side, to fill or stroke another with. */
  pattern(): CanvasPattern | undefined {
    if (this.canvas.width === 0 || this.canvas.height === 0) return undefined;
    return this.#context.createPattern(this.canvas, 'repeat') ?? undefined;
  }

  push(): void {
    if (this.#stack.length === largestStack) return;
    this.#context.save();
    this.#stack.push(this.#state);
  }

  pop(): void {
    const state = this.#stack.pop();
    if (state === undefined) return;
    this.#context.restore();
    this.#state = state;
  }

  reset(): void {
    const context = this.#context;
    while (this.#stack.length > 0) this.pop();
    context.restore();
    context.save();
    context.beginPath();
    this.#isPathClosed = false;
    this.#forgetPath();
    this.#state = initialState;
  }

  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.#context.setTransform(a, b, c, d, e, f);
    const isTransformed = !(a === 1 && b === 0 && c === 0 && d === 1 && e === 0 && f === 0);
    this.#state = { ...this.#state, isTransformed };
  }

  transform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.#context.transform(a, b, c, d, e, f);
    this.#state = { ...this.#state, isTransformed: true };
  }

  setChannelMask(mask: number): void {
    const operation = compositeOperations[mask];
    if (operation) this.#context.globalCompositeOperation = operation;
  }

  setMiterLimit(limit: number): void {
    this.#context.miterLimit = limit;
  }

  /** Gives its memory back; it never grows again. */
  dispose(): void {
    this.#claim(0, 0);
    this.#isDisposed = true;
    this.canvas.width = 0;
    this.canvas.height = 0;
    this.width = 0;
    this.height = 0;
  }

  /** What changed since this was asked before, within the layer's own size. */
  takeDamage(): Rectangle | undefined {
    const damage = this.#damage;
    this.#damage = undefined;
    return damage;
  }

  /** Begins a path where the former one was closed. @returns false where it has too many parts already. */
  #extendPath(part: Rectangle | undefined): boolean {
    if (this.#isPathClosed) {
      this.#context.beginPath();
      this.#forgetPath();
      this.#isPathClosed = false;
    }
    if (this.#pathLength === largestPath) return false;
    this.#pathLength++;
    this.#path = unite(this.#path, this.#state.isTransformed ? this.#all() : part);
    return true;
  }

  #forgetPath(): void {
    this.#path = undefined;
    this.#pathLength = 0;
  }

  #drawn(area: Rectangle | undefined): void {
    this.#isEmpty = false;
    if (this.#state.isTransformed || unboundedOperations.has(this.#context.globalCompositeOperation)) {
      this.#damageAll();
    } else this.#damage = unite(this.#damage, area);
  }

  #replaced(area: Rectangle | undefined): void {
    this.#isEmpty = false;
    this.#damage = unite(this.#damage, area);
  }

  #damageAll(): void {
    this.#damage = this.#all();
  }

  #all(): Rectangle {
    return { left: 0, top: 0, right: this.canvas.width, bottom: this.canvas.height };
  }
}

/** A frame of an `ImageDecoder` is smoothed in another way than a bitmap is where it is transformed. */
function toBitmap({ source, width, height }: Picture): CanvasImageSource {
  if (source instanceof ImageBitmap) return source;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.drawImage(source, 0, 0);
  return canvas.transferToImageBitmap();
}

/** Of a rectangle, what doesn't lie to the right of or below the canvas; the corner stays where it is. */
function clipToCanvas(
  canvas: OffscreenCanvas,
  x: number,
  y: number,
  width: number,
  height: number,
): { readonly width: number; readonly height: number } {
  if (x >= canvas.width || y >= canvas.height) return { width: 0, height: 0 };
  return {
    width: x + width > canvas.width ? canvas.width - x : width,
    height: y + height > canvas.height ? canvas.height - y : height,
  };
}
