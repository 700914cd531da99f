import { CircleSlash, KeyRound, Pencil, RotateCw } from 'lucide-react';
import { useEffect, useState } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import type { Credential } from '../../../shared/model/host.ts';
import type { Session } from '../../../shared/model/session.ts';
import { localManagerId } from '../../../shared/model/sessionManager.ts';
import { settle, useClient } from '../../app/connection.ts';
import { mayAdminister, useOwnAccess } from '../../app/ownAccess.ts';
import { useHostActions } from '../../app/hostActions.ts';
import { Button } from '../../ui/Button.tsx';
import { CredentialForm } from './CredentialForm.tsx';
import { GuacdOffer } from './GuacdOffer.tsx';
import styles from './SessionOverlay.module.css';

/** Whether a secret is stored with the host; `undefined` until known. */
function useHasStoredSecret(hostId: string): boolean | undefined {
  const client = useClient();
  const [stored, setStored] = useState<boolean>();
  useEffect(() => {
    let current = true;
    const look = async () => {
      const answer = await settle(client.hosts.read({ hostId }));
      if (current && answer.ok) setStored(answer.value.stored.password || answer.value.stored.privateKey);
    };
    void look();
    return () => {
      current = false;
    };
  }, [client, hostId]);
  return stored;
}

/** Failures that another credential may cure. VNC and RDP hosts answer a wrong password like an unreachable port. */
function mayBeCredential(failure: Failure, session: Session | undefined): boolean {
  if (failure.code === 'host_rejected_credentials' || failure.code === 'secrets_unreadable') return true;
  const hidesIt = session?.protocol === 'vnc' || session?.protocol === 'rdp';
  return hidesIt && failure.code === 'host_unreachable';
}

/** What happened, what is safe, and what to do next. */
export function FailedCard(props: {
  failure: Failure;
  hostId: string;
  session: Session | undefined;
  onReconnect: (credential?: Credential) => void;
  onClose: () => void;
}) {
  const { failure, session } = props;
  const { editHost } = useHostActions();
  const own = useOwnAccess();
  const hasSecret = useHasStoredSecret(props.hostId);
  const [asks, setAsks] = useState(false);
  const isAboutHost = failure.code.startsWith('host_') && failure.code !== 'host_unknown';
  const offersCredential =
    session !== undefined && (mayBeCredential(failure, session) || (isAboutHost && hasSecret === false));
  // The same password again could lock the account.
  const isRejection = failure.code === 'host_rejected_credentials';
  const lacksGuacdHere =
    failure.code === 'manager_lacks_protocol' &&
    session?.attempts.at(-1)?.managerId === localManagerId &&
    mayAdminister(own);
  const manager = session?.attempts.at(-1)?.name ?? session?.managerName;
  const words = describeFailure(failure, {
    ...(session && { host: session.hostName }),
    ...(manager !== undefined && { manager }),
  });
  /** What is offered in any case. */
  const ways = (
    <>
      {failure.code !== 'host_unknown' && (
        <Button icon={<Pencil aria-hidden="true" />} onClick={() => editHost(props.hostId)}>
          Edit host
        </Button>
      )}
      <Button kind="quiet" onClick={props.onClose}>
        Close
      </Button>
    </>
  );
  return (
    <>
      <div role="alert">
        <h2 className={styles.title}>
          <CircleSlash className={styles.bad} aria-hidden="true" />
          {words.what}
        </h2>
        <p>{words.safe}</p>
        <p>{words.next}</p>
      </div>
      <p className={styles.code}>
        {failure.code}
        {failure.detail !== undefined && ` · ${failure.detail}`}
      </p>
      {asks && session !== undefined ? (
        <CredentialForm
          hostId={props.hostId}
          protocol={session.protocol}
          onSubmit={props.onReconnect}
          onCancel={() => setAsks(false)}
        />
      ) : lacksGuacdHere ? (
        <GuacdOffer onReady={() => props.onReconnect()}>{ways}</GuacdOffer>
      ) : (
        <div className={styles.actions}>
          {offersCredential && (
            <Button
              kind={isRejection ? 'primary' : 'secondary'}
              icon={<KeyRound aria-hidden="true" />}
              onClick={() => setAsks(true)}
            >
              Try another password
            </Button>
          )}
          <Button
            kind={isRejection ? 'secondary' : 'primary'}
            icon={<RotateCw aria-hidden="true" />}
            onClick={() => props.onReconnect()}
          >
            Reconnect
          </Button>
          {ways}
        </div>
      )}
    </>
  );
}
