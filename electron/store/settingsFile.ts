import { readFile, stat } from 'node:fs/promises';
import { type Settings, settingsSchema } from '../../shared/model/settings.ts';
import { replaceFile } from '../disk/replaceFile.ts';
import { describeIssue } from './describeIssue.ts';
import { type DocumentPlace, generationPathsOf, shiftGenerations } from '../disk/generations.ts';

const shownIssues = 3;

/** What `settings.json`, or a generation of it, holds. */
export type ReadSettings =
  | { readonly kind: 'missing' }
  | { readonly kind: 'good'; readonly settings: Settings; readonly text: string }
  | { readonly kind: 'unusable'; readonly reason: string };

/** @throws the file system's error where the file is there and can't be read. */
export async function readSettingsFile(path: string): Promise<ReadSettings> {
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
  const issues = parsed.error.issues.map((issue) => describeIssue(issue));
  const more = issues.length > shownIssues ? `; and ${issues.length - shownIssues} more` : '';
  return { kind: 'unusable', reason: `${issues.slice(0, shownIssues).join('; ')}${more}` };
}

/** As people edit it by hand. */
export const formatSettings = (settings: Settings): string => `${JSON.stringify(settings, null, 2)}\n`;

/** Keeps a good text as the newest generation, where it isn't that already. */
export async function keepGeneration(place: DocumentPlace, text: string): Promise<void> {
  const newest = generationPathsOf(place)[0]!;
  const kept = await readFile(newest, 'utf8').catch(() => undefined);
  if (kept === text) return;
  await shiftGenerations(place);
  await replaceFile(newest, text);
}

/** The newest generation that can be used. `undefined` where none can; `isThere` says whether there is any. */
export async function findGeneration(place: DocumentPlace): Promise<{
  readonly isThere: boolean;
  readonly good?: { readonly settings: Settings; readonly path: string; readonly savedAt: Date };
}> {
  let isThere = false;
  for (const path of generationPathsOf(place)) {
    const generation = await readSettingsFile(path);
    if (generation.kind === 'missing') continue;
    isThere = true;
    if (generation.kind !== 'good') continue;
    const { mtime } = await stat(path);
    return { isThere, good: { settings: generation.settings, path, savedAt: mtime } };
  }
  return { isThere };
}
