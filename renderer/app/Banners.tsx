import { CloudOff, FileWarning, X } from 'lucide-react';
import { useState } from 'react';
import { describeFailure, failureOf } from '../../shared/contract/failure.ts';
import { IconButton } from '../ui/IconButton.tsx';
import { settle, useClient, useConnectionState } from './connection.ts';
import { useDescription } from './description.ts';
import styles from './Banners.module.css';

/** What the person has to know of the app itself, above everything else: a lost connection, and notices until dismissed. */
export function Banners() {
  const client = useClient();
  const lost = useConnectionState() === 'lost';
  const notices = useDescription()?.notices ?? [];
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const failure = describeFailure(failureOf('host_process_lost'));

  const dismiss = (noticeId: string) => {
    setDismissed(new Set(dismissed).add(noticeId));
    // Where this doesn't get through, the notice comes back with the next start: better twice than never.
    void settle(client.app.dismissNotice({ noticeId }));
  };

  return (
    <div className={styles.banners} role="status">
      {lost && (
        <div className={styles.banner}>
          <CloudOff aria-hidden="true" />
          <p className={styles.words}>
            <strong>{failure.what}</strong> {failure.next} {failure.safe}
          </p>
        </div>
      )}
      {notices
        .filter((notice) => !dismissed.has(notice.id))
        .map((notice) => (
          <div key={notice.id} className={styles.banner}>
            <FileWarning aria-hidden="true" />
            <p className={styles.words}>
              <strong>{notice.title}</strong> {notice.text}
            </p>
            <IconButton label={`Dismiss: ${notice.title}`} icon={<X />} onClick={() => dismiss(notice.id)} />
          </div>
        ))}
    </div>
  );
}
