import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { describeChanges } from '../../shared/model/settingsChanges.ts';
import { replaceFile } from '../disk/replaceFile.ts';
import { type DocumentPlace, pathOf } from '../disk/generations.ts';
import {
  findGeneration,
  formatSettings,
  keepGeneration,
  readSettingsFile,
  type ReadSettings,
} from './settingsFile.ts';
import type { RevisionRecord, SettingsHistory } from './settingsHistory.ts';

/** Who made a change that was found in `settings.json`. */
const handEditor = 'the settings file';

/** The settings as they are stored, without the policy. */
export interface StoredState {
  readonly settings: Settings;
  readonly revision: number;
  readonly who: string;
  /** An edit that was found in the file, and is neither in the audit log nor in the history yet. */
  readonly unrecorded?: RevisionRecord;
}

/** The state after an edit by hand. */
export function stateAfterEdit(
  settings: Settings,
  before: Settings,
  lastNumber: number,
  at: number,
): StoredState {
  const revision = lastNumber + 1;
  const changes = describeChanges(before, settings);
  return {
    settings,
    revision,
    who: handEditor,
    unrecorded: { revision, at, who: handEditor, changes, settings },
  };
}

/**
 * Where to go on: a save that a crash cut short is finished, an edit by hand is noticed, and in place of a file that can't be used
 * there is the last good state.
 *
 * @throws the file system's error where something is there and can't be read.
 */
export async function findStartingState(
  place: DocumentPlace,
  history: SettingsHistory,
  { log, now }: { readonly log: Pick<Logger, 'warn'>; readonly now: () => number },
): Promise<{ readonly state: StoredState; readonly notices: readonly Notice[] }> {
  await finishSave(pathOf(place), history).catch((error: unknown) =>
    log.warn({ err: error }, 'A save of the settings could not be finished'),
  );
  const file = await readSettingsFile(pathOf(place));
  const newest = await history.newest();
  const number = history.lastNumber();
  const after = (settings: Settings) =>
    stateAfterEdit(settings, newest?.settings ?? emptySettings, number, now());
  const isRecorded = (settings: Settings) =>
    newest?.revision === number && isDeepStrictEqual(settings, newest.settings);

  if (file.kind === 'good') {
    // Without a generation these settings are good all the same.
    await keepGeneration(place, file.text).catch((error: unknown) =>
      log.warn({ err: error }, 'The settings could not be kept as a generation'),
    );
    return { state: newest && isRecorded(file.settings) ? newest : after(file.settings), notices: [] };
  }
  const describe = (outcome: string) => [describeRecovery(pathOf(place), file, outcome, now())];
  if (newest) {
    const state = newest.revision === number ? newest : after(newest.settings);
    const saved = `${formatTime(new Date(newest.at))} by ${newest.who}`;
    return { state, notices: describe(`Proxima runs with the settings that were saved on ${saved}.`) };
  }
  const generation = await findGeneration(place);
  if (generation.good) {
    const { settings, path, savedAt } = generation.good;
    const read = `it read on ${formatTime(savedAt)}, kept as ${path}`;
    return { state: after(settings), notices: describe(`Proxima runs with the settings ${read}.`) };
  }
  const isFirstStart = file.kind === 'missing' && !generation.isThere && number === 0;
  return {
    state: { settings: emptySettings, revision: number, who: handEditor },
    notices: isFirstStart
      ? []
      : describe('No earlier settings could be read either, so Proxima runs without session managers.'),
  };
}

/** The audit log has what a crash cut short, so that it is done and not undone; unless the file was edited since. */
async function finishSave(path: string, history: SettingsHistory): Promise<void> {
  const pending = await history.pending();
  if (pending === undefined) return;
  const newest = await history.newest();
  const file = await readSettingsFile(path);
  const isBefore = newest
    ? file.kind === 'good' && isDeepStrictEqual(file.settings, newest.settings)
    : file.kind === 'missing';
  if (isBefore) await replaceFile(path, formatSettings(pending.settings));
  await history.commit(pending.revision);
}

function describeRecovery(
  path: string,
  found: Exclude<ReadSettings, { kind: 'good' }>,
  outcome: string,
  now: number,
): Notice {
  const what = found.kind === 'missing' ? `${path} is missing.` : `${path} can't be used: ${found.reason}.`;
  return {
    id: `settings-${now}`,
    title: 'The settings could not be used',
    text: `${what} ${outcome} Nothing was overwritten. Correct the file and start again.`,
  };
}

const formatTime = (time: Date): string => `${time.toISOString().slice(0, 16).replace('T', ' at ')} UTC`;
