import type { Logger } from 'pino';
import type { Notice } from '../../shared/contract/contract.ts';
import { fail, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import { emptySettings, type Settings } from '../../shared/model/settings.ts';
import { describeChanges } from '../../shared/model/settingsChanges.ts';
import type { AuditLog, SettingsSave, SettingsStore } from '../broker/ports.ts';
import type { Collection } from '../collections/collection.ts';
import { applyPolicy, type GovernedSettings, type MachinePolicy } from './policy.ts';
import { keptRevisions, type RevisionRecord } from './settingsHistory.ts';
import { checkSave, describeIgnored, describeTheirs } from './settingsSave.ts';

/** In the collection of the current settings. */
export const currentSettingsId = 'current';

/** Of a saved state; ids sort as the revisions do. */
export const revisionIdOf = (revision: number): string => String(revision).padStart(6, '0');

interface Options {
  /** Holds one document, {@link currentSettingsId}. */
  readonly current: Collection<RevisionRecord>;
  readonly history: Collection<RevisionRecord>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  readonly audit: AuditLog;
  /** Of this node's machine. */
  readonly policy: MachinePolicy;
  readonly now: () => number;
  /** Of the vaults that rights are about, by id, so that changes are told in words. */
  readonly vaultNames?: () => ReadonlyMap<string, string>;
}

const nothingSaved: RevisionRecord = { revision: 0, at: 0, who: '', changes: [], settings: emptySettings };

/**
 * The settings of a farm: one document, with the saved states beside it. Of two nodes that save at once one gets the conflict. The policy
 * of each node's machine lies over them on that node. A save is audited first; the state that it replaces is in the history before that.
 * Besides what the port says, it fails with the registry's failures.
 */
export function openFarmSettings(options: Options): {
  readonly store: SettingsStore;
  readonly notices: readonly Notice[];
} {
  const { current, history, log, audit, policy, now } = options;
  const listeners = new Set<() => void>();
  let record = read();
  let governed: GovernedSettings = applyPolicy(policy, record.settings);
  let turn: Promise<unknown> = Promise.resolve();

  function read(): RevisionRecord {
    return current.all().get(currentSettingsId) ?? nothingSaved;
  }

  function adopt(): void {
    const next = read();
    if (next === record) return;
    record = next;
    governed = applyPolicy(policy, next.settings);
    for (const listener of [...listeners]) {
      try {
        listener();
      } catch (error) {
        log.error({ err: error }, 'A listener of the settings failed');
      }
    }
  }
  current.onChange(adopt);

  const find = (revision: number): RevisionRecord | undefined =>
    revision === record.revision ? record : history.all().get(revisionIdOf(revision));

  function listNewestFirst(): RevisionRecord[] {
    const saved = new Map(
      [...history.all().values(), ...(record.revision > 0 ? [record] : [])].map((each) => [
        each.revision,
        each,
      ]),
    );
    return [...saved.values()]
      .toSorted((left, right) => right.revision - left.revision)
      .slice(0, keptRevisions);
  }

  async function keep(saved: RevisionRecord): Promise<Result<void>> {
    const id = revisionIdOf(saved.revision);
    if (saved.revision === 0 || history.all().has(id)) return succeed(undefined);
    return history.putAll(new Map([[id, saved]]));
  }

  /** What is kept too much does no harm. */
  async function prune(): Promise<void> {
    const over = [...history.all().keys()].toSorted().toReversed().slice(keptRevisions);
    const pruned = over.length > 0 ? await history.removeAll(over) : succeed(undefined);
    if (!pruned.ok)
      log.warn({ failure: pruned.failure }, 'Old revisions of the settings could not be removed');
  }

  async function save(base: number, settings: Settings, who: string): Promise<Result<SettingsSave>> {
    const fetched = await current.fetch(currentSettingsId);
    if (!fetched.ok) return fetched;
    adopt();
    const before = fetched.value ?? nothingSaved;
    if (base !== before.revision) return succeed(describeConflict(base));
    const checked = checkSave(policy, governed, settings);
    if (!checked.ok) return checked;
    const kept = await keep(before);
    if (!kept.ok) return kept;

    const changes = describeChanges(governed.settings, checked.value, options.vaultNames?.());
    const revision = before.revision + 1;
    const audited = await audit.append({
      who,
      what: `saved settings, revision ${revision}`,
      details: changes,
    });
    if (!audited.ok) return audited;
    const saved: RevisionRecord = { revision, at: now(), who, changes, settings: checked.value };
    const written = await current.change(currentSettingsId, (there) =>
      (there?.revision ?? 0) === before.revision ? saved : there,
    );
    if (!written.ok || written.value !== saved) {
      await takeBack(revision, who, written.ok ? undefined : written.failure);
      return written.ok ? succeed(describeConflict(base)) : written;
    }
    adopt();
    const stored = await keep(saved);
    // It is put there before the next save replaces it.
    if (!stored.ok)
      log.warn({ failure: stored.failure }, 'A revision of the settings is not in their history yet');
    await prune();
    return succeed({ kind: 'saved', revision });
  }

  function describeConflict(base: number): SettingsSave {
    return {
      kind: 'conflict',
      who: record.who,
      theirs: describeTheirs(policy, governed, base, find(base)?.settings),
    };
  }

  async function takeBack(revision: number, who: string, failure: Failure | undefined): Promise<void> {
    const isUnknown = failure?.code === 'registry_outcome_unknown';
    await audit.append({
      who,
      what: `settings, revision ${revision}, ${isUnknown ? 'may not have been saved' : 'were not saved after all'}`,
      details: [failure?.detail ?? failure?.code ?? 'another node saved first'],
    });
  }

  const { ignored } = governed;
  const notices = describeIgnored(policy, ignored, now());
  for (const { title, text } of notices)
    log.warn({ title, text }, 'The settings could not be used as they are');
  return {
    notices,
    store: {
      current: () => ({ settings: governed.settings, revision: record.revision }),
      locked: () => governed.locked,
      save(base, settings, who) {
        const result = turn.then(() => save(base, settings, who));
        turn = result;
        return result;
      },
      history: () =>
        Promise.resolve(succeed(listNewestFirst().map(({ settings: _, ...revision }) => revision))),
      readRevision(revision) {
        const known = find(revision);
        return Promise.resolve(
          known
            ? succeed(applyPolicy(policy, known.settings).settings)
            : fail('input_invalid', `there is no revision ${revision} any more`),
        );
      },
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
  };
}
