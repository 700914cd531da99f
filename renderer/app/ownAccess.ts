import { useSyncExternalStore } from 'react';
import type { OwnAccess } from '../../shared/contract/access.ts';
import type { Right } from '../../shared/model/access.ts';
import type { HostConnection } from '../transport/hostConnection.ts';
import { watchStream } from '../transport/watchStream.ts';
import { useConnection } from './connection.ts';

/** Follows who this window's person is and what they may do, for as long as the page lives. */
interface OwnAccessStore {
  /** `undefined` until the host process has told it. */
  getState(): OwnAccess | undefined;
  subscribe(listener: () => void): () => void;
}

function createOwnAccessStore(connection: HostConnection): OwnAccessStore {
  let state: OwnAccess | undefined;
  const listeners = new Set<() => void>();
  watchStream(
    connection,
    (client, signal) => client.people.watchOwn({}, { signal }),
    (own) => {
      state = own;
      for (const listener of listeners) listener();
    },
  );
  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const stores = new WeakMap<HostConnection, OwnAccessStore>();

/** The person of this window with what they may do; only for showing, the host process decides by itself. */
export function useOwnAccess(): OwnAccess | undefined {
  const connection = useConnection();
  const store = stores.get(connection) ?? createOwnAccessStore(connection);
  stores.set(connection, store);
  return useSyncExternalStore(store.subscribe, store.getState);
}

type Own = OwnAccess | undefined;

/** Whether they may change what administrators decide. Nothing is offered before it is known. */
export const mayAdminister = (own: Own): boolean => own?.person.roles.includes('administrator') ?? false;

/** Whether they may look at what administrators decide. */
export const mayOversee = (own: Own): boolean => mayAdminister(own) || isAuditor(own);

/** Sees everything, and changes nothing of it. */
export const isOnlyLooking = (own: Own): boolean => isAuditor(own) && !mayAdminister(own);

const isAuditor = (own: Own): boolean => own?.person.roles.includes('auditor') ?? false;

/** Whether somebody looks who may change nothing of what they see; what they can't do isn't offered. */
export const useLooksOnly = (): boolean => isOnlyLooking(useOwnAccess());

const everyRight: ReadonlySet<Right> = new Set<Right>(['see', 'open', 'join', 'edit']);

/** What they may do with the hosts of a vault; a vault that an administrator just made may not have been told yet. */
export function rightsIn(own: Own, vaultId: string): ReadonlySet<Right> {
  if (mayAdminister(own)) return everyRight;
  return new Set(own?.vaults.find((vault) => vault.vaultId === vaultId)?.rights);
}

/** Whether there is a vault whose hosts they may edit. */
export const mayEditSome = (own: Own): boolean =>
  mayAdminister(own) || (own?.vaults.some(({ rights }) => rights.includes('edit')) ?? false);

/** The name of whoever came in by the one-time token of a gateway; no account may have it. */
const ownerId = 'owner';

export const isOwner = (own: OwnAccess): boolean => own.canSignOut && own.person.id === ownerId;

/** Whether their password is kept here: the id of others is followed by their provider's. */
export const hasLocalAccount = (own: OwnAccess): boolean =>
  own.canSignOut && !isOwner(own) && own.person.id.toLowerCase() === own.person.name.toLowerCase();
