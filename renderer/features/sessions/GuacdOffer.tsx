import { Copy, Download, RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import type { GuacdOffer as Offer } from '../../../shared/model/guacdOffer.ts';
import { settle, useClient } from '../../app/connection.ts';
import { copyText } from '../../app/copyText.ts';
import { Button } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import styles from './SessionOverlay.module.css';

const meansWords: Readonly<Record<Offer['means'], string>> = {
  'debian-package': 'This installs it from the packages of this system:',
  homebrew: 'This installs it with Homebrew:',
  container: 'This runs it in a container that only this machine reaches:',
};

/** How guacd can be had for the session manager of this machine; `undefined` until known, `null` where it can't be had from here. */
function useOffer(): Offer | null | undefined {
  const client = useClient();
  const [offer, setOffer] = useState<Offer | null>();
  useEffect(() => {
    let current = true;
    const look = async () => {
      const answer = await settle(client.localManager.guacdOffer({}));
      if (current) setOffer(answer.ok ? answer.value.offer : null);
    };
    void look();
    return () => {
      current = false;
    };
  }, [client]);
  return offer;
}

/** What to install so that this machine opens RDP, with the command to copy; Proxima runs it where it may. */
export function GuacdOffer(props: { onReady: () => void; children: ReactNode }) {
  const client = useClient();
  const offer = useOffer();
  const [state, setState] = useState<'idle' | 'installing' | 'looking'>('idle');
  const [failure, setFailure] = useState<Failure>();
  const adopt = async (install: boolean) => {
    setState(install ? 'installing' : 'looking');
    setFailure(undefined);
    const answer = await settle(client.localManager.adoptGuacd({ install }));
    setState('idle');
    if (answer.ok) props.onReady();
    else setFailure(answer.failure);
  };
  if (!offer) return <div className={styles.actions}>{props.children}</div>;
  const isBusy = state !== 'idle';
  return (
    <>
      <p>{meansWords[offer.means]}</p>
      <div className={styles.command}>
        <code>{offer.command}</code>
        <Button
          icon={<Copy aria-hidden="true" />}
          onClick={() => void copyText(offer.command, 'The command')}
        >
          Copy
        </Button>
      </div>
      {state === 'installing' && (
        <p role="status" className={styles.progress}>
          <Spinner size={16} /> Installing. This may take some minutes.
        </p>
      )}
      {failure !== undefined && (
        <p role="alert" className={styles.bad}>
          {describeFailure(failure).what} {failure.detail !== undefined && `(${failure.detail})`}
        </p>
      )}
      <div className={styles.actions}>
        {offer.canRun && (
          <Button
            kind="primary"
            icon={<Download aria-hidden="true" />}
            disabled={isBusy}
            onClick={() => void adopt(true)}
          >
            Install it for me
          </Button>
        )}
        <Button
          kind={offer.canRun ? 'secondary' : 'primary'}
          icon={<RotateCw aria-hidden="true" />}
          disabled={isBusy}
          onClick={() => void adopt(false)}
        >
          I have installed it
        </Button>
        {props.children}
      </div>
    </>
  );
}
