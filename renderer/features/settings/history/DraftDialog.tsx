import { useEffect, useState } from 'react';
import { succeed } from '../../../../shared/contract/failure.ts';
import type { Result } from '../../../../shared/contract/failure.ts';
import type { Settings } from '../../../../shared/model/settings.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { draftOf } from '../../../app/settingsDraft.ts';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { useSettings, useSettingsStore } from '../../../app/settings.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { Spinner } from '../../../ui/Spinner.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import type { Client } from '../records/useAnswer.ts';
import styles from './DraftDialog.module.css';

/** Another state of the settings, and what it would change now. */
interface Compared {
  readonly settings: Settings;
  readonly changes: readonly string[];
}

/** Other settings than today's, which may go into the draft: an older revision, or those of a file. */
export interface Candidate {
  /** Such as “Revision 12”. */
  readonly title: string;
  readonly description: string;
  readonly read: (client: Client) => Promise<Result<Settings>>;
}

async function compare(client: Client, now: Settings, candidate: Candidate): Promise<Result<Compared>> {
  const read = await candidate.read(client);
  if (!read.ok) return read;
  const compared = await settle(client.settings.compare({ from: now, to: read.value }));
  return compared.ok ? succeed({ settings: read.value, changes: compared.value.changes }) : compared;
}

/** Shows what other settings would change against those of now, and puts them into the draft. Nothing is saved here. */
export function DraftDialog({ candidate, onClose }: { candidate: Candidate; onClose: () => void }) {
  const looksOnly = useLooksOnly();
  const client = useClient();
  const store = useSettingsStore();
  const { show } = useViews();
  const state = useSettings();
  const now = state?.saved.settings;
  const [answer, setAnswer] = useState<Result<Compared>>();
  const [tries, setTries] = useState(0);

  useEffect(() => {
    if (now === undefined) return undefined;
    let current = true;
    const ask = async () => {
      const compared = await compare(client, now, candidate);
      if (current) setAnswer(compared);
    };
    setAnswer(undefined);
    void ask();
    return () => {
      current = false;
    };
  }, [client, now, candidate, tries]);

  const compared = answer?.ok === true ? answer.value : undefined;
  const managers = [...new Set(state?.saved.locked.map(({ managedBy }) => managedBy))];
  const isSame = compared?.changes.length === 0;
  const putIntoDraft = () => {
    if (compared === undefined) return;
    store.edit(() => draftOf(compared.settings));
    onClose();
    show({ kind: 'settings', page: 'groups' });
    showToast({
      title: `${candidate.title} is in the draft`,
      text: 'Nothing is saved yet: look at what it changes, then save.',
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      width="large"
      title={candidate.title}
      description={candidate.description}
      footer={
        <>
          <Button onClick={onClose}>{isSame || looksOnly ? 'Close' : 'Cancel'}</Button>
          {!isSame && !looksOnly && (
            <Button kind="primary" disabled={compared === undefined} onClick={putIntoDraft}>
              Put into the draft
            </Button>
          )}
        </>
      }
    >
      {answer === undefined && (
        <p className={styles.loading} role="status">
          <Spinner />
          Comparing with the settings of now
        </p>
      )}
      {answer?.ok === false && (
        <FailureNote failure={answer.failure} onRetry={() => setTries((times) => times + 1)} />
      )}
      {isSame && <p>These are the same as the settings of now.</p>}
      {compared !== undefined && !isSame && (
        <>
          <h3 className={styles.heading}>What it would change now</h3>
          <ul className={styles.changes}>
            {compared.changes.map((change, index) => (
              <li key={`${index} ${change}`}>{change}</li>
            ))}
          </ul>
          <p className={styles.note}>
            The draft isn’t saved: you see the what-if first.
            {state?.isChanged === true && (
              <strong> It takes the place of the changes that you haven’t saved.</strong>
            )}
          </p>
          {managers.length > 0 && (
            <p className={styles.note}>
              Some settings are decided by {managers.join(' and ')}: a draft that changes them can’t be saved
              here.
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}
