import { Check, CircleSlash } from 'lucide-react';
import type { Session } from '../../shared/model/session.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { StateMark } from '../ui/StateMark.tsx';
import { tellAttempts, tellEstimate, tellGroup, tellManagers, tellOtherGroups } from './placementStory.ts';
import styles from './WhyHere.module.css';

/** Tells why a session runs where it does: the group, the managers, and what was tried. */
export function WhyHere({ session, onClose }: { session: Session; onClose: () => void }) {
  const { trace } = session;
  if (trace === undefined) return null;
  const others = tellOtherGroups(trace);
  const managers = tellManagers(trace);
  const attempts = tellAttempts(session);
  const estimate = tellEstimate(trace);
  return (
    <Dialog
      open
      onClose={onClose}
      width="large"
      title="Why here?"
      description={`How Proxima chose where the session on ${session.hostName} runs.`}
      footer={
        <Button kind="primary" onClick={onClose}>
          Close
        </Button>
      }
    >
      <section className={styles.part} aria-label="Group">
        <p className={styles.sentence}>{tellGroup(trace, session.hostName)}</p>
        {others.length > 0 && (
          <details className={styles.others}>
            <summary>{others.length === 1 ? 'One other group' : `${others.length} other groups`}</summary>
            <ul>
              {others.map((other) => (
                <li key={other}>{other}</li>
              ))}
            </ul>
          </details>
        )}
      </section>
      <section className={styles.part} aria-label="Session managers">
        <h3 className={styles.heading}>Session managers, fewest sessions for their weight first</h3>
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Manager</th>
                <th scope="col">State</th>
                <th scope="col">Sessions</th>
                <th scope="col">Weight</th>
                <th scope="col">Limit</th>
                <th scope="col">Round trip</th>
              </tr>
            </thead>
            <tbody>
              {managers.map((manager) => (
                <tr key={manager.id}>
                  <th scope="row">
                    {manager.rank !== undefined && <span className={styles.rank}>{manager.rank}.</span>}{' '}
                    {manager.name}
                  </th>
                  <td>
                    <span className={styles.state} data-good={manager.isGood}>
                      {manager.isGood ? <Check aria-hidden="true" /> : <CircleSlash aria-hidden="true" />}
                      {manager.state}
                    </span>
                  </td>
                  <td>
                    {manager.sessions}
                    <span className={styles.source}>{manager.source}</span>
                  </td>
                  <td>{manager.weight}</td>
                  <td>{manager.limit}</td>
                  <td>{manager.roundTrip}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        {managers.length === 0 && <p>The group has no session managers.</p>}
        {estimate !== undefined && <p className={styles.estimate}>{estimate}</p>}
      </section>
      <section className={styles.part} aria-label="What was tried">
        <h3 className={styles.heading}>What was tried</h3>
        {attempts.length === 0 ? (
          <p>Nothing yet.</p>
        ) : (
          <ol className={styles.attempts}>
            {attempts.map((attempt, index) => (
              <li key={index} data-good={attempt.succeeded}>
                {attempt.succeeded ? <Check aria-hidden="true" /> : <CircleSlash aria-hidden="true" />}
                <span>
                  <strong>{attempt.name}</strong> {attempt.text}
                </span>
                <span className={styles.took}>{attempt.took}</span>
              </li>
            ))}
          </ol>
        )}
        {session.security !== undefined && (
          <p className={styles.security}>
            The way to {session.managerName ?? 'the session manager'}: <StateMark state={session.security} />
          </p>
        )}
      </section>
    </Dialog>
  );
}
