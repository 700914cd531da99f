import { mkdir, readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { type Result, succeed } from '../../shared/contract/failure.ts';
import { defaultPreferences, type Preferences, preferencesSchema } from '../../shared/model/preferences.ts';
import type { PreferencesStore } from '../broker/ports.ts';
import { type DocumentPlace, moveDamagedBeside, pathOf } from '../disk/generations.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { describeWriteError } from '../disk/writeError.ts';

interface Options {
  readonly folder: string;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly now: () => number;
}

/**
 * Opens `preferences.json` of `folder`, which people may also edit by hand; a field that is missing has its default. A file that
 * can't be used is kept beside, the defaults take its place, and a notice says so. Nothing here keeps Proxima from starting.
 */
export async function openPreferences({
  folder,
  log,
  now,
}: Options): Promise<{ readonly store: PreferencesStore; readonly notices: readonly Notice[] }> {
  const place: DocumentPlace = { folder, name: 'preferences', extension: 'json' };
  const path = pathOf(place);
  const notices: Notice[] = [];
  const listeners = new Set<() => void>();
  let preferences = defaultPreferences;
  let turn: Promise<unknown> = Promise.resolve();

  const found = await readPreferences(path);
  if ('preferences' in found) preferences = found.preferences;
  else {
    const beside = await moveDamagedBeside(place, path, new Date(now())).catch(() => undefined);
    notices.push(describeLoss(path, found.reason, beside, now()));
    log.warn({ reason: found.reason }, 'The preferences could not be used');
  }

  async function write(next: Preferences): Promise<Result<void>> {
    try {
      await mkdir(folder, { recursive: true, mode: privateFolderMode });
      await replaceFile(path, `${JSON.stringify(next, null, 2)}\n`);
    } catch (error) {
      log.error({ err: error }, 'The preferences could not be saved');
      return { ok: false, failure: describeWriteError(error) };
    }
    preferences = next;
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        log.error({ err: error }, 'A listener of the preferences failed');
      }
    }
    return succeed(undefined);
  }

  const store: PreferencesStore = {
    current: () => preferences,
    save(preferred) {
      const saved = turn.then(() => write(preferred));
      turn = saved;
      return saved;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return { store, notices };
}

async function readPreferences(
  path: string,
): Promise<{ readonly preferences: Preferences } | { readonly reason: string }> {
  try {
    const content: unknown = JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
    const isObject = typeof content === 'object' && content !== null && !Array.isArray(content);
    const parsed = preferencesSchema.safeParse(isObject ? { ...defaultPreferences, ...content } : content);
    if (parsed.success) return { preferences: parsed.data };
    const [issue] = parsed.error.issues;
    return { reason: [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ') };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { preferences: defaultPreferences };
    if (error instanceof SyntaxError) return { reason: 'it is not JSON' };
    return { reason: "it can't be read" };
  }
}

function describeLoss(path: string, reason: string, beside: string | undefined, now: number): Notice {
  const kept = beside === undefined ? 'It was left where it is.' : `It was kept as ${beside}.`;
  return {
    id: `preferences-${now}`,
    title: 'Your preferences could not be used',
    text: `${path} can't be used: ${reason}. ${kept} Proxima runs with the preferences of a fresh installation; your hosts and settings are unchanged.`,
  };
}
