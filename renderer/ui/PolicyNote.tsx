import { Lock } from 'lucide-react';
import type { ReactNode } from 'react';
import { Note } from './Note.tsx';

/** Says what a policy of this machine decides, at the place where it is felt, and whom to ask. */
export function PolicyNote({ managedBy, children }: { managedBy: string; children: ReactNode }) {
  return (
    <Note icon={<Lock aria-hidden="true" />}>
      {children} Managed by <strong>{managedBy}</strong>.
    </Note>
  );
}
