import { History, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { InterruptedSession } from '../../../shared/contract/desktop.ts';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { Banner } from '../../app/Banners.tsx';
import { settle, useClient, useConnectionState } from '../../app/connection.ts';
import { useSessionStore } from '../../app/sessionsContext.tsx';
import { showFailure } from '../../app/showFailure.ts';
import { useViews } from '../../app/views.ts';
import { Button } from '../../ui/Button.tsx';
import { Checkbox } from '../../ui/Checkbox.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import styles from './RecoveryOffer.module.css';

const list = new Intl.ListFormat('en');
const time = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
/** Named in the banner; the others are counted. */
const namedSessions = 3;

/** The sessions that were open when Proxima ended without closing them, asked at every new connection. */
function useInterrupted(): readonly [readonly InterruptedSession[], () => void] {
  const client = useClient();
  const connected = useConnectionState() === 'connected';
  const [sessions, setSessions] = useState<readonly InterruptedSession[]>([]);
  useEffect(() => {
    if (!connected) return undefined;
    let current = true;
    const ask = async () => {
      const answer = await settle(client.recovery.read({}));
      if (current && answer.ok) setSessions(answer.value.sessions);
    };
    void ask();
    return () => {
      current = false;
    };
  }, [client, connected]);
  const forget = () => {
    setSessions([]);
    // Where this doesn't get through, it is offered once more.
    void settle(client.recovery.dismiss({}));
  };
  return [sessions, forget];
}

/** After a crash: says which sessions were open, and opens them again, all or some. */
export function RecoveryOffer() {
  const client = useClient();
  const store = useSessionStore();
  const { show } = useViews();
  const [sessions, forget] = useInterrupted();
  const [chooses, setChooses] = useState(false);
  if (sessions.length === 0) return null;

  /** As it was, where its manager holds it still; else its host is opened anew. */
  const reopen = ({ hostId, sessionId }: InterruptedSession) =>
    store.openAccepted(hostId, async (display) => {
      const resumed =
        sessionId === undefined ? undefined : await settle(client.takeover.resume({ sessionId, display }));
      return resumed?.ok ? resumed : settle(client.sessions.open({ hostId, display }));
    });
  const open = (chosen: readonly InterruptedSession[]) => {
    setChooses(false);
    forget();
    show({ kind: 'work' });
    for (const session of chosen)
      void reopen(session).then((opened) => opened.ok || showFailure(opened.failure));
  };
  return (
    <Banner
      icon={<History aria-hidden="true" />}
      title="Proxima ended unexpectedly."
      actions={
        <>
          <Button onClick={() => open(sessions)}>Open again</Button>
          {sessions.length > 1 && <Button onClick={() => setChooses(true)}>Choose…</Button>}
          <IconButton label="Dismiss: Proxima ended unexpectedly" icon={<X />} onClick={forget} />
        </>
      }
    >
      {tellOpen(sessions)}
      {chooses && <Choice sessions={sessions} onClose={() => setChooses(false)} onOpen={open} />}
    </Banner>
  );
}

function tellOpen(sessions: readonly InterruptedSession[]): string {
  const names = sessions.slice(0, namedSessions).map(({ hostName }) => hostName);
  const more = sessions.length - names.length;
  const parts = more === 0 ? names : [...names, more === 1 ? 'one more' : `${more} more`];
  return `${list.format(parts)} ${sessions.length === 1 ? 'was' : 'were'} open.`;
}

function Choice(props: {
  sessions: readonly InterruptedSession[];
  onClose: () => void;
  onOpen: (chosen: readonly InterruptedSession[]) => void;
}) {
  const [left, setLeft] = useState<ReadonlySet<InterruptedSession>>(new Set());
  const chosen = props.sessions.filter((session) => !left.has(session));
  return (
    <Dialog
      open
      onClose={props.onClose}
      initialFocus="dialog"
      title="Open sessions again"
      description="Windows and VNC hosts keep what you had open there. Those that are not chosen are forgotten here."
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button kind="primary" disabled={chosen.length === 0} onClick={() => props.onOpen(chosen)}>
            {chosen.length === 1 ? 'Open 1 session' : `Open ${chosen.length} sessions`}
          </Button>
        </>
      }
    >
      <div className={styles.choices}>
        {props.sessions.map((session, index) => (
          <Checkbox
            key={index}
            label={session.hostName}
            hint={`${protocolTraits[session.protocol].label}, since ${time.format(session.openedAt)}`}
            checked={!left.has(session)}
            onChange={(isChosen) => {
              const next = new Set(left);
              if (isChosen) next.delete(session);
              else next.add(session);
              setLeft(next);
            }}
          />
        ))}
      </div>
    </Dialog>
  );
}
