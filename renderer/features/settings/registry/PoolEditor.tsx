import { ArrowLeft, RotateCw, Trash2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { useSettingsStore } from '../../../app/settings.ts';
import { checkPool } from '../../../app/poolDraft.ts';
import type { PoolDraft } from '../../../app/poolDraft.ts';
import { changePool } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { LockNote } from '../LockNote.tsx';
import { useAnswer } from '../records/useAnswer.ts';
import type { Client } from '../records/useAnswer.ts';
import { CheckedMembers } from './CheckedMembers.tsx';
import { PoolCheckMark } from './PoolCheckMark.tsx';
import { usePoolCheck } from './poolChecks.ts';
import type { PoolChecks } from './poolChecks.ts';
import { AdvancedFields, EndpointsField, TrustFields } from './PoolFields.tsx';
import { useRemovePools } from './useRemovePools.ts';
import styles from '../groups/Editor.module.css';

const listCertificates = (client: Client) => client.certificates.list({});

/** One pool: its members, how both sides prove who they are, and what a check of it as it is typed says. */
export function PoolEditor(props: { pool: PoolDraft; checks: PoolChecks; lockedBy: string | undefined }) {
  const { pool, checks, lockedBy } = props;
  const store = useSettingsStore();
  const { goUp } = useViews();
  const remove = useRemovePools();
  const certificates = useAnswer(listCertificates).value?.certificates ?? [];
  const form = useRef<HTMLDivElement>(null);
  const { value, errors } = checkPool(pool);
  const check = usePoolCheck(checks, value);
  const isLocked = lockedBy !== undefined;
  const looksOnly = useLooksOnly();
  const fields = {
    pool,
    errors,
    disabled: isLocked,
    onChange: (part: Partial<PoolDraft>) => store.edit(changePool(pool.id, part)),
  };
  useEffect(() => form.current?.querySelector<HTMLInputElement>('input')?.focus(), []);

  return (
    <div className={styles.editor}>
      <header className={styles.header}>
        <Button kind="quiet" icon={<ArrowLeft aria-hidden="true" />} onClick={goUp}>
          All pools
        </Button>
        <Button
          kind="quiet"
          icon={<Trash2 aria-hidden="true" />}
          disabled={isLocked}
          onClick={() => {
            goUp();
            remove([pool.id]);
          }}
        >
          Delete
        </Button>
      </header>
      <div>
        <h2 className={styles.title}>{pool.name.trim() === '' ? 'Pool without a name' : pool.name}</h2>
        <p className={styles.text}>
          Its id is <strong>{pool.id}</strong>: part of every key in the cluster, so that it never changes.
        </p>
      </div>
      <LockNote what="The pools of the session registry" managedBy={lockedBy} />
      <div ref={form} className={styles.narrow}>
        <TextField
          label="Name"
          value={pool.name}
          error={errors['name']}
          disabled={isLocked}
          onChange={(name) => fields.onChange({ name })}
        />
      </div>
      <EndpointsField {...fields} />
      <TrustFields {...fields} certificates={certificates} />
      {!looksOnly && (
        <section className={styles.part} aria-label="Live check">
          <div className={styles.manager}>
            <h3 className={styles.heading}>Live check</h3>
            <span className={styles.actions}>
              <PoolCheckMark check={check} />
              <Button
                kind="quiet"
                icon={<RotateCw aria-hidden="true" />}
                disabled={value === undefined}
                onClick={() => value && checks.check(value)}
              >
                Check now
              </Button>
            </span>
          </div>
          {check ? (
            <CheckedMembers check={check} />
          ) : (
            <p className={styles.text}>
              {value === undefined
                ? 'It can be checked once nothing in it needs correction.'
                : 'As it is typed here it was not checked yet. It needn’t be saved for that.'}
            </p>
          )}
        </section>
      )}
      <AdvancedFields {...fields} />
    </div>
  );
}
