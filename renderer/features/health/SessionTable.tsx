import { Eye, Route } from 'lucide-react';
import { useEffect, useState } from 'react';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import type { Session } from '../../../shared/model/session.ts';
import { describeDuration } from '../../app/duration.ts';
import { useNow } from '../../app/useNow.ts';
import { WhyHere } from '../../app/WhyHere.tsx';
import { Button } from '../../ui/Button.tsx';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { describeBytes } from '../../app/figures.ts';
import { tellSessionState, tellTraffic } from './sessionRows.ts';
import type { TrafficRow } from './sessionRows.ts';
import styles from './SessionTable.module.css';

const rowId = (sessionId: string) => `cluster-session-${sessionId}`;

/** The sessions that run or are being opened. `aimed` is the one that somebody came for. */
export function SessionTable(props: {
  sessions: readonly Session[];
  traffic: ReadonlyMap<string, TrafficRow>;
  /** The sessions that this window shows in a tab. */
  shownHere: ReadonlySet<string>;
  aimed: string | undefined;
  onShow: (sessionId: string) => void;
}) {
  const { sessions, aimed } = props;
  const now = useNow();
  const [explained, setExplained] = useState<string>();
  const explainedSession = sessions.find(({ id }) => id === explained);

  useEffect(() => {
    if (aimed !== undefined) document.getElementById(rowId(aimed))?.focus();
  }, [aimed]);

  return (
    <>
      <table className={styles.table} aria-label="Live sessions">
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Runs on</th>
            <th scope="col">State</th>
            <th scope="col">Age</th>
            <th scope="col">Traffic</th>
            <th scope="col">
              <VisuallyHidden>Actions</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((session) => (
            <tr
              key={session.id}
              id={rowId(session.id)}
              tabIndex={-1}
              data-aimed={session.id === aimed || undefined}
            >
              <th scope="row">
                <span className={styles.host}>
                  <ProtocolIcon protocol={session.protocol} />
                  {session.hostName}
                </span>
                <span className={styles.small}>
                  {protocolTraits[session.protocol].label} ·{' '}
                  {session.username !== undefined && `${session.username} at `}
                  {session.address}
                </span>
              </th>
              <td>
                <span>{session.managerName ?? 'Not placed yet'}</span>
                {session.groupName !== undefined && (
                  <span className={styles.small}>group {session.groupName}</span>
                )}
              </td>
              <td>
                <span className={session.draining === true ? styles.draining : undefined}>
                  {tellSessionState(session)}
                </span>
                {session.security !== undefined && <StateMark state={session.security} />}
              </td>
              <td className={styles.figure}>{describeDuration(Math.max(0, now - session.openedAt))}</td>
              <td className={styles.figure}>
                <Traffic traffic={props.traffic.get(session.id)} />
              </td>
              <td className={styles.actions}>
                {session.trace !== undefined && (
                  <Button
                    kind="quiet"
                    icon={<Route aria-hidden="true" />}
                    aria-label={`Why here? ${session.hostName}`}
                    onClick={() => setExplained(session.id)}
                  >
                    Why here?
                  </Button>
                )}
                {props.shownHere.has(session.id) && (
                  <Button
                    kind="quiet"
                    icon={<Eye aria-hidden="true" />}
                    aria-label={`Show the session on ${session.hostName}`}
                    onClick={() => props.onShow(session.id)}
                  >
                    Show
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {explainedSession !== undefined && (
        <WhyHere session={explainedSession} onClose={() => setExplained(undefined)} />
      )}
    </>
  );
}

function Traffic({ traffic }: { traffic: TrafficRow | undefined }) {
  if (traffic === undefined) return '–';
  return (
    <>
      <span aria-hidden="true">
        ↓ {describeBytes(traffic.fromHostBytes)} ↑ {describeBytes(traffic.toHostBytes)}
      </span>
      <VisuallyHidden>{tellTraffic(traffic)}</VisuallyHidden>
      {traffic.bytesPerSecond !== undefined && (
        <span className={styles.small}>{describeBytes(traffic.bytesPerSecond)}/s now</span>
      )}
    </>
  );
}
