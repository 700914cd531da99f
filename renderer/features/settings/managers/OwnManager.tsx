import { Laptop, Server } from 'lucide-react';
import { useSettingsStore } from '../../../app/settings.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import styles from './ManagersPage.module.css';

/** The session manager that this machine runs by itself while there is no other: it can be removed, and taken back. */
export function OwnManager(props: { engine: string; isUsed: boolean; isLocked: boolean }) {
  const store = useSettingsStore();
  const use = (usesLocalManager: boolean) => store.edit((draft) => ({ ...draft, usesLocalManager }));
  if (!props.isUsed)
    return (
      <EmptyState
        icon={<Server />}
        title="No session manager"
        text="Hosts are opened through session managers. Add one: its address, and port 4822 unless you chose another. Or use the one that this machine has of its own."
      >
        <Button disabled={props.isLocked} onClick={() => use(true)}>
          Use this machine’s own
        </Button>
      </EmptyState>
    );
  return (
    <ul className={styles.list}>
      <li className={styles.row}>
        <div className={styles.main}>
          <Laptop className={styles.own} aria-hidden="true" />
          <div className={styles.words}>
            <span className={styles.line}>
              <strong>localhost</strong>
              <Badge>this machine</Badge>
            </span>
            <span className={styles.details}>
              Serves the Default group until there is another session manager. Opens sessions with{' '}
              {props.engine.replace('built-in', 'the built-in engine')}.
            </span>
          </div>
          <Button disabled={props.isLocked} onClick={() => use(false)}>
            Remove
          </Button>
        </div>
      </li>
    </ul>
  );
}
