import { CircleCheck, CirclePause, LogIn, TriangleAlert, Unplug } from 'lucide-react';
import { useId, useState } from 'react';
import type { PoolHealth, RegistryHealth } from '../../../shared/model/registryHealth.ts';
import { describeDuration } from '../../app/duration.ts';
import { describeMilliseconds, describeRate } from '../../app/figures.ts';
import { RegistryMembers } from '../../app/RegistryMembers.tsx';
import { tellMembers, tellSessions } from '../../app/registryWords.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Mark } from '../../ui/Mark.tsx';
import { mirrorsInOrder, tellPool, tellPoolFailure } from './registryViews.ts';
import type { PoolState } from './registryViews.ts';
import { tellClaims } from './sparkline.ts';
import { Sparkline } from './Sparkline.tsx';
import styles from './PoolSection.module.css';

/** One pool: how it is and what that means, its members, and the processes that follow it. `now` is epoch milliseconds. */
export function PoolSection(props: {
  pool: PoolHealth;
  registry: RegistryHealth;
  claims: readonly number[];
  now: number;
}) {
  const { pool, registry, now } = props;
  const titleId = useId();
  const failure = tellPoolFailure(pool);
  return (
    <section className={styles.pool} data-state={pool.status.kind} aria-labelledby={titleId}>
      <header className={styles.header}>
        <h3 id={titleId} className={styles.name}>
          {pool.name}
        </h3>
        <StatusMark status={pool.status} now={now} />
        {pool.takesNewSessions && (
          <Mark tone="neutral" icon={<LogIn aria-hidden="true" />}>
            takes new sessions
          </Mark>
        )}
        <span className={styles.figures}>
          <span>{tellSessions(pool)}</span>
          <span className={styles.claims}>
            <Sparkline values={props.claims} words={tellClaims(props.claims)} />
            <span className={styles.rate}>{describeRate(pool.claimsPerSecond)} claims/s</span>
          </span>
        </span>
      </header>
      <p className={styles.means}>{tellPool(pool, registry)}</p>
      {failure !== undefined && <p className={styles.failure}>{failure}</p>}
      {pool.strange.length > 0 && <Strange strange={pool.strange} />}
      {pool.members.length > 0 && (
        <div className={styles.part}>
          <h4 className={styles.title}>
            Members <span className={styles.note}>{tellMembers(pool.members)}</span>
          </h4>
          <RegistryMembers label={`Members of ${pool.name}`} members={pool.members} />
        </div>
      )}
      {pool.mirrors.length > 0 && <Mirrors pool={pool} />}
    </section>
  );
}

const marks = {
  live: { tone: 'good', Icon: CircleCheck, word: 'live' },
  stale: { tone: 'bad', Icon: Unplug, word: 'not current' },
  suspended: { tone: 'warning', Icon: CirclePause, word: 'own sessions not counted' },
} as const satisfies Record<PoolState, unknown>;

function StatusMark({ status, now }: { status: PoolHealth['status']; now: number }) {
  const { tone, Icon, word } = marks[status.kind];
  return (
    <Mark tone={tone} icon={<Icon aria-hidden="true" />}>
      {word}
      {status.kind !== 'live' && ` for ${describeDuration(Math.max(0, now - status.since))}`}
    </Mark>
  );
}

function Strange({ strange }: { strange: readonly string[] }) {
  return (
    <div className={styles.strange} role="note">
      <TriangleAlert aria-hidden="true" />
      <div>
        <p>Something below Proxima’s keys is not understood. It is left alone, and counts for nothing:</p>
        <ul>
          {strange.map((thing) => (
            <li key={thing}>{thing}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** So many are seen at once; a thousand may follow a pool. */
const shownMirrors = 8;

function Mirrors({ pool }: { pool: PoolHealth }) {
  const [all, setAll] = useState(false);
  const mirrors = mirrorsInOrder(pool.mirrors);
  const shown = all ? mirrors : mirrors.slice(0, shownMirrors);
  return (
    <div className={styles.part}>
      <table className={styles.mirrors}>
        <caption className={styles.title}>
          Processes that follow it{' '}
          <span className={styles.note}>
            {mirrors.length === 1 ? 'only this one' : `${mirrors.length}, the furthest behind first`}
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">Route</th>
            <th scope="col">Sessions</th>
            <th scope="col">Behind by</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((mirror) => (
            <tr key={mirror.owner}>
              <th scope="row">
                <span className={styles.owner}>{mirror.owner}</span>
                {mirror.isOwn && <Badge>this Proxima</Badge>}
              </th>
              <td>{mirror.route === '' ? '–' : mirror.route}</td>
              <td>{mirror.sessions}</td>
              <td>{mirror.lagMs === undefined ? '–' : describeMilliseconds(mirror.lagMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < mirrors.length && (
        <span>
          <Button kind="quiet" onClick={() => setAll(true)}>
            Show all {mirrors.length}
          </Button>
        </span>
      )}
    </div>
  );
}
