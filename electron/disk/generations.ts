import { access, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './replaceFile.ts';

/** How many earlier states of a document are kept beside it. */
const keptGenerations = 3;

/** A document and its earlier generations in one folder: `hosts.ndjson`, `hosts.1.ndjson` (the newest), `hosts.2.ndjson`, … */
export interface DocumentPlace {
  readonly folder: string;
  readonly name: string;
  readonly extension: string;
}

export const pathOf = ({ folder, name, extension }: DocumentPlace): string =>
  join(folder, `${name}.${extension}`);

export const generationPathsOf = ({ folder, name, extension }: DocumentPlace): readonly string[] =>
  Array.from({ length: keptGenerations }, (_, index) => join(folder, `${name}.${index + 1}.${extension}`));

/** Makes room for a new first generation; the oldest is dropped. A gap in the row ends it, so that nothing is dropped in vain. */
export async function shiftGenerations(place: DocumentPlace): Promise<void> {
  const paths = generationPathsOf(place);
  const firstGap = (await Promise.all(paths.map(isThere))).indexOf(false);
  const last = firstGap < 0 ? paths.length - 1 : firstGap;
  for (let index = last; index > 0; index -= 1) await rename(paths[index - 1]!, paths[index]!);
}

/** Moves a damaged file out of the way, to a name that nothing has yet, and returns its new path. */
export async function moveDamagedBeside(place: DocumentPlace, path: string, now: Date): Promise<string> {
  const time = now.toISOString().replace(/[:.]/g, '-');
  for (let count = 1; ; count += 1) {
    const suffix = count === 1 ? '' : `-${count}`;
    const beside = join(place.folder, `${place.name}.damaged-${time}${suffix}.${place.extension}`);
    if (await isThere(beside)) continue;
    await rename(path, beside);
    await syncFolder(place.folder);
    return beside;
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
