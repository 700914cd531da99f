import { Lock } from 'lucide-react';
import { Note } from '../../ui/Note.tsx';

/** Why nothing can be changed here, and whom to ask; nothing where nobody is named. */
export function LockNote({ what, managedBy }: { what: string; managedBy: string | undefined }) {
  if (managedBy === undefined || managedBy === '') return null;
  return (
    <Note icon={<Lock aria-hidden="true" />}>
      {what} on this machine are managed by <strong>{managedBy}</strong>. They can be read here, but not
      changed.
    </Note>
  );
}
