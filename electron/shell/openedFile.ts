import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';

/** More than any connection file needs. */
export const openedFileLimitBytes = 256 * 1024;

/** Whether a name is that of a file that Proxima opens. */
export const isOpenableName = (path: string) => /\.(rdp|proxima)$/i.test(path);

/** Windows' names of devices: `\\.\COM1`, `\\?\…`. */
const isDevicePath = (path: string) => /^[\\/]{2}[.?][\\/]/.test(path);

/**
 * Reads a file that the system or a second start handed over: a regular one, with one of our extensions. Of a file above the limit one
 * byte more than that is read, so that whoever parses it sees that it is too long. Fails with `input_invalid` and why.
 */
export async function readOpenedFile(path: string): Promise<Result<Uint8Array>> {
  if (!isOpenableName(path)) return fail('input_invalid', 'only .rdp and .proxima files can be opened');
  if (isDevicePath(path)) return fail('input_invalid', 'it is not a regular file');
  try {
    // A pipe without a writer would wait for ever, a terminal would become ours.
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
    const file = await open(path, flags);
    try {
      if (!(await file.stat()).isFile()) return fail('input_invalid', 'it is not a regular file');
      const content = new Uint8Array(openedFileLimitBytes + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(content, length, content.length - length);
        length += bytesRead;
        if (bytesRead === 0 || length === content.length) return succeed(content.slice(0, length));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    return fail('input_invalid', `it can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}
