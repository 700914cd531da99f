import type { Rectangle } from '../stage.ts';

/** What of an area lies within a picture of this size, in whole pixels; `undefined` where nothing does. */
export function clip(area: Rectangle, width: number, height: number): Rectangle | undefined {
  const x = Math.max(0, Math.floor(area.x));
  const y = Math.max(0, Math.floor(area.y));
  const right = Math.min(width, Math.ceil(area.x + area.width));
  const bottom = Math.min(height, Math.ceil(area.y + area.height));
  // Written this way round, so that what isn't a number has no area.
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : undefined;
}

export interface Move {
  readonly from: Rectangle;
  readonly toX: number;
  readonly toY: number;
}

/** What of a move has both its ends within a picture of this size; `undefined` where nothing has, or nothing moves. */
export function clipMove({ from, toX, toY }: Move, width: number, height: number): Move | undefined {
  const byX = Math.round(toX - from.x);
  const byY = Math.round(toY - from.y);
  const source = clip(from, width, height);
  if (!source || (byX === 0 && byY === 0)) return undefined;
  const target = clip({ ...source, x: source.x + byX, y: source.y + byY }, width, height);
  if (!target) return undefined;
  return { from: { ...target, x: target.x - byX, y: target.y - byY }, toX: target.x, toY: target.y };
}

export const areaOf = ({ width, height }: Rectangle): number => width * height;

export function doOverlap(left: Rectangle, right: Rectangle): boolean {
  return (
    left.x < right.x + right.width &&
    right.x < left.x + left.width &&
    left.y < right.y + right.height &&
    right.y < left.y + left.height
  );
}

/** The smallest area that has both in it. */
export function unite(left: Rectangle, right: Rectangle): Rectangle {
  const x = Math.min(left.x, right.x);
  const y = Math.min(left.y, right.y);
  return {
    x,
    y,
    width: Math.max(left.x + left.width, right.x + right.width) - x,
    height: Math.max(left.y + left.height, right.y + right.height) - y,
  };
}

/** What of an area isn't in the hole: at most four parts. */
export function subtract(area: Rectangle, hole: Rectangle): readonly Rectangle[] {
  if (!doOverlap(area, hole)) return [area];
  const top = Math.max(area.y, hole.y);
  const bottom = Math.min(area.y + area.height, hole.y + hole.height);
  const left = Math.max(area.x, hole.x);
  const right = Math.min(area.x + area.width, hole.x + hole.width);
  const parts: Rectangle[] = [
    { x: area.x, y: area.y, width: area.width, height: top - area.y },
    { x: area.x, y: bottom, width: area.width, height: area.y + area.height - bottom },
    { x: area.x, y: top, width: left - area.x, height: bottom - top },
    { x: right, y: top, width: area.x + area.width - right, height: bottom - top },
  ];
  return parts.filter(({ width, height }) => width > 0 && height > 0);
}
