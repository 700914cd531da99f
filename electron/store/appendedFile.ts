import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../disk/replaceFile.ts';

/** A file that grows by whole appends. Its calls must not overlap. */
export interface AppendedFile {
  /**
   * Resolves once all pieces are on disk.
   *
   * @throws the file system's error; nothing of the append is in the file then, or it is cut off before the next one.
   */
  append(pieces: readonly string[]): Promise<void>;
  /**
   * Keeps the file as `kept` and puts the flushed file `next`, of `nextLength` bytes, in its place. The next append makes
   * sure that this outlives a power cut.
   *
   * @throws the file system's error; the file is then as before.
   */
  replace(paths: { readonly kept: string; readonly next: string }, nextLength: number): Promise<void>;
  close(): Promise<void>;
}

/** Goes on after the first `length` bytes of the file at `path`. */
export function continueFile(path: string, startLength: number): AppendedFile {
  let length = startLength;
  let handle: FileHandle | undefined;
  /** Bytes may lie beyond `length`: what a failed append left. */
  let hasTail = false;
  /** The file was replaced, and after a power cut the folder might still name the old one. */
  let folderIsBehind = false;

  async function write(file: FileHandle, piece: string, position: number): Promise<number> {
    const bytes = Buffer.from(piece);
    // A disk that is getting full takes a part, without an error.
    for (let written = 0; written < bytes.length;) {
      const rest = bytes.length - written;
      const { bytesWritten } = await file.write(bytes, written, rest, position + written);
      written += bytesWritten;
    }
    return bytes.length;
  }

  async function cutTail(file: FileHandle): Promise<void> {
    await file.truncate(length);
    await file.datasync();
    hasTail = false;
  }

  async function flushFolder(): Promise<void> {
    await syncFolder(dirname(path));
    folderIsBehind = false;
  }

  async function close(): Promise<void> {
    await handle?.close();
    handle = undefined;
  }

  return {
    async append(pieces) {
      handle ??= await open(path, 'r+');
      if (folderIsBehind) await flushFolder();
      if (hasTail) await cutTail(handle);
      let end = length;
      hasTail = true;
      try {
        for (const piece of pieces) end += await write(handle, piece, end);
        await handle.datasync();
      } catch (error) {
        // At once, so that a refused change doesn't come back after a crash.
        await cutTail(handle).catch(() => undefined);
        throw error;
      }
      length = end;
      hasTail = false;
    },
    async replace({ kept, next }, nextLength) {
      // Windows doesn't replace open files.
      await close();
      await rename(path, kept);
      try {
        await rename(next, path);
      } catch (error) {
        await rename(kept, path);
        throw error;
      }
      length = nextLength;
      hasTail = false;
      folderIsBehind = true;
      await flushFolder().catch(() => undefined);
    },
    close,
  };
}
