import { Activity, Settings } from 'lucide-react';
import { IconButton } from '../ui/IconButton.tsx';
import { Button } from '../ui/Button.tsx';
import { useClusterAlerts } from './clusterHealth.ts';
import { useOpenSettings } from './useOpenSettings.ts';
import { useViews } from './views.ts';
import styles from './ViewButtons.module.css';

const health = { kind: 'health' } as const;

const tellDown = (managers: number) => `${managers} down`;

/** At the foot of the hosts: the ways to the cluster's health and to the settings. */
export function ViewButtons() {
  const { show } = useViews();
  const openSettings = useOpenSettings();
  const down = useClusterAlerts();
  return (
    <nav className={styles.buttons} aria-label="Administration">
      <Button kind="quiet" icon={<Activity aria-hidden="true" />} onClick={() => show(health)}>
        Cluster health
        {down > 0 && <span className={styles.alert}>{tellDown(down)}</span>}
      </Button>
      <Button kind="quiet" icon={<Settings aria-hidden="true" />} onClick={() => openSettings()}>
        Settings
      </Button>
    </nav>
  );
}

/** The same in the rail that stands for the collapsed hosts. */
export function ViewIcons() {
  const { show } = useViews();
  const openSettings = useOpenSettings();
  const down = useClusterAlerts();
  const label = down > 0 ? `Cluster health: ${tellDown(down)}` : 'Cluster health';
  return (
    <>
      <IconButton label={label} icon={<Activity />} onClick={() => show(health)} />
      <IconButton label="Settings" shortcut="Mod+," icon={<Settings />} onClick={() => openSettings()} />
    </>
  );
}
