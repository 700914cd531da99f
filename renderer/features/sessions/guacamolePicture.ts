import { createInstructionReader } from './instructionReader.ts';
import type { OpenPicture } from './picture.ts';

/** Draws with the display of guacamole-common-js, on the page itself: the client gets every instruction. */
export const openGuacamolePicture: OpenPicture = (client, tunnel, listener) => {
  const display = client.getDisplay();
  const read = createInstructionReader();

  display.onresize = () => listener.onSize();
  display.oncursor = (image, x, y) => listener.onCursor(image, x, y);
  client.onsync = () => {
    client.onsync = null;
    // Called when all is drawn that came before.
    display.flush(listener.onFirstFrame);
  };

  return {
    element: display.getElement(),
    get width() {
      return display.getWidth();
    },
    get height() {
      return display.getHeight();
    },
    take(bytes) {
      const instructions = read(bytes);
      if (instructions === undefined) return listener.onEnd('protocol');
      for (const [opcode, ...args] of instructions) tunnel.oninstruction?.(opcode, args);
    },
    scale: (factor) => display.scale(factor),
    moveCursor: (x, y) => display.moveCursor(x, y),
    showCursor: (isShown) => display.showCursor(isShown),
    dispose: () => undefined,
  };
};
