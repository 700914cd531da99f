import type { Person, Role } from '../../shared/model/access.ts';

/** Whoever makes a call, over whatever wire. */
export interface Caller {
  /** As they are now: what they may do can change while their window is open. */
  person(): Person;
  /** The sign-in that their wire came with; absent for whoever sits at the desktop app itself. */
  readonly signInId?: string;
}

/** What every call carries beside its input. */
export interface CallContext {
  readonly caller: Caller;
}

/** Whom the audit log names. */
export const whoOf = ({ caller }: CallContext): string => caller.person().id;

const everyRole: Role[] = ['user', 'administrator', 'auditor'];

/** Whoever sits at the app, or holds the one-time token of a gateway: the machine is theirs, and so is everything in it. */
export function createOwner(name: string): Person {
  return { id: name, name, displayName: name, groups: [], roles: everyRole, providerId: 'local' };
}
