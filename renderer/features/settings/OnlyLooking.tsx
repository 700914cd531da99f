import { Eye } from 'lucide-react';
import type { SettingsState } from '../../app/settings.ts';
import styles from './LockNote.module.css';

/** Above every page, for auditors. */
export function OnlyLooking() {
  return (
    <p className={`${styles.note} ${styles.above}`}>
      <Eye aria-hidden="true" />
      <span>You are an auditor: you can read everything here, and change nothing.</span>
    </p>
  );
}

const paths = ['managers', 'groups', 'queueTimeoutMs', 'pools', 'access'] as const;

/** The settings as somebody sees them who may change none of them; nobody is named, the note above says why. */
export function withAllLocked(state: SettingsState): SettingsState {
  const locked = paths.map((path) => ({ path, managedBy: '' }));
  return { ...state, saved: { ...state.saved, locked } };
}
