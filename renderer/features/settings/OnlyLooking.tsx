import { Eye } from 'lucide-react';
import type { SettingsState } from '../../app/settings.ts';
import { Note } from '../../ui/Note.tsx';

/** Above every page, for auditors. */
export function OnlyLooking() {
  return (
    <Note icon={<Eye aria-hidden="true" />} isAbove>
      You are an auditor: you can read everything here, and change nothing.
    </Note>
  );
}

const paths = ['managers', 'groups', 'queueTimeoutMs', 'usesLocalManager', 'pools', 'access'] as const;

/** The settings as somebody sees them who may change none of them; nobody is named, the note above says why. */
export function withAllLocked(state: SettingsState): SettingsState {
  const locked = paths.map((path) => ({ path, managedBy: '' }));
  return { ...state, saved: { ...state.saved, locked } };
}
