import { RefreshCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ManagerStatus } from '../../../shared/model/clusterHealth.ts';
import { settle, useClient } from '../../app/connection.ts';
import { useLooksOnly } from '../../app/ownAccess.ts';
import { tellCountSource, tellSessionCount } from '../../app/placementStory.ts';
import { showFailure } from '../../app/showFailure.ts';
import { Button } from '../../ui/Button.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { countOf, describeMilliseconds } from '../../app/figures.ts';
import { ManagerMark } from './ManagerMark.tsx';
import { certificateStateOf, stateOfManager, tellManagerFailure } from './managerState.ts';
import { tellRoundTrips } from './sparkline.ts';
import { Sparkline } from './Sparkline.tsx';
import styles from './ManagerRow.module.css';

/** Longer than any probe takes, in milliseconds. */
const longestLookMs = 10_000;

/** Looks at the manager now; `looking` until the panel has heard of a newer look. */
function useLookNow({ managerId, health }: ManagerStatus) {
  const client = useClient();
  const [asked, setAsked] = useState<{ checkedAt: number | undefined }>();
  const looking = asked !== undefined && asked.checkedAt === health.checkedAt;
  useEffect(() => {
    if (!looking) return undefined;
    const timer = setTimeout(() => setAsked(undefined), longestLookMs);
    return () => clearTimeout(timer);
  }, [looking]);
  const lookNow = async () => {
    setAsked({ checkedAt: health.checkedAt });
    const answer = await settle(client.health.probe({ managerId }));
    if (answer.ok) return;
    setAsked(undefined);
    showFailure(answer.failure);
  };
  return { looking, lookNow };
}

/** One manager: how it does, what runs on it, how far it is, and how the way to it is protected. `now` is epoch milliseconds. */
export function ManagerRow(props: {
  manager: ManagerStatus;
  now: number;
  onShowSessions: (managerName: string) => void;
}) {
  const { manager, now } = props;
  const { name, counts, health, security } = manager;
  const { looking, lookNow } = useLookNow(manager);
  const looksOnly = useLooksOnly();
  const state = stateOfManager(manager);
  const failure = tellManagerFailure(manager);
  const certificate = certificateStateOf(manager.certificateNotAfter, now);
  const isUp = state !== 'disabled' && health.state === 'up';
  const sessions =
    manager.sessionLimit === null
      ? countOf(counts.active, 'session') + (counts.pending > 0 ? ` + ${counts.pending} opening` : '')
      : `${tellSessionCount(counts)} of ${manager.sessionLimit} sessions`;
  return (
    <div role="row" className={styles.row} data-state={state} aria-label={name}>
      <div role="cell" className={styles.state}>
        <ManagerMark state={state} />
      </div>
      <div role="rowheader" className={styles.who}>
        <span className={styles.name}>{name}</span>
        <span className={styles.small}>
          {manager.address}:{manager.port}
        </span>
      </div>
      <div role="cell" className={styles.sessions}>
        {counts.active + counts.pending === 0 ? (
          <span>{sessions}</span>
        ) : (
          <button type="button" className={styles.link} onClick={() => props.onShowSessions(name)}>
            {sessions}
            <VisuallyHidden>, show them</VisuallyHidden>
          </button>
        )}
        <span className={styles.small}>
          {tellCountSource(counts)} · weight {manager.weight}
        </span>
      </div>
      <div role="cell" className={styles.trip}>
        <Sparkline values={manager.roundTrips} words={tellRoundTrips(manager.roundTrips)} />
        <span className={styles.tripNow}>
          {isUp && health.roundTripMs !== undefined ? describeMilliseconds(health.roundTripMs) : '–'}
        </span>
      </div>
      <div role="cell" className={styles.protection}>
        {state === 'down' ? <StateMark state="failed" /> : isUp && security && <StateMark state={security} />}
        {certificate !== undefined && (
          <span className={styles.certificate} data-kind={certificate.kind}>
            Certificate {certificate.text}
          </span>
        )}
      </div>
      <div role="cell" className={styles.look}>
        {state !== 'disabled' && !looksOnly && (
          <Button
            kind="quiet"
            icon={<RefreshCw aria-hidden="true" />}
            busy={looking}
            aria-label={`Look now at ${name}`}
            onClick={lookNow}
          >
            Look now
          </Button>
        )}
      </div>
      {failure !== undefined && (
        <p role="cell" className={styles.failure}>
          <strong>{failure.where}</strong> {failure.what} {failure.next}
        </p>
      )}
    </div>
  );
}
