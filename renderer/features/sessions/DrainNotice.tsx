import { ArrowRightLeft, X } from 'lucide-react';
import { useState } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Protocol } from '../../../shared/model/protocol.ts';
import type { Session } from '../../../shared/model/session.ts';
import type { SessionMove } from '../../app/sessionsState.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import styles from './DrainNotice.module.css';

/** What moving does to the work on the host, which is opened anew. */
const whatMovingDoes = {
  rdp: 'Moving opens it anew; Windows keeps what you have open.',
  vnc: 'Moving opens it anew; the screen stays as it is.',
  ssh: 'Moving opens it anew; what runs in this shell ends.',
  telnet: 'Moving opens it anew; what runs in this shell ends.',
} as const satisfies Record<Protocol, string>;

/** Says that the session's manager is being drained, and offers to go to another one. */
export function DrainNotice(props: { session: Session; move: SessionMove | undefined; onMove: () => void }) {
  const { session, move } = props;
  // A later failure is said again.
  const [dismissed, setDismissed] = useState<{ move: SessionMove | undefined }>();
  const failed = move?.kind === 'failed' ? move.failure : undefined;
  if (dismissed !== undefined && dismissed.move === move) return null;
  const words = failed && describeFailure(failed, { host: session.hostName });
  return (
    <aside className={styles.notice} aria-label="Manager is being drained">
      <div className={styles.words}>
        <p role="status">
          <strong>{session.managerName ?? 'The session manager'} is being drained.</strong> Your session goes
          on here until you end it. {whatMovingDoes[session.protocol]}
        </p>
        {words !== undefined && (
          <p role="alert" className={styles.failure}>
            The session was not moved: {words.what} {words.next}
          </p>
        )}
      </div>
      <span className={styles.actions}>
        <Button
          icon={<ArrowRightLeft aria-hidden="true" />}
          busy={move?.kind === 'asked'}
          onClick={props.onMove}
        >
          {failed === undefined ? 'Move now' : 'Try again'}
        </Button>
        {move?.kind !== 'asked' && (
          <IconButton label="Dismiss" icon={<X />} onClick={() => setDismissed({ move })} />
        )}
      </span>
    </aside>
  );
}
