import { AppWindow, CircleCheck, MonitorOff, RotateCw, Unplug } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Credential } from '../../../shared/model/host.ts';
import { stateOfTab } from '../../app/sessionsState.ts';
import type { SessionTab } from '../../app/sessionsState.ts';
import { Button } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { FailedCard } from './FailedCard.tsx';
import { OpeningCard } from './OpeningCard.tsx';
import type { Overlay } from './overlayChoice.ts';
import { idsOf } from './sessionIds.ts';
import styles from './SessionOverlay.module.css';

interface OverlayProps {
  overlay: Exclude<Overlay, { kind: 'none' }>;
  tab: SessionTab;
  onReconnect: (credential?: Credential) => void;
  onClose: () => void;
  onShowAgain: () => void;
  onShowWindow: () => void;
  onTakeBack: () => void;
}

function Note(props: { icon: ReactNode; title: string; text: string; children?: ReactNode }) {
  return (
    <>
      <div role="status">
        <h2 className={styles.title}>
          {props.icon}
          {props.title}
        </h2>
        <p>{props.text}</p>
      </div>
      {props.children !== undefined && <div className={styles.actions}>{props.children}</div>}
    </>
  );
}

function Contents({ overlay, tab, onReconnect, onClose, onShowAgain, ...window }: OverlayProps) {
  const hostName = tab.session?.hostName ?? 'The host';
  switch (overlay.kind) {
    case 'elsewhere':
      return (
        <Note
          icon={<AppWindow aria-hidden="true" />}
          title={`${hostName} has a window of its own`}
          text="Close that window, and the session goes on here."
        >
          <Button kind="primary" onClick={window.onTakeBack}>
            Bring it back here
          </Button>
          <Button onClick={window.onShowWindow}>Show that window</Button>
          <Button kind="quiet" onClick={onClose}>
            End session
          </Button>
        </Note>
      );
    case 'opening':
      return (
        <OpeningCard
          state={stateOfTab(tab)}
          session={tab.session?.id === tab.sessionId ? tab.session : undefined}
          askedAt={tab.askedAt}
          onCancel={onClose}
        />
      );
    case 'away':
      return (
        <Note
          icon={<Spinner size={20} />}
          title={`Coming back to ${hostName}`}
          text="The gateway that carried this session went away; another one takes it up by itself."
        />
      );
    case 'connection-lost': {
      const { what, safe, next } = describeFailure({ code: 'host_process_lost' });
      return <Note icon={<Unplug aria-hidden="true" />} title={what} text={`${safe} ${next}`} />;
    }
    case 'reconnecting':
      return (
        <Note
          icon={<Unplug aria-hidden="true" />}
          title="The connection to the session manager was lost"
          text={`Your session on ${hostName} goes on there, and is being joined again.`}
        >
          <Button kind="quiet" onClick={onClose}>
            End session
          </Button>
        </Note>
      );
    case 'picture-lost': {
      const isTaken = overlay.failure?.code === 'host_session_taken';
      return (
        <Note
          icon={<MonitorOff aria-hidden="true" />}
          title={isTaken ? 'The picture is shown in another window' : 'The picture could not be fetched'}
          text={`The session on ${hostName} goes on.`}
        >
          <Button kind="primary" icon={<RotateCw aria-hidden="true" />} onClick={onShowAgain}>
            {isTaken ? 'Show it here' : 'Try again'}
          </Button>
          <Button kind="quiet" onClick={onClose}>
            End session
          </Button>
        </Note>
      );
    }
    case 'failed':
      return (
        <FailedCard
          failure={overlay.failure}
          hostId={tab.hostId}
          session={tab.session}
          onReconnect={onReconnect}
          onClose={onClose}
        />
      );
    case 'ended':
      return (
        <Note
          icon={<CircleCheck aria-hidden="true" />}
          title="The session has ended"
          text={overlay.by === 'host' ? `${hostName} ended it normally.` : 'You ended it.'}
        >
          <Button kind="primary" icon={<RotateCw aria-hidden="true" />} onClick={() => onReconnect()}>
            Reconnect
          </Button>
          <Button kind="quiet" onClick={onClose}>
            Close
          </Button>
        </Note>
      );
  }
}

/** Lies over the dimmed last frame and says what a person has to know about their session. */
export function SessionOverlay(props: OverlayProps) {
  const card = useRef<HTMLDivElement>(null);
  const { kind } = props.overlay;
  useEffect(() => {
    const pane = card.current?.closest('section');
    if (pane === undefined || pane === null || pane.hidden) return;
    const focused = document.activeElement;
    const wasTyping = focused !== null && pane.contains(focused) && focused.matches('[data-owns-keys]');
    const wasNowhere = focused === document.body && pane.dataset['active'] === 'true';
    // Onto the card, not onto a button: whoever was typing into the session must not press it.
    if (wasTyping || wasNowhere) card.current?.focus({ preventScroll: true });
  }, [kind]);
  return (
    <div className={styles.overlay} data-kind={kind}>
      <div className={styles.card} ref={card} id={idsOf(props.tab.id).card} tabIndex={-1}>
        <Contents {...props} />
      </div>
    </div>
  );
}
