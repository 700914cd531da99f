import { replaceMask } from './channelMasks.ts';
import { createCompositor } from './compositor.ts';
import { Layer } from './layer.ts';
import type { KnownLayer, Layers } from './layers.ts';
import type { Matrix, VisibleLayer } from './visibleLayer.ts';

export interface ScreenListener {
  onSize(width: number, height: number): void;
  onCursor(image: ImageBitmap | undefined, hotspotX: number, hotspotY: number): void;
  /** Whether the picture is on the second canvas now. */
  onLayered(isLayered: boolean): void;
}

/** What is seen: where layers lie in one another, and the cursor. */
export interface Screen {
  /** Puts a new layer onto the default one. */
  addLayer(layer: VisibleLayer, surface: Layer): void;
  removeLayer(removed: KnownLayer): void;
  resize(surface: Layer, visible: VisibleLayer | undefined, width: number, height: number): void;
  move(layer: VisibleLayer, parent: VisibleLayer, x: number, y: number, z: number): void;
  shade(layer: VisibleLayer, opacity: number): void;
  distort(layer: VisibleLayer, matrix: Matrix): void;
  setCursor(
    source: Layer,
    sx: number,
    sy: number,
    width: number,
    height: number,
    hotspotX: number,
    hotspotY: number,
  ): void;
  /** To be called when frames were drawn: tells of the cursor, and has the layers put together. */
  update(): void;
  /** The picture without the cursor. */
  snapshot(): Promise<ImageBitmap>;
}

/**
 * While there is only the default layer, its own canvas is what is seen. As soon as there is another, all are put together on a
 * second canvas, once for each picture that the window shows.
 */
export function createScreen(
  layers: Layers,
  layeredCanvas: OffscreenCanvas,
  listener: ScreenListener,
): Screen {
  const { root } = layers;
  const compositor = createCompositor(layeredCanvas, root);
  const cursor = new Layer(layers.budget, false);
  let hotspot: { readonly x: number; readonly y: number } | undefined;
  let isLayered = false;
  let isAsked = false;

  const compose = () => {
    isAsked = false;
    if (isLayered) compositor.compose();
  };
  const changeRoot = () => {
    const needsLayers = root.children.length > 0 || root.isDistorted() || root.opacity < 1;
    if (needsLayers === isLayered) return;
    isLayered = needsLayers;
    compositor.damage('unknown');
    if (isLayered) compositor.compose();
    listener.onLayered(isLayered);
  };
  /** Damages where the layer was and where it is after `change`. */
  const rearrange = (layer: VisibleLayer, change: () => void) => {
    compositor.damage(layer.seenWhole());
    change();
    compositor.damage(layer.seenWhole());
  };
  const tellCursor = () => {
    if (hotspot === undefined) return;
    const { x, y } = hotspot;
    hotspot = undefined;
    listener.onCursor(takePicture(cursor), x, y);
  };

  return {
    addLayer(layer, surface) {
      surface.resize(root.surface.width, root.surface.height);
      layer.attach(root);
    },
    removeLayer({ surface, visible }) {
      if (visible) rearrange(visible, () => visible.detach());
      surface.dispose();
    },
    resize(surface, visible, width, height) {
      if (visible) compositor.damage(visible.seenWhole());
      if (!surface.resize(width, height)) return;
      if (visible === root) listener.onSize(surface.width, surface.height);
    },
    move(layer, parent, x, y, z) {
      if (parent.isWithin(layer)) return;
      rearrange(layer, () => {
        layer.attach(parent);
        if (Number.isFinite(x) && Number.isFinite(y)) {
          layer.x = x;
          layer.y = y;
        }
        if (Number.isFinite(z)) layer.z = z;
      });
    },
    shade(layer, opacity) {
      if (Number.isFinite(opacity)) {
        rearrange(layer, () => {
          layer.opacity = Math.min(1, Math.max(0, opacity));
        });
      }
    },
    distort(layer, matrix) {
      if (matrix.every(Number.isFinite)) {
        rearrange(layer, () => {
          layer.matrix = matrix;
        });
      }
    },
    setCursor(source, sx, sy, width, height, hotspotX, hotspotY) {
      cursor.resize(width, height);
      cursor.setChannelMask(replaceMask);
      cursor.copy(source, sx, sy, width, height, 0, 0);
      hotspot = { x: hotspotX, y: hotspotY };
    },
    update() {
      tellCursor();
      changeRoot();
      if (!isLayered || isAsked) return;
      isAsked = true;
      requestAnimationFrame(compose);
    },
    snapshot() {
      const { width, height } = root.surface;
      if (isLayered) compositor.compose();
      const canvas = isLayered ? layeredCanvas : root.surface.canvas;
      if (width === 0 || height === 0) return createImageBitmap(new ImageData(1, 1));
      return createImageBitmap(canvas, 0, 0, width, height);
    },
  };
}

function takePicture(layer: Layer): ImageBitmap | undefined {
  if (layer.width === 0 || layer.height === 0) return undefined;
  const picture = new OffscreenCanvas(layer.width, layer.height);
  picture.getContext('2d')?.drawImage(layer.canvas, 0, 0);
  return picture.transferToImageBitmap();
}
