import type { Session, SessionState } from '../../../shared/model/session.ts';
import { describeDuration } from '../../app/duration.ts';
import { useNow } from '../../app/useNow.ts';
import { Button } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { tellOpening } from './openingStory.ts';
import styles from './SessionOverlay.module.css';

/** What happens while a session is opened, and how to stop it. */
export function OpeningCard(props: {
  state: SessionState;
  session: Session | undefined;
  askedAt: number;
  onCancel: () => void;
}) {
  const now = useNow();
  const { step, setbacks } = tellOpening(props.state, props.session, props.askedAt, now);
  const isLive = props.state.kind === 'live';
  return (
    <>
      <h2 className={styles.title}>
        <Spinner size={18} />
        {isLive ? 'Fetching the picture' : `Opening ${props.session?.hostName ?? 'the host'}`}
      </h2>
      <p role="status">{step}</p>
      {setbacks.length > 0 && (
        <ul className={styles.setbacks}>
          {setbacks.map((setback, index) => (
            <li key={index}>{setback}</li>
          ))}
        </ul>
      )}
      <div className={styles.actions}>
        <Button onClick={props.onCancel}>{isLive ? 'End session' : 'Cancel'}</Button>
        {!isLive && (
          <span className={styles.elapsed}>{describeDuration(Math.max(0, now - props.askedAt))}</span>
        )}
      </div>
    </>
  );
}
