import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** npm packages that the built-in engine draws with, and that aren't bundled: one is native, the other holds fonts. */
export const engineModules = ['@napi-rs/canvas', 'dejavu-fonts-ttf'] as const;

/** Those, and the native parts of this system that npm has installed; as paths below node_modules. */
export function listInstalledEngineModules(root: string): readonly string[] {
  const scope = join(root, 'node_modules/@napi-rs');
  const natives = existsSync(scope)
    ? readdirSync(scope)
        .filter((name) => name.startsWith('canvas-'))
        .map((name) => `@napi-rs/${name}`)
    : [];
  return [...engineModules, ...natives];
}
