import { intersect, unite, type Rectangle } from './damage.ts';
import type { VisibleLayer } from './visibleLayer.ts';

/** Puts the pictures of all visible layers together on one canvas; only what changed is drawn. */
export interface Compositor {
  /** What is to be drawn by the next `compose`; everything where that isn't known. */
  damage(area: Rectangle | 'unknown' | undefined): void;
  compose(): void;
}

export function createCompositor(canvas: OffscreenCanvas, root: VisibleLayer): Compositor {
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  let damaged: Rectangle | undefined;

  const collect = (layer: VisibleLayer) => {
    const changed = layer.surface.takeDamage();
    if (changed) damage(layer.seenArea(changed));
    for (const child of layer.children) collect(child);
  };
  const whole = (): Rectangle => ({
    left: 0,
    top: 0,
    right: root.surface.width,
    bottom: root.surface.height,
  });
  const damage = (area: Rectangle | 'unknown' | undefined) => {
    damaged = area === 'unknown' ? whole() : unite(damaged, area);
  };

  return {
    damage,
    compose() {
      collect(root);
      if (canvas.width !== root.surface.width || canvas.height !== root.surface.height) {
        canvas.width = root.surface.width;
        canvas.height = root.surface.height;
        damaged = whole();
      }
      const area = damaged && intersect(damaged, whole());
      damaged = undefined;
      if (area === undefined) return;
      context.save();
      clipTo(context, area);
      context.clearRect(area.left, area.top, area.right - area.left, area.bottom - area.top);
      drawLayer(context, root, area);
      context.restore();
    },
  };
}

/** Draws a layer and what is in it; of that, no more than `area` of the context's coordinates need be drawn. */
function drawLayer(context: OffscreenCanvasRenderingContext2D, layer: VisibleLayer, area: Rectangle): void {
  const { surface, opacity } = layer;
  if (surface.width === 0 || surface.height === 0 || opacity === 0) return;
  // Children fade with their parent as one picture.
  if (opacity < 1 && layer.children.length > 0) {
    const group = new OffscreenCanvas(context.canvas.width, context.canvas.height);
    const inGroup = group.getContext('2d') as OffscreenCanvasRenderingContext2D;
    inGroup.setTransform(context.getTransform());
    drawContent(inGroup, layer, area);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = opacity;
    context.drawImage(group, 0, 0);
    context.restore();
    return;
  }
  context.save();
  context.globalAlpha = opacity;
  drawContent(context, layer, area);
  context.restore();
}

function drawContent(context: OffscreenCanvasRenderingContext2D, layer: VisibleLayer, area: Rectangle): void {
  const { surface, x, y } = layer;
  const { width, height } = surface;
  const bounds = { left: 0, top: 0, right: width, bottom: height };
  context.save();
  context.translate(x, y);
  let inside: Rectangle | undefined;
  if (layer.isDistorted()) {
    // Elements are distorted about their middle.
    context.translate(width / 2, height / 2);
    context.transform(...layer.matrix);
    context.translate(-width / 2, -height / 2);
    inside = bounds;
  } else {
    const { left, top, right, bottom } = area;
    inside = intersect({ left: left - x, top: top - y, right: right - x, bottom: bottom - y }, bounds);
  }
  if (inside) {
    const [below, above] = layer.stacked();
    if (layer.children.length > 0) clipTo(context, inside);
    for (const child of below) drawLayer(context, child, inside);
    const { left, top } = inside;
    const innerWidth = inside.right - left;
    const innerHeight = inside.bottom - top;
    context.drawImage(surface.canvas, left, top, innerWidth, innerHeight, left, top, innerWidth, innerHeight);
    for (const child of above) drawLayer(context, child, inside);
  }
  context.restore();
}

function clipTo(context: OffscreenCanvasRenderingContext2D, { left, top, right, bottom }: Rectangle): void {
  context.beginPath();
  context.rect(left, top, right - left, bottom - top);
  context.clip();
}
