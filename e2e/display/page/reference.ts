import Guacamole from 'guacamole-common-js';

/** What of guacamole-common-js' layers its types leave out. */
interface ReferenceLayer {
  readonly width: number;
  readonly height: number;
  readonly alpha: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly matrix: readonly number[];
  readonly children: Readonly<Record<string, ReferenceLayer>>;
  getCanvas(): HTMLCanvasElement;
  getElement(): HTMLElement;
}

interface ReferenceListener {
  onSync(timestamp: number): void;
  onCursor?(image: HTMLCanvasElement, hotspotX: number, hotspotY: number): void;
}

/** guacamole-common-js' display, fed by hand. */
export interface Reference {
  readonly element: HTMLElement;
  readonly width: number;
  readonly height: number;
  /** How often it would have thrown in the middle of a frame, and so lost the rest of it and the frame's acknowledgement. */
  readonly defects: readonly string[];
  push(text: string): void;
  /** Its own flattened picture. */
  flatten(): HTMLCanvasElement;
  /** The picture that its elements show on the screen. */
  compose(): HTMLCanvasElement;
  /** Whether its elements show what `flatten` draws: it knows neither distorted nor overflowing layers, nor groups that are shaded. */
  isFlattenRight(): boolean;
  /** How many of the layers that are seen are neither opaque nor invisible as a whole. */
  countShaded(): number;
  dispose(): void;
}

type Methods = Record<string, unknown>;
type Method = (this: unknown, ...args: unknown[]) => unknown;

const layerMethods = [
  ...['drawImage', 'transfer', 'put', 'copy', 'moveTo', 'lineTo', 'arc', 'curveTo', 'close', 'rect', 'clip'],
  ...['strokeColor', 'fillColor', 'strokeLayer', 'fillLayer', 'push', 'pop', 'reset', 'setTransform'],
  ...['transform', 'setChannelMask', 'setMiterLimit', 'resize', 'move', 'shade', 'dispose', 'distort'],
];

/** What a guarded layer threw; of all references of the page, because layers don't know their display. */
let heard: string[] = [];
let isGuarded = false;

/**
 * Keeps an exception in one instruction from ending the frame that it is in. The instruction is left out, as a client has to
 * do with what it can't draw; everything else is drawn by the code as it was shipped.
 */
function guardLayers(): void {
  if (isGuarded) return;
  isGuarded = true;
  const namespace = Guacamole as unknown as Record<'Layer' | 'Display', Methods & Method>;
  const guard = (layer: Methods) => {
    for (const name of layerMethods) {
      const method = layer[name] as Method | undefined;
      if (method === undefined) continue;
      layer[name] = (...args: unknown[]) => {
        try {
          return method.apply(layer, args);
        } catch (error) {
          heard.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
          return undefined;
        }
      };
    }
    const { resize } = layer;
    layer['resize'] = (width: number, height: number) => finishResize(layer, resize as Method, width, height);
  };
  const { Layer, Display } = namespace;
  const VisibleLayer = Display['VisibleLayer'] as Methods & Method;
  const GuardedLayer = function GuardedLayer(this: Methods, width: number, height: number) {
    Layer.call(this, width, height);
    guard(this);
  };
  const GuardedVisibleLayer = function GuardedVisibleLayer(this: Methods, width: number, height: number) {
    VisibleLayer.call(this, width, height);
    guard(this);
  };
  namespace.Layer = Object.assign(GuardedLayer, Layer);
  Display['VisibleLayer'] = Object.assign(GuardedVisibleLayer, VisibleLayer);
  const decode = window.createImageBitmap.bind(window);
  // Without this a frame with an image that doesn't decode is never drawn, and none behind it.
  window.createImageBitmap = async (image: ImageBitmapSource) => {
    try {
      return await decode(image);
    } catch (error) {
      heard.push(`createImageBitmap: ${String(error)}`);
      // One that can't be drawn either.
      const closed = await decode(new ImageData(1, 1));
      closed.close();
      return closed;
    }
  };
}

/** A layer with a picture that gets no width or no height throws halfway: its canvas is changed then, and nothing else. */
function finishResize(layer: Methods, resize: Method, width: number, height: number): void {
  const context = (layer as unknown as ReferenceLayer).getCanvas().getContext('2d');
  const operation = context?.globalCompositeOperation ?? 'source-over';
  resize.call(layer, width, height);
  if (layer['width'] === width && layer['height'] === height) return;
  layer['width'] = width;
  layer['height'] = height;
  (layer['reset'] as Method)();
  if (context) context.globalCompositeOperation = operation;
}

/**
 * @param isRepaired whether its exceptions are kept to the instruction that they are in, and `lstroke`, whose arguments it passes
 * on in the wrong places, is drawn as the protocol reference has it.
 */
export function createReference(listener: ReferenceListener, isRepaired: boolean): Reference {
  if (isRepaired) guardLayers();
  heard = [];
  const TunnelBase = Guacamole.Tunnel as unknown as new () => Guacamole.Tunnel;
  const tunnel = new TunnelBase();
  tunnel.connect = () => undefined;
  tunnel.disconnect = () => undefined;
  tunnel.sendMessage = (opcode: string, value?: unknown) => {
    if (opcode === 'sync') listener.onSync(Number(value));
  };
  const client = new Guacamole.Client(tunnel);
  client.connect();
  const display = client.getDisplay();
  display.oncursor = (canvas, x, y) => listener.onCursor?.(canvas, x, y);
  const handle = tunnel.oninstruction;
  const parser = new Guacamole.Parser();
  const own = display as unknown as Record<string, Method>;
  const layerOf = (index: string): unknown => {
    const { push } = own;
    let found: unknown;
    own['push'] = (layer: unknown) => (found = layer);
    handle?.('push', [index]);
    if (push) own['push'] = push;
    return found;
  };
  const receive = (opcode: string, args: string[]) => {
    if (isRepaired && opcode === 'lstroke') {
      const [mask = '', layer = '', cap = '', join = '', thickness = '', source = ''] = args;
      const target = layerOf(layer);
      own['setChannelMask']?.(target, Number.parseInt(mask, 10));
      own['strokeLayer']?.(
        target,
        ['butt', 'round', 'square'][Number(cap)],
        ['bevel', 'miter', 'round'][Number(join)],
        Number.parseInt(thickness, 10),
        layerOf(source),
      );
      return;
    }
    handle?.(opcode, args);
  };
  // Parsers of nested instructions take it from there.
  tunnel.oninstruction = receive as never;
  parser.oninstruction = receive as never;
  const root = () => display.getDefaultLayer() as unknown as ReferenceLayer;
  return {
    element: display.getElement(),
    get width() {
      return display.getWidth();
    },
    get height() {
      return display.getHeight();
    },
    get defects() {
      return heard;
    },
    push: (text) => parser.receive(text),
    flatten: () => display.flatten(),
    compose: () => compose(root()),
    isFlattenRight: () => isFlat(root(), root()),
    countShaded: () => countShaded(root()),
    dispose() {
      client.disconnect();
      display.getElement().remove();
    },
  };
}

/** Children from back to front. */
function childrenOf(layer: ReferenceLayer): readonly ReferenceLayer[] {
  const position = (one: ReferenceLayer, other: ReferenceLayer) =>
    other.getElement().compareDocumentPosition(one.getElement()) & Node.DOCUMENT_POSITION_PRECEDING ? -1 : 1;
  return Object.values(layer.children).toSorted(
    (one, other) => one.z - other.z || (one === other ? 0 : position(one, other)),
  );
}

const isEmpty = ({ width, height }: ReferenceLayer) => !(width > 0 && height > 0);

function isFlat(layer: ReferenceLayer, root: ReferenceLayer): boolean {
  if (isEmpty(layer)) return true;
  const children = childrenOf(layer).filter((child) => !isEmpty(child));
  const canvas = layer.getCanvas();
  const isWhole = layer === root || (canvas.width === layer.width && canvas.height === layer.height);
  const isInside = children.every(
    ({ x, y, width, height }) =>
      layer === root || (x >= 0 && y >= 0 && x + width <= layer.width && y + height <= layer.height),
  );
  const isUndistorted = layer.matrix.join() === '1,0,0,1,0,0';
  return (
    isWhole &&
    isInside &&
    isUndistorted &&
    (layer.alpha === 255 || children.length === 0) &&
    children.every((child) => child.z >= -1 && isFlat(child, root))
  );
}

function countShaded(layer: ReferenceLayer): number {
  if (isEmpty(layer) || layer.alpha === 0) return 0;
  const inside = Object.values(layer.children).reduce((count, child) => count + countShaded(child), 0);
  return inside + (layer.alpha < 255 ? 1 : 0);
}

function compose(root: ReferenceLayer): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(0, root.width);
  canvas.height = Math.max(0, root.height);
  const context = canvas.getContext('2d');
  if (context !== null) placeLayer(context, root);
  return canvas;
}

/** Draws a layer where it lies in its parent, distorted and shaded as one picture with what is in it. */
function placeLayer(context: CanvasRenderingContext2D, layer: ReferenceLayer): void {
  if (isEmpty(layer) || layer.alpha === 0) return;
  context.save();
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = layer.matrix;
  // Elements are transformed around their middle.
  const [middleX, middleY] = [layer.width / 2, layer.height / 2];
  context.translate(layer.x + middleX, layer.y + middleY);
  context.transform(a, b, c, d, e, f);
  context.translate(-middleX, -middleY);
  if (layer.alpha === 255) drawLayer(context, layer);
  else {
    const group = document.createElement('canvas');
    group.width = layer.width;
    group.height = layer.height;
    const groupContext = group.getContext('2d');
    if (groupContext !== null) drawLayer(groupContext, layer);
    context.globalAlpha = layer.alpha / 255;
    context.drawImage(group, 0, 0);
  }
  context.restore();
}

/** Draws a layer at the origin with what is in it, cut off at its edges. */
function drawLayer(context: CanvasRenderingContext2D, layer: ReferenceLayer): void {
  context.save();
  context.beginPath();
  context.rect(0, 0, layer.width, layer.height);
  context.clip();
  // The z-index of a layer's own canvas is -1.
  const children = childrenOf(layer);
  for (const child of children.filter(({ z }) => z < -1)) placeLayer(context, child);
  context.drawImage(layer.getCanvas(), 0, 0);
  for (const child of children.filter(({ z }) => z >= -1)) placeLayer(context, child);
  context.restore();
}
