import { Layer } from './layer.ts';
import { PixelBudget } from './pixelBudget.ts';
import { VisibleLayer } from './visibleLayer.ts';

/** RDP keeps each glyph and bitmap that it caches in a buffer of its own: thousands. */
const largestLayerCount = 16_384;

/** Buffers have no place in the picture. */
export interface KnownLayer {
  readonly surface: Layer;
  readonly visible: VisibleLayer | undefined;
}

/** All layers and buffers of a session, by index: the default layer is 0, those above it are visible, those below are buffers. */
export class Layers {
  readonly budget = new PixelBudget();
  readonly root: VisibleLayer;
  readonly #default: KnownLayer;
  readonly #known = new Map<number, KnownLayer>();
  /** Takes the drawings of those for which there is no room. */
  readonly #nowhere: KnownLayer;

  constructor(canvas: OffscreenCanvas) {
    this.root = new VisibleLayer(new Layer(this.budget, false, canvas));
    this.#default = { surface: this.root.surface, visible: this.root };
    this.#nowhere = { surface: new Layer(this.budget, false), visible: undefined };
  }

  /** The layer of this index. One that wasn't known is made, and `onMade` is told of it. */
  get(index: number, onMade: (layer: KnownLayer) => void): KnownLayer {
    if (index === 0) return this.#default;
    const known = this.#known.get(index);
    if (known) return known;
    if (this.#known.size === largestLayerCount) return this.#nowhere;
    const surface = new Layer(this.budget, !(index > 0));
    const made: KnownLayer = { surface, visible: index > 0 ? new VisibleLayer(surface) : undefined };
    this.#known.set(index, made);
    onMade(made);
    return made;
  }

  /** Forgets a layer, so that its index is free for another. The default layer stays. */
  remove(index: number): KnownLayer | undefined {
    const known = this.#known.get(index);
    this.#known.delete(index);
    return known;
  }
}
