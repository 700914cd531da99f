import type { Writable } from 'node:stream';
import { guacamoleStatusOf, type Result } from '../../../../shared/contract/failure.ts';
import type { InputStream } from './inputStreams.ts';
import { status } from './status.ts';

/** Of a client that doesn't wait for acknowledgements. */
const unwrittenLimitBytes = 4 * 1024 * 1024;
/** What keeping a piece takes besides its bytes, of which it may have none. */
const pieceBytes = 256;

/**
 * A stream of a client into a file of the host. It is acknowledged when the file is open, after each piece that was written, and
 * once the file is closed.
 */
export function createUpload(
  open: () => Promise<Result<Writable>>,
  acknowledge: (message: string, status: number) => void,
): InputStream {
  let file: Writable | undefined;
  let waiting: Uint8Array[] = [];
  let unwrittenBytes = 0;
  let hasEnded = false;
  let isOver = false;

  function fail(message: string, code: number) {
    if (isOver) return;
    isOver = true;
    waiting = [];
    unwrittenBytes = 0;
    file?.destroy();
    acknowledge(message, code);
  }
  function write(bytes: Uint8Array) {
    file?.write(bytes, (error) => {
      if (isOver || error) return;
      unwrittenBytes -= bytes.length + pieceBytes;
      acknowledge('OK', status.success);
    });
  }
  function finish() {
    file
      ?.once('finish', () => {
        if (isOver) return;
        isOver = true;
        acknowledge('OK', status.success);
      })
      .end();
  }

  void open().then((opened) => {
    if (isOver) {
      if (opened.ok) opened.value.on('error', () => {}).destroy();
      return;
    }
    if (!opened.ok)
      return fail(opened.failure.detail ?? 'The file could not be opened', guacamoleStatusOf(opened.failure));
    file = opened.value;
    file.on('error', () => fail('The file could not be written', status.serverError));
    acknowledge('OK', status.success);
    for (const bytes of waiting.splice(0)) write(bytes);
    if (hasEnded) finish();
  });

  return {
    get unwrittenBytes() {
      return unwrittenBytes;
    },
    get isOver() {
      return isOver;
    },
    take(bytes) {
      if (isOver || hasEnded) return;
      unwrittenBytes += bytes.length + pieceBytes;
      if (unwrittenBytes > unwrittenLimitBytes)
        return fail('Too much came before it was acknowledged', status.overrun);
      if (file) write(bytes);
      else waiting.push(bytes);
    },
    end() {
      if (isOver || hasEnded) return;
      hasEnded = true;
      finish();
    },
    abort() {
      isOver = true;
      waiting = [];
      unwrittenBytes = 0;
      file?.destroy();
    },
  };
}
