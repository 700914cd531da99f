import { mkdir } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { Settings } from '../../shared/model/settings.ts';
import { describeChanges } from '../../shared/model/settingsChanges.ts';
import type { AuditLog, SettingsSave, SettingsStore } from '../broker/ports.ts';
import { privateFolderMode, replaceFile } from '../disk/replaceFile.ts';
import { type DocumentPlace, moveDamagedBeside, pathOf } from '../disk/generations.ts';
import { applyPolicy, type GovernedSettings, type MachinePolicy } from './policy.ts';
import { formatSettings, keepGeneration, readSettingsFile } from './settingsFile.ts';
import { openSettingsHistory, type RevisionRecord, type SettingsHistory } from './settingsHistory.ts';
import { checkSave, describeIgnored, describeTheirs } from './settingsSave.ts';
import { findStartingState, stateAfterEdit, type StoredState } from './settingsStart.ts';
import { describeWriteError } from '../disk/writeError.ts';

interface Options {
  readonly folder: string;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly audit: AuditLog;
  readonly policy: MachinePolicy;
  readonly now: () => number;
  /** Of the vaults that rights are about, by id, so that changes are told in words. */
  readonly vaultNames?: () => ReadonlyMap<string, string>;
}

/**
 * Opens the settings of `folder`: `settings.json`, which people may also edit by hand, its last good generations, and its history.
 * The policy's values lie over them wherever they are read. A hand-edited file counts as a revision of its own; an edit that is
 * made while Proxima runs is found at the next save, which then is a conflict.
 *
 * A save is audited first. On disk it is there as a whole or not at all: after a crash there is the state before it or the one
 * after it, never less than what was acknowledged. Where `settings.json` can't be used, the last good state is, and a notice says
 * so; the file stays as it is until the next save moves it beside. The host store's lock keeps other processes out of the folder.
 *
 * Fails with `store_failed` where the folder can't be read.
 */
export async function openSettingsStore(
  options: Options,
): Promise<Result<{ readonly store: SettingsStore; readonly notices: readonly Notice[] }>> {
  const { folder, log, policy, now } = options;
  const place: DocumentPlace = { folder, name: 'settings', extension: 'json' };
  try {
    await mkdir(folder, { recursive: true, mode: privateFolderMode });
    const history = await openSettingsHistory(folder);
    const { state, notices } = await findStartingState(place, history, { log, now });
    const { ignored } = applyPolicy(policy, state.settings);
    const all = [...notices, ...describeIgnored(policy, ignored, now())];
    for (const { title, text } of all)
      log.warn({ title, text }, 'The settings could not be used as they are');
    return succeed({ store: await continueSettings(options, place, history, state), notices: all });
  } catch (error) {
    log.error({ err: error }, 'The settings could not be opened');
    return { ok: false, failure: describeWriteError(error) };
  }
}

async function continueSettings(
  { log, audit, policy, now, vaultNames }: Options,
  place: DocumentPlace,
  history: SettingsHistory,
  startingState: StoredState,
): Promise<SettingsStore> {
  const path = pathOf(place);
  const listeners = new Set<() => void>();
  let state: StoredState;
  let governed: GovernedSettings;
  let turn: Promise<unknown> = Promise.resolve();

  function adopt(next: StoredState): void {
    state = next;
    governed = applyPolicy(policy, next.settings);
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        log.error({ err: error }, 'A listener of the settings failed');
      }
    }
  }

  /** Puts an edit that was found in the file into the audit log and the history. */
  async function recordEdit(): Promise<Result<void>> {
    const { unrecorded } = state;
    if (unrecorded === undefined) return succeed(undefined);
    const { who, changes, revision } = unrecorded;
    const audited = await audit.append({ who, what: 'edited settings.json by hand', details: changes });
    if (!audited.ok) return audited;
    try {
      await history.prepare(unrecorded);
      await history.commit(revision);
      const { settings } = state;
      state = { settings, revision, who };
      return succeed(undefined);
    } catch (error) {
      return { ok: false, failure: describeWriteError(error) };
    }
  }

  /** An edit by hand since the file was last read here. One that can't be used is moved beside by the save. */
  async function adoptEdit(): Promise<void> {
    const file = await readSettingsFile(path);
    if (file.kind !== 'good' || isDeepStrictEqual(file.settings, state.settings)) return;
    await keepGeneration(place, file.text);
    const number = Math.max(history.lastNumber(), state.revision);
    adopt(stateAfterEdit(file.settings, state.settings, number, now()));
  }

  async function replaceSettings(record: RevisionRecord): Promise<void> {
    const before = await readSettingsFile(path);
    const text = formatSettings(record.settings);
    try {
      await history.prepare(record);
      if (before.kind === 'unusable') await moveDamagedBeside(place, path, new Date(record.at));
      await replaceFile(path, text);
      await history.commit(record.revision);
    } catch (error) {
      // What is refused must not come back at the next start.
      await history.discard(record.revision).catch(() => undefined);
      if (before.kind === 'good') await replaceFile(path, before.text).catch(() => undefined);
      throw error;
    }
    await keepGeneration(place, text).catch((error: unknown) =>
      log.warn({ err: error }, 'The settings could not be kept as a generation'),
    );
  }

  async function save(base: number, settings: Settings, who: string): Promise<Result<SettingsSave>> {
    await adoptEdit();
    if (base !== state.revision) {
      const theirs = describeTheirs(policy, governed, base, (await history.read(base))?.settings);
      return succeed({ kind: 'conflict', who: state.who, theirs });
    }
    const checked = checkSave(policy, governed, settings);
    if (!checked.ok) return checked;
    const recorded = await recordEdit();
    if (!recorded.ok) return recorded;

    const changes = describeChanges(governed.settings, checked.value, vaultNames?.());
    const revision = Math.max(history.lastNumber(), state.revision) + 1;
    const audited = await audit.append({
      who,
      what: `saved settings, revision ${revision}`,
      details: changes,
    });
    if (!audited.ok) return audited;
    try {
      await replaceSettings({ revision, at: now(), who, changes, settings: checked.value });
    } catch (error) {
      log.error({ err: error }, 'The settings could not be saved');
      await audit.append({
        who,
        what: `settings, revision ${revision}, were not saved after all`,
        details: [describeWriteError(error).detail ?? ''],
      });
      return { ok: false, failure: describeWriteError(error) };
    }
    adopt({ settings: checked.value, revision, who });
    return succeed({ kind: 'saved', revision });
  }

  /** One after the other; nothing is thrown. */
  function inTurn<T>(work: () => Promise<Result<T>>): Promise<Result<T>> {
    const result = turn.then(work).catch((error: unknown): Result<T> => {
      log.error({ err: error }, 'The settings could not be read or written');
      return { ok: false, failure: describeWriteError(error) };
    });
    turn = result;
    return result;
  }

  adopt(startingState);
  const recorded = await recordEdit();
  if (!recorded.ok)
    log.warn({ failure: recorded.failure }, 'An edit of settings.json by hand could not be recorded');

  return {
    current: () => ({ settings: governed.settings, revision: state.revision }),
    locked: () => governed.locked,
    save: (base, settings, who) => inTurn(() => save(base, settings, who)),
    history: () => inTurn(async () => succeed(await history.list())),
    readRevision: (revision) =>
      inTurn(async () => {
        const known = revision === state.revision ? state : await history.read(revision);
        return known
          ? succeed(applyPolicy(policy, known.settings).settings)
          : fail('input_invalid', `there is no revision ${revision} any more`);
      }),
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
