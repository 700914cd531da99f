import { LogIn } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import type { FarmState } from '../../../shared/contract/desktopFarm.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import { settle, useConnection, useConnectionState } from '../../app/connection.ts';
import { useDesktopFarm } from '../../app/desktopFarm.ts';
import { FailureNote } from '../../app/FailureNote.tsx';
import { Button } from '../../ui/Button.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { TextField } from '../../ui/TextField.tsx';
import styles from './FarmGate.module.css';

type Farm = NonNullable<ReturnType<typeof useDesktopFarm>>;

/** In the desktop app on a farm: what has to be done before there is anything to show. */
export function FarmGate({ children }: { children: ReactNode }) {
  const farm = useDesktopFarm();
  const isConnected = useConnectionState() === 'connected';
  const [wasConnected, setWasConnected] = useState(false);
  if (isConnected && !wasConnected) setWasConnected(true);
  const { tryNow } = useConnection();
  const isSignedIn = farm?.standing.kind === 'signed-in';
  useEffect(() => {
    if (isSignedIn) tryNow();
  }, [isSignedIn, tryNow]);
  if (!farm?.farm || !needsPage(farm.standing, wasConnected)) return children;
  return <FarmPage farm={farm} address={farm.farm.address} />;
}

/** A farm that is away for a while is told by the window itself, whose sessions stay as they are. */
function needsPage(standing: FarmState['standing'], wasConnected: boolean): boolean {
  if (standing.kind === 'signed-out' || standing.kind === 'waiting') return true;
  if (standing.kind === 'failed')
    return !wasConnected || standing.failure.code === 'farm_certificate_untrusted';
  return false;
}

function FarmPage({ farm, address }: { farm: Farm; address: string }) {
  const { client, standing, decidedBy } = farm;
  const [failure, setFailure] = useState<Failure>();
  const name = new URL(address).host;
  const act = async (answer: Promise<unknown>) => {
    setFailure(undefined);
    const settled = await settle(answer);
    if (!settled.ok) setFailure(settled.failure);
  };
  const told = failure ?? ('failure' in standing ? standing.failure : undefined);
  const isWaiting = standing.kind === 'waiting';

  return (
    <main className={styles.page}>
      <section className={styles.card} aria-labelledby="farm-title">
        <h1 id="farm-title" className={styles.title}>
          {standing.kind === 'failed' ? name : `Sign in to ${name}`}
        </h1>
        {isWaiting ? (
          <>
            <p className={styles.muted} role="status">
              Your browser is open for it. It shows <span className={styles.word}>{standing.checkWord}</span>;
              if it shows anything else, don’t go on there.
            </p>
            <p className={styles.muted}>No browser came up? Open this address in one: {standing.address}</p>
            <PasteCode onEnter={(text) => act(client.farm.enterCode({ text }))} />
          </>
        ) : (
          standing.kind !== 'failed' && (
            <p className={styles.muted}>
              Your browser asks who you are. Then you come back here by yourself.
            </p>
          )
        )}
        {told !== undefined && <FailureNote failure={told} />}
        {told?.detail !== undefined && <p className={styles.muted}>In detail: {told.detail}.</p>}
        {standing.kind === 'failed' && (
          <p className={styles.muted} role="status">
            <Spinner /> Proxima tries again by itself.
          </p>
        )}
        <div className={styles.actions}>
          {standing.kind !== 'failed' && (
            <Button
              kind={isWaiting ? 'secondary' : 'primary'}
              icon={<LogIn aria-hidden="true" />}
              onClick={() => void act(client.farm.signIn({}))}
            >
              {isWaiting ? 'Open the browser again' : 'Sign in'}
            </Button>
          )}
          {decidedBy === undefined && (
            <Button
              kind="quiet"
              onClick={() => void act(client.farm.choose({ farm: null, evenWithSessions: true }))}
            >
              Use Proxima without a farm
            </Button>
          )}
        </div>
        {decidedBy !== undefined && <p className={styles.muted}>This farm was chosen by {decidedBy}.</p>}
      </section>
    </main>
  );
}

/** For machines whose browser doesn't find the way back. */
function PasteCode({ onEnter }: { onEnter: (text: string) => Promise<void> }) {
  const [text, setText] = useState('');
  const [isBusy, setIsBusy] = useState(false);
  const enter = async () => {
    setIsBusy(true);
    await onEnter(text);
    setIsBusy(false);
  };
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <TextField
        label="Code of the browser"
        hint="Only where it doesn’t come back here by itself."
        value={text}
        onChange={setText}
        monospace
      />
      <Button type="submit" busy={isBusy} disabled={text.trim() === ''}>
        Enter the code
      </Button>
    </form>
  );
}
