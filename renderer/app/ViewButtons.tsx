import { Activity, Settings } from 'lucide-react';
import { IconButton } from '../ui/IconButton.tsx';
import { Button } from '../ui/Button.tsx';
import { useClusterAlerts } from './clusterHealth.ts';
import { useDescription } from './description.ts';
import { mayOversee, useOwnAccess } from './ownAccess.ts';
import { useOpenSettings } from './useOpenSettings.ts';
import { useViews } from './views.ts';
import styles from './ViewButtons.module.css';

const health = { kind: 'health' } as const;

const tellDown = (managers: number) => `${managers} down`;

/** What may be seen of the administration: all of it, only what is one's own on the desktop, or nothing. */
function useOffered(): 'all' | 'own' | 'nothing' {
  const own = useOwnAccess();
  const inDesktop = useDescription()?.runsIn === 'desktop';
  if (own === undefined) return 'nothing';
  return mayOversee(own) ? 'all' : inDesktop ? 'own' : 'nothing';
}

/** At the foot of the hosts: the ways to the cluster's health and to the settings. */
export function ViewButtons() {
  const openSettings = useOpenSettings();
  const offered = useOffered();
  if (offered === 'nothing') return null;
  return (
    <nav className={styles.buttons} aria-label="Administration">
      {offered === 'all' && <HealthButton />}
      <Button kind="quiet" icon={<Settings aria-hidden="true" />} onClick={() => openSettings()}>
        Settings
      </Button>
    </nav>
  );
}

function HealthButton() {
  const { show } = useViews();
  const down = useClusterAlerts();
  return (
    <Button kind="quiet" icon={<Activity aria-hidden="true" />} onClick={() => show(health)}>
      Cluster health
      {down > 0 && <span className={styles.alert}>{tellDown(down)}</span>}
    </Button>
  );
}

/** The same in the rail that stands for the collapsed hosts. */
export function ViewIcons() {
  const openSettings = useOpenSettings();
  const offered = useOffered();
  if (offered === 'nothing') return null;
  return (
    <>
      {offered === 'all' && <HealthIcon />}
      <IconButton label="Settings" shortcut="Mod+," icon={<Settings />} onClick={() => openSettings()} />
    </>
  );
}

function HealthIcon() {
  const { show } = useViews();
  const down = useClusterAlerts();
  const label = down > 0 ? `Cluster health: ${tellDown(down)}` : 'Cluster health';
  return <IconButton label={label} icon={<Activity />} onClick={() => show(health)} />;
}
