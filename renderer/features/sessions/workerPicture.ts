import Guacamole from 'guacamole-common-js';
import { createDisplay } from '../../display/display.ts';
import type { OpenPicture } from './picture.ts';

/** Draws with the display of our own, in a worker. The client hears only of what isn't drawing; its own display stays empty. */
export const openWorkerPicture: OpenPicture = (client, tunnel, listener) => {
  /** By the index of their streams. */
  const players = new Map<number, Guacamole.AudioPlayer>();
  let hasFrame = false;

  client.onaudio = (stream, mimetype) => {
    const player = Guacamole.AudioPlayer.getInstance(stream, mimetype);
    if (player === null) players.delete(stream.index);
    else players.set(stream.index, player);
    return player;
  };
  const display = createDisplay({
    onSize: listener.onSize,
    onSync(timestamp) {
      tunnel.sendMessage('sync', timestamp);
      // So that sound doesn't fall behind the picture.
      for (const player of players.values()) player.sync();
      if (!hasFrame) listener.onFirstFrame();
      hasFrame = true;
    },
    onCursor: ({ image, hotspotX, hotspotY }) => listener.onCursor(image, hotspotX, hotspotY),
    onInstruction: (opcode, args) => tunnel.oninstruction?.(opcode, [...args]),
    onEnd: listener.onEnd,
  });

  return {
    element: display.element,
    get width() {
      return display.width;
    },
    get height() {
      return display.height;
    },
    take: display.push,
    scale: display.scale,
    moveCursor: display.moveCursor,
    showCursor: display.showCursor,
    dispose: display.dispose,
  };
};
