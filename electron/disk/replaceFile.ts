import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Only the account that Proxima runs as reads what it stores. */
export const privateFileMode = 0o600;
export const privateFolderMode = 0o700;

type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/**
 * Replaces a file as one step: after a crash at any moment there is either the old one or the whole new one, and once this
 * resolves the new one survives a power cut. Calls for the same path must not overlap.
 *
 * Not write-file-atomic: its single `fs.write` ignores a short count, so that on a full disk 7.0.1 resolves after putting a
 * truncated file in place of the good one.
 *
 * @throws the file system's error; the old file is then unchanged (or, where only the folder couldn't be flushed, replaced as a
 * whole), and no temporary file stays.
 */
export async function replaceFile(path: string, content: Content): Promise<void> {
  const temporary = `${path}.new`;
  try {
    await writeDurably(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Writes and flushes a file that nobody reads yet. */
export async function writeDurably(path: string, content: Content): Promise<void> {
  await writeFile(path, content, { mode: privateFileMode, flush: true });
}

/** Makes renames inside a folder survive a power cut. Windows can't open folders, and does it by itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
