import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type RendererFiles, rendererFileOf } from '../shared/contract/rendererFile.ts';

/**
 * Reads the built renderer into memory (a few megabytes), so that a rebuild never mixes with a page that is already open.
 *
 * @throws when the folder or its `index.html` is missing.
 */
export async function readRendererFiles(folder: string): Promise<RendererFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map(
    await Promise.all(
      entries
        .filter((entry) => entry.isFile())
        .map(async (entry) => {
          const file = join(entry.parentPath, entry.name);
          const path = relative(folder, file).split(sep).join('/');
          return [`/${path}`, rendererFileOf(path, new Uint8Array(await readFile(file)))] as const;
        }),
    ),
  );
  const page = files.get('/index.html');
  if (!page) throw new Error(`no index.html in ${folder}`);
  return files.set('/', page);
}
