import { CloudOff, FileWarning, UserX, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { describeFailure, failureOf } from '../../shared/contract/failure.ts';
import { Button } from '../ui/Button.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { showToast } from '../ui/Toast.tsx';
import { settle, useClient, useConnectionState } from './connection.ts';
import { useDescription } from './description.ts';
import { useHasUnsaved } from './unsaved.ts';
import styles from './Banners.module.css';

/** One line of them; `actions` are its buttons. */
export function Banner(props: { icon: ReactNode; title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.banner}>
      {props.icon}
      <p className={styles.words}>
        <strong>{props.title}</strong> {props.children}
      </p>
      {props.actions !== undefined && <span className={styles.actions}>{props.actions}</span>}
    </div>
  );
}

/** What the person has to know of the app itself, above everything else: a lost connection, and notices until dismissed. */
export function Banners({ children }: { children?: ReactNode }) {
  const client = useClient();
  const connection = useConnectionState();
  const isSignedOut = connection === 'signed-out';
  const hasUnsaved = useHasUnsaved();
  const notices = useDescription()?.notices ?? [];
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const failure = describeFailure(failureOf('host_process_lost'));
  useEffect(() => {
    if (connection === 'moving')
      showToast({
        title: 'This gateway is being stopped',
        text: 'Another one takes over by itself, and your sessions go there.',
      });
  }, [connection]);
  useEffect(() => {
    // The gateway's own page says how to sign in.
    if (isSignedOut && !hasUnsaved) location.reload();
  }, [isSignedOut, hasUnsaved]);

  const dismiss = (noticeId: string) => {
    setDismissed(new Set(dismissed).add(noticeId));
    // Where this doesn't get through, the notice comes back with the next start: better twice than never.
    void settle(client.app.dismissNotice({ noticeId }));
  };

  return (
    <div className={styles.banners} role="status">
      {isSignedOut && hasUnsaved && (
        <Banner
          icon={<UserX aria-hidden="true" />}
          title="You are not signed in any more."
          actions={<Button onClick={() => location.reload()}>Discard, and reload</Button>}
        >
          What you typed is still here. Open the address that Proxima printed at its start in another tab:
          then you can save it.
        </Banner>
      )}
      {connection === 'lost' && (
        <Banner icon={<CloudOff aria-hidden="true" />} title={failure.what}>
          {failure.next} {failure.safe}
        </Banner>
      )}
      {notices
        .filter((notice) => !dismissed.has(notice.id))
        .map((notice) => (
          <Banner
            key={notice.id}
            icon={<FileWarning aria-hidden="true" />}
            title={notice.title}
            actions={
              <IconButton
                label={`Dismiss: ${notice.title}`}
                icon={<X />}
                onClick={() => dismiss(notice.id)}
              />
            }
          >
            {notice.text}
          </Banner>
        ))}
      {children}
    </div>
  );
}
