import { mkdir, readFile, stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { succeed, type Result } from '../../shared/contract/failure.ts';
import { emptySettings, settingsSchema, type Settings } from '../../shared/model/settings.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { generationPathsOf, pathOf, shiftGenerations, type DocumentPlace } from './generations.ts';
import { describeWriteError } from './writeError.ts';

const shownIssues = 3;

type ReadSettings =
  | { readonly kind: 'missing' }
  | { readonly kind: 'good'; readonly settings: Settings; readonly text: string }
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * Reads `settings.json` in `folder`, which administrators write by hand. It is never written here. Every good one is kept as a
 * generation; where it can't be used, the last good generation is, and a notice names the fields that are wrong. Fails with
 * `store_failed` where the folder can't be read.
 */
export async function openSettings(options: {
  readonly folder: string;
  readonly log: Pick<Logger, 'warn'>;
}): Promise<Result<{ readonly settings: Settings; readonly notices: readonly Notice[] }>> {
  const { folder, log } = options;
  const place: DocumentPlace = { folder, name: 'settings', extension: 'json' };
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const read = await readSettings(pathOf(place));
    if (read.kind === 'good') {
      // Without a generation these settings are good all the same.
      await keepGeneration(place, read.text).catch((error: unknown) =>
        log.warn({ err: error }, 'The settings could not be kept as a generation'),
      );
      return succeed({ settings: read.settings, notices: [] });
    }
    const recovered = await recover(place, read);
    for (const { title, text } of recovered.notices)
      log.warn({ title, text }, 'The settings could not be used');
    return succeed(recovered);
  } catch (error) {
    return { ok: false, failure: describeWriteError(error) };
  }
}

async function readSettings(path: string): Promise<ReadSettings> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  let content: unknown;
  try {
    // Windows' editors put a byte order mark before the text.
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { kind: 'unusable', reason: `it is not JSON (${(error as SyntaxError).message})` };
  }
  const parsed = settingsSchema.safeParse(content);
  if (parsed.success) return { kind: 'good', settings: parsed.data, text };
  const issues = parsed.error.issues.map(({ path: field, message }) => `${describePath(field)}: ${message}`);
  const more = issues.length > shownIssues ? `; and ${issues.length - shownIssues} more` : '';
  return { kind: 'unusable', reason: `${issues.slice(0, shownIssues).join('; ')}${more}` };
}

/** `['managers', 0, 'port']` → `managers, entry 1, port`. */
const describePath = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? 'the document'
    : path.map((key) => (typeof key === 'number' ? `entry ${key + 1}` : String(key))).join(', ');

async function keepGeneration(place: DocumentPlace, text: string): Promise<void> {
  const newest = generationPathsOf(place)[0]!;
  const kept = await readFile(newest, 'utf8').catch(() => undefined);
  if (kept === text) return;
  await shiftGenerations(place);
  await replaceFile(newest, text);
}

async function recover(
  place: DocumentPlace,
  found: Exclude<ReadSettings, { kind: 'good' }>,
): Promise<{ settings: Settings; notices: Notice[] }> {
  const path = pathOf(place);
  const what = found.kind === 'missing' ? `${path} is missing.` : `${path} can't be used: ${found.reason}.`;
  let hasGenerations = false;
  for (const generationPath of generationPathsOf(place)) {
    const generation = await readSettings(generationPath);
    if (generation.kind === 'missing') continue;
    hasGenerations = true;
    if (generation.kind !== 'good') continue;
    const { mtime } = await stat(generationPath);
    const time = `${mtime.toISOString().slice(0, 16).replace('T', ' at ')} UTC`;
    return {
      settings: generation.settings,
      notices: [
        describe(
          'The settings could not be used',
          `${what} Proxima runs with the settings it read on ${time}, kept as ${generationPath}. Nothing was overwritten. Correct the file and start again.`,
        ),
      ],
    };
  }
  if (found.kind === 'missing' && !hasGenerations) return { settings: emptySettings, notices: [] };
  return {
    settings: emptySettings,
    notices: [
      describe(
        'The settings could not be used',
        `${what} No earlier settings could be read either, so Proxima runs without session managers. Nothing was overwritten. Correct the file and start again.`,
      ),
    ],
  };
}

const describe = (title: string, text: string): Notice => ({ id: `settings-${Date.now()}`, title, text });
