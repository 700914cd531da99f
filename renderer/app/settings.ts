import { createContext, use, useSyncExternalStore } from 'react';
import type { SettingsView } from '../../shared/contract/administration.ts';
import type { Failure } from '../../shared/contract/failure.ts';
import type { Settings } from '../../shared/model/settings.ts';
import type { HostConnection } from '../transport/hostConnection.ts';
import { watchStream } from '../transport/watchStream.ts';
import { settle } from './connection.ts';
import { checkDraft, draftOf, isSameState } from './settingsDraft.ts';
import type { SettingsDraft } from './settingsDraft.ts';
import type { Edit } from './settingsEdits.ts';
import { rebaseDraft } from './settingsRebase.ts';

/** Somebody else saved while these settings were edited. */
export interface SettingsConflict {
  readonly who: string;
  /** What they saved, in words. */
  readonly theirs: readonly string[];
  readonly current: SettingsView;
}

export interface SettingsState {
  /** As the host process has them. */
  readonly saved: SettingsView;
  /** What the draft began with. */
  readonly base: { readonly revision: number; readonly settings: Settings; readonly draft: SettingsDraft };
  readonly draft: SettingsDraft;
  /** The draft would be saved as something else than its base. */
  readonly isChanged: boolean;
  readonly isSaving: boolean;
  readonly failure: Failure | undefined;
  readonly conflict: SettingsConflict | undefined;
  /** What both sides had changed when one's own was put on top; until the next save. */
  readonly overlaps: readonly string[];
}

/** What a save changed; for whoever checks the managers after it. */
export interface SavedChange {
  readonly before: Settings;
  readonly after: Settings;
}

/** The settings of the host process, and the draft that is edited. */
export interface SettingsStore {
  /** `undefined` until the host process has told them. */
  getState(): SettingsState | undefined;
  subscribe(listener: () => void): () => void;
  edit(edit: Edit): void;
  /** Gives up the draft. */
  discard(): void;
  /** Resolves to what was saved; to nothing where it wasn't, and the state says why. */
  save(): Promise<SavedChange | undefined>;
  /** Answers a conflict. `mine` puts the own changes on top of theirs, as a draft to be looked at and saved. */
  settleConflict(answer: 'theirs' | 'mine' | 'later'): void;
}

/** Follows `settings.watch` for as long as the page lives. */
export function createSettingsStore(connection: HostConnection): SettingsStore {
  let state: SettingsState | undefined;
  const listeners = new Set<() => void>();

  const set = (part: Partial<SettingsState>) => {
    if (state === undefined) return;
    const next = { ...state, ...part };
    state = { ...next, isChanged: !isSameState(next.draft, next.base.draft) };
    for (const listener of listeners) listener();
  };
  const begin = (saved: SettingsView) => {
    const base = { revision: saved.revision, settings: saved.settings, draft: draftOf(saved.settings) };
    const fresh = { saved, base, draft: base.draft, failure: undefined, conflict: undefined, overlaps: [] };
    state ??= { ...fresh, isChanged: false, isSaving: false };
    set(fresh);
  };

  watchStream(
    connection,
    (client, signal) => client.settings.watch({}, { signal }),
    (saved) => {
      // What is being edited stays; a save tells of the conflict, and the bar says so before.
      if (state === undefined || (!state.isChanged && !state.isSaving)) begin(saved);
      else set({ saved });
    },
  );

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    edit: (edit) => state && set({ draft: edit(state.draft), failure: undefined }),
    discard: () => state && begin(state.saved),
    async save() {
      const settings = state && checkDraft(state.draft).settings;
      if (state === undefined || settings === undefined || state.isSaving) return undefined;
      const { base, draft } = state;
      set({ isSaving: true, failure: undefined });
      const answer = await settle(connection.client.settings.save({ base: base.revision, settings }));
      set({ isSaving: false });
      if (!answer.ok) {
        set({ failure: answer.failure });
        return undefined;
      }
      const outcome = answer.value;
      if (outcome.kind === 'conflict') {
        set({ conflict: outcome, saved: outcome.current });
        return undefined;
      }
      const saved = newer(state.saved, { ...state.saved, settings, revision: outcome.revision });
      // What was typed while the save was on its way is kept as the next draft.
      const typed = state.draft;
      begin(saved);
      if (typed !== draft) set({ draft: typed });
      return { before: base.settings, after: settings };
    },
    settleConflict(answer) {
      const { conflict, base, draft } = state ?? {};
      if (conflict === undefined || base === undefined || draft === undefined) return;
      if (answer === 'later') return set({ conflict: undefined });
      begin(conflict.current);
      if (answer === 'mine' && state !== undefined) set(rebaseDraft(base.draft, draft, state.base.draft));
    },
  };
}

const newer = (one: SettingsView, other: SettingsView) => (one.revision > other.revision ? one : other);

/** Who decides a field in place of this page's reader; `undefined` where it can be edited. */
export function managedBy(
  saved: SettingsView,
  path: 'managers' | 'groups' | 'queueTimeoutMs' | 'usesLocalManager' | 'pools' | 'access',
): string | undefined {
  return saved.locked.find((lock) => lock.path === path)?.managedBy;
}

const SettingsContext = createContext<SettingsStore | undefined>(undefined);
export const SettingsProvider = SettingsContext.Provider;

/** Throws outside of the provider: a mistake in the wiring. */
export function useSettingsStore(): SettingsStore {
  const store = use(SettingsContext);
  if (store === undefined) throw new Error('no settings store was provided');
  return store;
}

export function useSettings(): SettingsState | undefined {
  const store = useSettingsStore();
  return useSyncExternalStore(store.subscribe, store.getState);
}
