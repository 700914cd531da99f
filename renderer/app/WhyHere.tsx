import { Check, CircleSlash } from 'lucide-react';
import type { OpeningTimes } from '../../shared/model/opening.ts';
import type { Session } from '../../shared/model/session.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { describeMilliseconds } from './figures.ts';
import { OpeningBar } from './OpeningBar.tsx';
import { partsOf, stepWords, tellOpening } from './openingTimes.ts';
import { StateMark } from '../ui/StateMark.tsx';
import {
  tellAttempts,
  tellEstimate,
  tellGroup,
  tellManagers,
  tellOtherGroups,
  tellUntold,
} from './placementStory.ts';
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
            <summary>{tellOthers(others.length + (trace.untoldGroups ?? 0))}</summary>
            <ul>
              {others.map((other) => (
                <li key={other}>{other}</li>
              ))}
              {trace.untoldGroups !== undefined && <li>{tellUntold(trace.untoldGroups)}</li>}
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
      {session.times !== undefined && <Opening times={session.times} />}
    </Dialog>
  );
}

const tellOthers = (count: number) => (count === 1 ? 'One other group' : `${count} other groups`);

/** How long it took, and where the time went. */
function Opening({ times }: { times: OpeningTimes }) {
  const { steps } = times;
  return (
    <section className={styles.part} aria-label="How long it took">
      <h3 className={styles.heading}>How long it took</h3>
      <p>{tellOpening(times)}</p>
      <OpeningBar
        parts={partsOf(steps.map(({ step, durationMs }) => ({ step, milliseconds: durationMs })))}
      />
      <details className={styles.others}>
        <summary>Step by step</summary>
        <table className={styles.steps} aria-label="Steps of the opening">
          <thead>
            <tr>
              <th scope="col">Step</th>
              <th scope="col">Begun after</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ step, startMs, durationMs }) => (
              <tr key={step}>
                <th scope="row">{stepWords[step]}</th>
                <td>{startMs === 0 ? 'at once' : describeMilliseconds(startMs)}</td>
                <td>{describeMilliseconds(durationMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}
