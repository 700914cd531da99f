import { CircleCheck, Download, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { UpdateState } from '../../../../shared/model/update.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { useSessions } from '../../../app/sessionsContext.tsx';
import { useWatched } from '../../../app/useWatched.ts';
import { AlertDialog } from '../../../ui/AlertDialog.tsx';
import { Button } from '../../../ui/Button.tsx';
import { Spinner } from '../../../ui/Spinner.tsx';
import { DateTime } from '../records/DateTime.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { watchUpdates } from './watchUpdates.ts';
import styles from './AppPages.module.css';

/** Where the app stands with updates, and what can be done about it. */
export function Updates() {
  const client = useClient();
  const state = useWatched(watchUpdates);
  const { sessions } = useSessions();
  const [failure, setFailure] = useState<Failure>();
  const [asks, setAsks] = useState(false);
  const live = [...sessions.values()].filter((session) => session.state.kind !== 'closed').length;

  const look = async () => {
    setFailure(undefined);
    const answer = await settle(client.updates.look({}));
    if (!answer.ok) setFailure(answer.failure);
  };
  const install = async (evenWithSessions: boolean) => {
    setFailure(undefined);
    setAsks(false);
    const answer = await settle(client.updates.install({ evenWithSessions }));
    if (answer.ok) return;
    // One was opened meanwhile.
    if (answer.failure.code === 'sessions_are_live') setAsks(true);
    else setFailure(answer.failure);
  };

  if (state === undefined) return null;
  const canLook = state.kind === 'current' || state.kind === 'failed' || state.kind === 'looking';
  return (
    <section className={styles.updates} aria-labelledby="updates-title">
      <header className={styles.head}>
        <h4 id="updates-title" className={styles.title}>
          Updates
        </h4>
        {canLook && (
          <Button
            icon={<RefreshCw aria-hidden="true" />}
            busy={state.kind === 'looking'}
            onClick={() => void look()}
          >
            Look now
          </Button>
        )}
        {state.kind === 'ready' && (
          <Button
            kind="primary"
            icon={<Download aria-hidden="true" />}
            onClick={() => (live > 0 ? setAsks(true) : void install(false))}
          >
            Install and start anew
          </Button>
        )}
      </header>
      <div role="status" className={styles.state}>
        <Standing state={state} />
      </div>
      {state.kind === 'failed' && <FailureNote failure={state.failure} />}
      {state.kind === 'failed' && state.failure.detail !== undefined && (
        <p className={styles.detail}>{state.failure.detail}</p>
      )}
      {failure !== undefined && <FailureNote failure={failure} />}
      {(state.kind === 'downloading' || state.kind === 'ready') && state.notes !== '' && (
        <textarea
          className={styles.text}
          readOnly
          aria-label={`What is new in ${state.version}`}
          value={state.notes}
        />
      )}
      <AlertDialog
        open={asks}
        title={live <= 1 ? 'End the open session, and install?' : `End ${live} open sessions, and install?`}
        text="Proxima quits to install the update, and starts anew. Windows and VNC hosts keep what you had open; what runs in a shell ends. Left alone, it is installed when you quit."
        confirmLabel="End and install"
        onConfirm={() => void install(true)}
        onCancel={() => setAsks(false)}
      />
    </section>
  );
}

function Standing({ state }: { state: UpdateState }) {
  switch (state.kind) {
    case 'off':
      return <p>{state.why}</p>;
    case 'looking':
      return <p>Looking for a newer version…</p>;
    case 'current':
      return (
        <p className={styles.good}>
          <CircleCheck aria-hidden="true" />
          <span>
            This is the newest version.
            {state.checkedAt !== undefined && (
              <>
                {' '}
                Looked last: <DateTime at={state.checkedAt} />.
              </>
            )}
          </span>
        </p>
      );
    case 'downloading':
      return (
        <p className={styles.good}>
          <Spinner />
          Proxima {state.version} is being fetched: {Math.round(state.percent)} %.
        </p>
      );
    case 'ready':
      return <p>Proxima {state.version} is here and verified. It is installed when you quit, or now.</p>;
    case 'failed':
      return null;
  }
}
