import { CircleDot, CirclePause } from 'lucide-react';
import { useState } from 'react';
import type { FarmNode } from '../../../shared/model/farm.ts';
import { settle, useClient } from '../../app/connection.ts';
import { describeDuration } from '../../app/duration.ts';
import { mayAdminister, useOwnAccess } from '../../app/ownAccess.ts';
import { showFailure } from '../../app/showFailure.ts';
import { AlertDialog } from '../../ui/AlertDialog.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { Mark } from '../../ui/Mark.tsx';
import { showToast } from '../../ui/Toast.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { tellDrain, tellFarm, tellLoad } from './farmWords.ts';
import styles from './FarmPanel.module.css';

/** The gateways of the farm: who is on which, and the way to empty one. `nodes` are those that a filter left. */
export function FarmPanel(props: { all: readonly FarmNode[]; nodes: readonly FarmNode[]; now: number }) {
  const client = useClient();
  const mayDrain = mayAdminister(useOwnAccess());
  const [asked, setAsked] = useState<FarmNode>();

  const drain = async ({ route }: FarmNode) => {
    setAsked(undefined);
    const answer = await settle(client.farm.drain({ route }));
    if (answer.ok) showToast({ title: `${route} takes nobody new, and hands over those it has` });
    else showFailure(answer.failure);
  };

  return (
    <section className={styles.farm} aria-label="Gateways">
      <p className={styles.text}>{tellFarm(props.all)}</p>
      <ul className={styles.nodes}>
        {props.nodes.map((node) => (
          <li key={node.route} className={styles.node}>
            <span className={styles.words}>
              <span className={styles.line}>
                <strong className={styles.route}>{node.route}</strong>
                {node.isOwn && <Badge>you are on this one</Badge>}
              </span>
              <span className={styles.details}>
                {node.address} · version {node.version} · up for{' '}
                {describeDuration(Math.max(0, props.now - node.startedAt))}
              </span>
            </span>
            <span className={styles.load}>{tellLoad(node)}</span>
            <span className={styles.state}>
              {node.isDraining ? (
                <Mark tone="warning" icon={<CirclePause aria-hidden="true" />}>
                  draining
                </Mark>
              ) : (
                <Mark tone="good" icon={<CircleDot aria-hidden="true" />}>
                  serving
                </Mark>
              )}
            </span>
            {mayDrain && (
              <Button disabled={node.isDraining} onClick={() => setAsked(node)}>
                Drain…<VisuallyHidden> {node.route}</VisuallyHidden>
              </Button>
            )}
          </li>
        ))}
      </ul>
      {asked !== undefined && (
        <AlertDialog
          open
          title={`Drain ${asked.route}?`}
          text={tellDrain(asked, props.all)}
          confirmLabel="Drain"
          onConfirm={() => void drain(asked)}
          onCancel={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}
