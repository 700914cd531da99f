import { createRequire } from 'node:module';

/** The reader that electron-updater itself reads update files with; it is its dependency, not ours. */
const { load } = createRequire(createRequire(import.meta.url).resolve('electron-updater/package.json'))(
  'js-yaml',
) as {
  load: (text: string) => unknown;
};

/** @throws with line and column where the text isn't YAML. */
export function readYaml(text: string): unknown {
  return load(text);
}
