import Guacamole from 'guacamole-common-js';

/** Browsers show no larger cursor image, in CSS pixels. */
const largestCursor = 128;

/** Shows the host's own cursor as the element's. Returns whether the browser can. */
function showCursor(
  element: HTMLElement,
  image: HTMLCanvasElement,
  x: number,
  y: number,
  scale: number,
): boolean {
  if (image.width === 0 || image.height === 0) {
    element.style.cursor = 'none';
    return true;
  }
  if (Math.max(image.width, image.height) * scale > largestCursor) return false;
  const hotspot = `${Math.round(x * scale)} ${Math.round(y * scale)}`;
  const source = `url(${image.toDataURL('image/png')})`;
  element.style.cursor = `${source} ${hotspot}, default`;
  // One image pixel is one remote pixel, whatever that is in CSS pixels.
  if (scale !== 1) element.style.cursor = `image-set(${source} ${1 / scale}x) ${hotspot}, default`;
  return true;
}

/**
 * Sends mouse, wheel and touch over a session's display to its host, and shows the host's cursor there. Nothing has to be
 * undone: the listeners are the display's own elements', which go with the client.
 */
export function attachPointer(client: Guacamole.Client): void {
  const display = client.getDisplay();
  const element = display.getElement();
  let at = { clientX: 0, clientY: 0 };
  let cursorIsLocal = false;

  // Guacamole.Mouse finds positions by adding whole-numbered offsets; the bounding box is exact at any scale.
  const note = (event: PointerEvent) => {
    at = event;
  };
  for (const type of ['pointermove', 'pointerdown', 'pointerup'] as const) {
    element.addEventListener(type, note, { capture: true });
  }
  const send = (state: Guacamole.Mouse.State) => {
    const box = element.getBoundingClientRect();
    const scale = display.getScale();
    const x = Math.max(0, (at.clientX - box.left) / scale);
    const y = Math.max(0, (at.clientY - box.top) / scale);
    display.showCursor(!cursorIsLocal);
    client.sendMouseState(
      new Guacamole.Mouse.State(x, y, state.left, state.middle, state.right, state.up, state.down),
    );
  };
  const listener: Guacamole.Event.TargetListener = (event) => send((event as Guacamole.Mouse.Event).state);
  const changes = ['mousedown', 'mousemove', 'mouseup'];
  const mouse = new Guacamole.Mouse(element);
  mouse.onEach(changes, listener);
  // The software cursor has no business where the pointer isn't.
  mouse.on('mouseout', () => display.showCursor(false));
  new Guacamole.Mouse.Touchscreen(element).onEach(changes, listener);

  display.showCursor(false);
  display.oncursor = (image, x, y) => {
    cursorIsLocal = showCursor(element, image, x, y, display.getScale());
    if (cursorIsLocal) display.showCursor(false);
    else element.style.cursor = 'none';
  };
}
