import { X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../../ui/IconButton.tsx';
import styles from './DrainNotice.module.css';

/** Says honestly that the session in this tab isn't the one that was there. */
export function AnewNotice() {
  const [dismissed, setDismissed] = useState(false);
  if (dismissed) return null;
  return (
    <aside className={styles.notice} aria-label="Opened anew">
      <div className={styles.words}>
        <p role="status">
          <strong>The gateway that carried this session went away.</strong> The host was opened anew; what ran
          there may still run.
        </p>
      </div>
      <span className={styles.actions}>
        <IconButton label="Dismiss" icon={<X />} onClick={() => setDismissed(true)} />
      </span>
    </aside>
  );
}
