import { DatabaseZap, Monitor } from 'lucide-react';
import type { PoolHealth, RegistryHealth } from '../../../shared/model/registryHealth.ts';
import type { ClusterHealthState } from '../../app/clusterHealth.ts';
import { Button } from '../../ui/Button.tsx';
import { PoolSection } from './PoolSection.tsx';
import { tellEmbedded, tellTaker } from './registryViews.ts';
import styles from './RegistryPanel.module.css';

/** Where sessions are counted, and how well. `pools` are those that a filter left. */
export function RegistryPanel(props: {
  registry: RegistryHealth;
  pools: readonly PoolHealth[];
  claims: ClusterHealthState['claims'];
  now: number;
  onShowSettings: () => void;
  onShowSessions: () => void;
}) {
  const { registry } = props;
  const isEmbedded = registry.kind === 'embedded';
  return (
    <section className={styles.registry} aria-label="Session registry">
      <div className={styles.line}>
        {isEmbedded ? <Monitor aria-hidden="true" /> : <DatabaseZap aria-hidden="true" />}
        <p>{isEmbedded ? tellEmbedded(registry) : tellTaker(registry)}</p>
        <span className={styles.ways}>
          <Button kind="quiet" onClick={props.onShowSessions}>
            Everybody’s sessions
          </Button>
          <Button kind="quiet" onClick={props.onShowSettings}>
            Settings
          </Button>
        </span>
      </div>
      {!isEmbedded &&
        props.pools.map((pool) => (
          <PoolSection
            key={pool.poolId}
            pool={pool}
            registry={registry}
            claims={props.claims?.get(pool.poolId) ?? []}
            now={props.now}
          />
        ))}
    </section>
  );
}
