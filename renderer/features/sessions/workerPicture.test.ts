import type Guacamole from 'guacamole-common-js';
import { expect, test, vi } from 'vitest';
import type { DisplayListener } from '../../display/display.ts';
import { openWorkerPicture } from './workerPicture.ts';

const made = vi.hoisted((): { listener?: DisplayListener; pushed: Uint8Array[] } => ({ pushed: [] }));
vi.mock('../../display/display.ts', () => ({
  createDisplay(listener: DisplayListener) {
    made.listener = listener;
    return { width: 800, height: 600, push: (bytes: Uint8Array) => made.pushed.push(bytes) };
  },
}));

function openPicture() {
  const heard: unknown[] = [];
  const tunnel = {
    sendMessage: (...message: unknown[]) => heard.push(['sent', ...message]),
    oninstruction: (opcode: string, args: string[]) => heard.push(['instruction', opcode, ...args]),
  };
  const picture = openWorkerPicture({} as Guacamole.Client, tunnel as unknown as Guacamole.Tunnel, {
    onSize: () => heard.push(['size', picture.width, picture.height]),
    onFirstFrame: () => heard.push(['first frame']),
    onCursor: () => heard.push(['cursor']),
    onEnd: (why) => heard.push(['end', why]),
  });
  const { listener } = made;
  if (listener === undefined) throw new Error('no display was made');
  return { picture, listener, heard };
}

test('acknowledges each frame that was drawn through the tunnel, and tells of the first', () => {
  const { listener, heard } = openPicture();
  listener.onSize(800, 600);
  listener.onSync(7);
  listener.onSync(9);
  expect(heard).toEqual([['size', 800, 600], ['sent', 'sync', 7], ['first frame'], ['sent', 'sync', 9]]);
});

test('gives the bytes to the display, and what is not drawing to the client', () => {
  const { picture, listener, heard } = openPicture();
  const bytes = new Uint8Array(3);
  picture.take(bytes);
  expect(made.pushed.at(-1)).toBe(bytes);
  listener.onInstruction('clipboard', ['1', 'text/plain']);
  listener.onEnd('crashed');
  expect(heard).toEqual([
    ['instruction', 'clipboard', '1', 'text/plain'],
    ['end', 'crashed'],
  ]);
});
