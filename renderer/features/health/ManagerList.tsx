import { useState } from 'react';
import type { ClusterHealth } from '../../../shared/model/clusterHealth.ts';
import { GroupSection } from './GroupSection.tsx';
import type { GroupView } from './groupViews.ts';
import styles from './ManagerList.module.css';

/** Up to this many managers fit on a screen or two, all of them open. */
const openUpTo = 20;

/** All groups. Of many managers only those groups are open that somebody has to look at, and those that a filter found. */
export function ManagerList(props: {
  groups: readonly GroupView[];
  health: ClusterHealth;
  isFiltered: boolean;
  onLookAtRule: (groupId: string) => void;
  onShowSessions: (managerName: string) => void;
}) {
  const { groups, health, isFiltered } = props;
  const [toggled, setToggled] = useState<Readonly<Record<string, boolean>>>({});
  const isSmall = health.managers.length <= openUpTo;
  return (
    <div className={styles.groups}>
      {groups.map((group) => {
        const key = group.groupId ?? '';
        const open = toggled[key] ?? (isSmall || isFiltered || !group.isWell);
        return (
          <GroupSection
            key={key}
            group={group}
            health={health}
            open={open}
            onToggle={() => setToggled({ ...toggled, [key]: !open })}
            onLookAtRule={props.onLookAtRule}
            onShowSessions={props.onShowSessions}
          />
        );
      })}
    </div>
  );
}
