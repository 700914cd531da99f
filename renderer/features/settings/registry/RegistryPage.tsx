import { DatabaseZap, Plus, RotateCw, WandSparkles } from 'lucide-react';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { checkPool } from '../../../app/poolDraft.ts';
import type { PoolDraft } from '../../../app/poolDraft.ts';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { managedBy, useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { addPool, removePools } from '../../../app/settingsEdits.ts';
import type { Edit } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { RadioCards } from '../../../ui/RadioCards.tsx';
import { LockNote } from '../LockNote.tsx';
import { Page } from '../records/Page.tsx';
import { AddPoolDialog } from './AddPoolDialog.tsx';
import { usePoolChecks } from './poolChecks.ts';
import { PoolEditor } from './PoolEditor.tsx';
import { PoolList, rowButtonId } from './PoolList.tsx';
import { PrepareClusterDialog } from './PrepareClusterDialog.tsx';
import styles from './RegistryPage.module.css';

const mostPools = 8;

const kinds = [
  {
    value: 'embedded',
    label: 'This machine counts its own sessions',
    text: 'Nothing to set up. Right for one machine: it knows the sessions that were opened through it, and no others.',
  },
  {
    value: 'etcd',
    label: 'etcd clusters count everybody’s sessions',
    text: 'Right for several gateways and desktops: “fewest sessions” is then true for all of them, and administrators see and end every session. Needs etcd on one machine, or better on three.',
  },
] as const;
type Kind = (typeof kinds)[number]['value'];

/** Where sessions are counted: on this machine alone, or in pools of etcd, which are edited here. */
export function RegistryPage({ state, item }: { state: SettingsState; item: string | undefined }) {
  const { draft, saved } = state;
  const store = useSettingsStore();
  const { show } = useViews();
  const checks = usePoolChecks();
  const [opened, setOpened] = useState<'add' | 'prepare'>();
  /** Chosen, though there is no pool yet. */
  const [wantsPools, setWantsPools] = useState(false);
  const restore = useRef<Edit>(undefined);
  const lockedBy = managedBy(saved, 'pools');
  const isLocked = lockedBy !== undefined;
  const looksOnly = useLooksOnly();
  const kind: Kind = draft.pools.length > 0 || wantsPools ? 'etcd' : 'embedded';
  const isFull = draft.pools.length >= mostPools;

  const checkAll = () => {
    for (const pool of draft.pools) {
      const { value } = checkPool(pool);
      if (value !== undefined) checks.check(value);
    }
  };
  const checkAtFirst = useEffectEvent(() => {
    if (!looksOnly) checkAll();
  });
  useEffect(() => checkAtFirst(), []);

  const lastItem = useRef(item);
  useEffect(() => {
    if (item !== undefined) lastItem.current = item;
    else if (lastItem.current !== undefined) document.getElementById(rowButtonId(lastItem.current))?.focus();
  }, [item]);

  const choose = (next: Kind) => {
    setWantsPools(next === 'etcd');
    if (next === 'etcd' && restore.current !== undefined) store.edit(restore.current);
    restore.current = undefined;
    if (next === 'etcd' || draft.pools.length === 0) return;
    const removed = removePools(
      draft,
      draft.pools.map(({ id }) => id),
    );
    restore.current = removed.undo;
    store.edit(() => removed.draft);
  };
  const add = (pool: PoolDraft) => {
    setOpened(undefined);
    store.edit(addPool(pool));
    show({ kind: 'settings', page: 'registry', item: pool.id });
  };

  const pool = draft.pools.find(({ id }) => id === item);
  if (pool !== undefined) return <PoolEditor key={pool.id} pool={pool} checks={checks} lockedBy={lockedBy} />;

  const actions = (
    <>
      <Button
        icon={<WandSparkles aria-hidden="true" />}
        disabled={isLocked || isFull}
        onClick={() => setOpened('prepare')}
      >
        Prepare a new cluster…
      </Button>
      <Button
        icon={<Plus aria-hidden="true" />}
        disabled={isLocked || isFull}
        onClick={() => setOpened('add')}
      >
        Add a pool…
      </Button>
    </>
  );
  return (
    <Page
      title="Session registry"
      text="It knows which sessions are live, so that a new one goes to the session manager with the fewest."
    >
      <LockNote what="The pools of the session registry" managedBy={lockedBy} />
      <RadioCards
        label="Who counts sessions"
        value={kind}
        disabled={isLocked}
        onChange={choose}
        options={kinds}
      />
      {kind === 'etcd' && (
        <section className={styles.pools} aria-label="Pools">
          {draft.pools.length === 0 ? (
            <EmptyState
              icon={<DatabaseZap />}
              title="No pool yet"
              text="A pool is one etcd cluster. Add one that runs, or let Proxima prepare a new one: certificates and start commands for each of its machines."
            >
              {actions}
            </EmptyState>
          ) : (
            <>
              <header className={styles.header}>
                <p className={styles.text}>
                  New sessions are counted in the first pool that answers, or in that of their group. Pools
                  share nothing: each counts its own sessions.
                </p>
                <span className={styles.actions}>
                  {!looksOnly && (
                    <Button icon={<RotateCw aria-hidden="true" />} onClick={checkAll}>
                      Check all
                    </Button>
                  )}
                  {actions}
                </span>
              </header>
              <PoolList draft={draft} checks={checks} isLocked={isLocked} />
            </>
          )}
        </section>
      )}
      {opened === 'add' && (
        <AddPoolDialog pools={draft.pools} onClose={() => setOpened(undefined)} onAdd={add} />
      )}
      {opened === 'prepare' && (
        <PrepareClusterDialog
          takenIds={draft.pools.map(({ id }) => id)}
          onClose={() => setOpened(undefined)}
          onUse={add}
        />
      )}
    </Page>
  );
}
