import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../disk/replaceFile.ts';
import type { Log } from './log.ts';
import { noPlaces, type WindowPlaces, windowPlacesSchema } from './windowPlaces.ts';

/** Where windows were, in `windows.json` of the data folder. */
export interface PlaceDocument {
  current(): WindowPlaces;
  /** Counts at once; written to disk as soon as the write before it is done. */
  save(places: WindowPlaces): void;
  /** Resolves when all that was saved is on disk, or could not be written. */
  flush(): Promise<void>;
}

/** Opens the document. One that can't be read or parsed is no loss: windows open where they do the first time. */
export async function openPlaceDocument(dataFolder: string, log: Log): Promise<PlaceDocument> {
  const path = join(dataFolder, 'windows.json');
  let places = await readPlaces(path, log);
  let isWritten = true;
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    if (isWritten) return;
    isWritten = true;
    try {
      await replaceFile(path, `${JSON.stringify(places)}\n`);
    } catch (error) {
      log.warn({ reason: String(error) }, 'Could not write where windows were');
    }
  }

  return {
    current: () => places,
    save(next) {
      places = next;
      isWritten = false;
      writing = writing.then(write);
    },
    flush: () => writing,
  };
}

async function readPlaces(path: string, log: Log): Promise<WindowPlaces> {
  try {
    return windowPlacesSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ reason: String(error).slice(0, 500) }, 'Could not read where windows were');
    return noPlaces;
  }
}
