import { ChevronRight, Route } from 'lucide-react';
import { useId } from 'react';
import type { ClusterHealth } from '../../../shared/model/clusterHealth.ts';
import { Button } from '../../ui/Button.tsx';
import { tellGroupState, tellNearer, tellProximity } from './groupViews.ts';
import type { GroupView } from './groupViews.ts';
import { ManagerRow } from './ManagerRow.tsx';
import styles from './GroupSection.module.css';

const columns = ['State', 'Session manager', 'Sessions', 'Round trip', 'Protection', 'Look now'];

/** A proximity group: how near it was measured to be, and its managers. */
export function GroupSection(props: {
  group: GroupView;
  health: ClusterHealth;
  open: boolean;
  onToggle: () => void;
  onLookAtRule: (groupId: string) => void;
  onShowSessions: (managerName: string) => void;
}) {
  const { group, health, open } = props;
  const { groupId, proximity, managers } = group;
  const ids = { title: useId(), managers: useId() };
  const nearer = proximity && tellNearer(proximity, health);
  return (
    <section className={styles.group} aria-labelledby={ids.title}>
      <div className={styles.header}>
        <h3 className={styles.title} id={ids.title}>
          {managers.length === 0 ? (
            <span className={styles.name}>{group.name}</span>
          ) : (
            <button
              type="button"
              className={styles.toggle}
              aria-expanded={open}
              aria-controls={open ? ids.managers : undefined}
              onClick={props.onToggle}
            >
              <ChevronRight aria-hidden="true" />
              <span>{group.name}</span>
            </button>
          )}
        </h3>
        <span className={styles.state}>{tellGroupState(managers)}</span>
        {proximity !== undefined && managers.length > 0 && (
          <span className={styles.proximity}>{tellProximity(proximity)}</span>
        )}
      </div>
      {nearer !== undefined && groupId !== undefined && (
        <div className={styles.nearer}>
          <Route aria-hidden="true" />
          <p>{nearer}</p>
          <Button
            aria-label={`Look at the rule of ${group.name}`}
            onClick={() => props.onLookAtRule(groupId)}
          >
            Look at the rule
          </Button>
        </div>
      )}
      {open && managers.length > 0 && (
        <div role="table" id={ids.managers} className={styles.managers} aria-labelledby={ids.title}>
          <div role="row" className={styles.columns}>
            {columns.map((column) => (
              <span key={column} role="columnheader">
                {column}
              </span>
            ))}
          </div>
          <div role="rowgroup">
            {managers.map((manager) => (
              <ManagerRow
                key={manager.managerId}
                manager={manager}
                now={health.at}
                onShowSessions={props.onShowSessions}
              />
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
