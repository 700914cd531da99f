import { MonitorOff, SearchX, TriangleAlert } from 'lucide-react';
import { useDeferredValue, useMemo, useState } from 'react';
import type { SessionListing } from '../../../../shared/model/sessionRecord.ts';
import { useClusterHealth } from '../../../app/clusterHealth.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { useSettings } from '../../../app/settings.ts';
import { useSessionListings } from '../../../app/sessionListings.ts';
import { showFailure } from '../../../app/showFailure.ts';
import { AlertDialog } from '../../../ui/AlertDialog.tsx';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { ListFilter } from '../records/ListFilter.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { SessionGrid } from './SessionGrid.tsx';
import { filterRows, rowsOf, tellSignOut } from './sessionRows.ts';
import type { SessionRow } from './sessionRows.ts';

import styles from './SessionsPage.module.css';

const noSessions: readonly SessionListing[] = [];

type Asked =
  | { readonly kind: 'explain' | 'end'; readonly row: SessionRow }
  | { readonly kind: 'sign-out'; readonly user: string };

/** Everybody's sessions, wherever they run; administrators end them here. */
export function SessionsPage() {
  const client = useClient();
  const settings = useSettings()?.saved.settings;
  const listings = useSessionListings();
  const sessions = listings ?? noSessions;
  const [query, setQuery] = useState('');
  const wanted = useDeferredValue(query);
  const looksOnly = useLooksOnly();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);

  const names = useMemo(() => {
    const nameAll = (items: readonly { id: string; name: string }[] = []) =>
      new Map(items.map(({ id, name }) => [id, name]));
    return { managers: nameAll(settings?.managers), pools: nameAll(settings?.pools) };
  }, [settings?.managers, settings?.pools]);
  const rows = useMemo(() => rowsOf(sessions, names), [sessions, names]);
  const found = useMemo(() => filterRows(rows, wanted), [rows, wanted]);

  const missing =
    useClusterHealth()
      .health?.registry.pools.filter(({ status }) => status.kind !== 'live')
      .map(({ name }) => name) ?? [];

  const end = async ({ session }: SessionRow) => {
    close();
    const answer = await settle(client.registry.endSession({ sessionId: session.id }));
    if (!answer.ok) return showFailure(answer.failure);
    showToast({ title: `The session of ${session.user} on ${session.hostName} was ended` });
  };
  const signOut = async (user: string) => {
    close();
    const answer = await settle(client.registry.signOutUser({ user }));
    if (!answer.ok) return showFailure(answer.failure);
    showToast({ title: `${user} was signed out everywhere` });
  };

  return (
    <Page
      title="Sessions"
      text="Every session that is live or being opened, whoever opened it and wherever it runs."
      fills
    >
      {missing.length > 0 && (
        <p className={styles.note} role="status">
          <TriangleAlert aria-hidden="true" />
          <span>
            Not current now: {missing.join(', ')}. Sessions that are counted there go on, and may be missing
            here.
          </span>
        </p>
      )}
      {listings === undefined && <Loading>Loading the sessions</Loading>}
      {listings?.length === 0 && (
        <EmptyState
          icon={<MonitorOff />}
          title="No sessions now"
          text="A session that anybody opens shows here at once."
        />
      )}
      {sessions.length > 0 && (
        <div className={styles.list}>
          <ListFilter
            label="Filter the sessions"
            placeholder="Filter by user, host, manager, pool or gateway"
            value={query}
            onChange={setQuery}
            isNarrowed={wanted.trim() !== ''}
            found={found.length}
            all={rows.length}
            noun={['session', 'sessions']}
          />
          {found.length === 0 ? (
            <EmptyState
              icon={<SearchX />}
              title="Nothing found"
              text="Every word has to be in the user, the host, the manager, the pool or the gateway of a session."
            >
              <Button onClick={() => setQuery('')}>Clear the filter</Button>
            </EmptyState>
          ) : (
            <SessionGrid
              rows={found}
              onExplain={(row) => setAsked({ kind: 'explain', row })}
              mayEnd={!looksOnly}
              onEnd={(row) => setAsked({ kind: 'end', row })}
              onSignOut={(user) => setAsked({ kind: 'sign-out', user })}
            />
          )}
        </div>
      )}
      {asked?.kind === 'explain' && <Explanation row={asked.row} onClose={close} />}
      {asked?.kind === 'end' && (
        <AlertDialog
          open
          title={`End the session of ${asked.row.session.user} on ${asked.row.session.hostName}?`}
          text={`${asked.row.session.user} is told that an administrator ended it. Work that was not saved on the host may be lost.`}
          confirmLabel="End session"
          onConfirm={() => void end(asked.row)}
          onCancel={close}
        />
      )}
      {asked?.kind === 'sign-out' && (
        <AlertDialog
          open
          title={`Sign ${asked.user} out everywhere?`}
          text={tellSignOut(sessions, asked.user)}
          confirmLabel="Sign out"
          onConfirm={() => void signOut(asked.user)}
          onCancel={close}
        />
      )}
    </Page>
  );
}

/** Why a session runs where it does, as its process wrote it down. */
function Explanation({ row, onClose }: { row: SessionRow; onClose: () => void }) {
  const { session, managerName } = row;
  return (
    <Dialog
      open
      onClose={onClose}
      width="large"
      title={`Why ${session.hostName} runs on ${managerName}`}
      footer={<Button onClick={onClose}>Close</Button>}
    >
      {session.placement.length === 0 ? (
        <p>Nothing was written down about it.</p>
      ) : (
        <ol className={styles.placement}>
          {session.placement.map((line, index) => (
            <li key={`${index} ${line}`}>{line}</li>
          ))}
        </ol>
      )}
    </Dialog>
  );
}
