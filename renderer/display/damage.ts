/** A rectangle in whole pixels, `right` and `bottom` exclusive. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const isEmpty = ({ left, top, right, bottom }: Rectangle) => !(right > left && bottom > top);

/** What both have, or `undefined` where that is nothing. */
export function intersect(one: Rectangle, other: Rectangle): Rectangle | undefined {
  const both = {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
  return isEmpty(both) ? undefined : both;
}

/** The smallest rectangle around both. */
export function unite(one: Rectangle | undefined, other: Rectangle | undefined): Rectangle | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

export function translate({ left, top, right, bottom }: Rectangle, x: number, y: number): Rectangle {
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y };
}

/** The pixels that something between two corners touches, in whichever order they are; `undefined` where it is nowhere. */
export function around(x: number, y: number, width: number, height: number): Rectangle | undefined {
  const rectangle = {
    left: Math.floor(Math.min(x, x + width)),
    top: Math.floor(Math.min(y, y + height)),
    right: Math.ceil(Math.max(x, x + width)),
    bottom: Math.ceil(Math.max(y, y + height)),
  };
  return isEmpty(rectangle) ? undefined : rectangle;
}
