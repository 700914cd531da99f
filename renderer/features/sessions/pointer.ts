import Guacamole from 'guacamole-common-js';
import type { Picture } from './picture.ts';

/** Browsers show no larger cursor image, in CSS pixels. */
const largestCursor = 128;

interface Cursor {
  readonly image: HTMLCanvasElement;
  readonly hotspotX: number;
  readonly hotspotY: number;
}

/** Shows the host's own cursor as the element's. Returns whether the browser can. */
function showLocally(element: HTMLElement, { image, hotspotX, hotspotY }: Cursor, scale: number): boolean {
  if (image.width === 0 || image.height === 0) {
    element.style.cursor = 'none';
    return true;
  }
  if (Math.max(image.width, image.height) * scale > largestCursor) return false;
  const hotspot = `${Math.round(hotspotX * scale)} ${Math.round(hotspotY * scale)}`;
  const source = `url(${image.toDataURL('image/png')})`;
  element.style.cursor = `${source} ${hotspot}, default`;
  // One image pixel is one remote pixel, whatever that is in CSS pixels.
  if (scale !== 1) element.style.cursor = `image-set(${source} ${1 / scale}x) ${hotspot}, default`;
  return true;
}

/** The pointer over a picture. */
export interface Pointer {
  /** The host's cursor looks like this from now on. */
  show(image: HTMLCanvasElement, hotspotX: number, hotspotY: number): void;
  /** The picture has this many CSS pixels for each remote one. */
  scale(factor: number): void;
}

/**
 * Sends mouse, wheel and touch over a session's picture to its host, in remote pixels, and shows the host's cursor there. Nothing
 * has to be undone: the listeners are those of the picture's own element, which goes with it.
 */
export function attachPointer(picture: Picture, onMouse: (state: Guacamole.Mouse.State) => void): Pointer {
  const { element } = picture;
  let at = { clientX: 0, clientY: 0 };
  let scale = 1;
  let cursor: Cursor | undefined;
  let cursorIsLocal = false;

  const showCursor = () => {
    if (cursor === undefined) return;
    cursorIsLocal = showLocally(element, cursor, scale);
    if (cursorIsLocal) picture.showCursor(false);
    else element.style.cursor = 'none';
  };
  // Guacamole.Mouse finds positions by adding whole-numbered offsets; the bounding box is exact at any scale.
  const note = (event: PointerEvent) => {
    at = event;
  };
  for (const type of ['pointermove', 'pointerdown', 'pointerup'] as const) {
    element.addEventListener(type, note, { capture: true });
  }
  const send = (state: Guacamole.Mouse.State) => {
    const box = element.getBoundingClientRect();
    const x = Math.max(0, Math.floor((at.clientX - box.left) / scale));
    const y = Math.max(0, Math.floor((at.clientY - box.top) / scale));
    picture.moveCursor(x, y);
    picture.showCursor(!cursorIsLocal);
    onMouse(new Guacamole.Mouse.State(x, y, state.left, state.middle, state.right, state.up, state.down));
  };
  const listener: Guacamole.Event.TargetListener = (event) => send((event as Guacamole.Mouse.Event).state);
  const changes = ['mousedown', 'mousemove', 'mouseup'];
  const mouse = new Guacamole.Mouse(element);
  mouse.onEach(changes, listener);
  // The software cursor has no business where the pointer isn't.
  mouse.on('mouseout', () => picture.showCursor(false));
  new Guacamole.Mouse.Touchscreen(element).onEach(changes, listener);
  picture.showCursor(false);

  return {
    show(image, hotspotX, hotspotY) {
      cursor = { image, hotspotX, hotspotY };
      showCursor();
    },
    scale(factor) {
      if (factor === scale) return;
      scale = factor;
      showCursor();
    },
  };
}
