import { useMemo } from 'react';
import { useSettingsStore } from '../../app/settings.ts';
import type { SettingsState } from '../../app/settings.ts';
import { checkDraft } from '../../app/settingsDraft.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useLatestAnswer } from './whatIf/useLatestAnswer.ts';
import styles from './ConflictDialog.module.css';

/** Two administrators at once: shows both differences, and lets the second decide. Nothing is overwritten unseen. */
export function ConflictDialog({ state }: { state: SettingsState }) {
  const store = useSettingsStore();
  const { conflict, base, draft } = state;
  const mine = checkDraft(draft).settings;
  const question = useMemo(
    () => (conflict === undefined || mine === undefined ? undefined : { from: base.settings, to: mine }),
    [conflict, base.settings, mine],
  );
  const own = useLatestAnswer(question, async (client, compared, signal) => {
    const answer = await client.settings.compare(compared, { signal });
    return answer.changes;
  });

  if (conflict === undefined) return null;
  return (
    <Dialog
      open
      onClose={() => store.settleConflict('later')}
      width="large"
      title="Somebody else saved meanwhile"
      description={`${conflict.who} saved these settings after you had opened them. Nothing of yours was saved, and nothing of theirs is lost.`}
      footer={
        <>
          <Button onClick={() => store.settleConflict('later')}>Keep editing</Button>
          <Button onClick={() => store.settleConflict('theirs')}>Load theirs, drop mine</Button>
          <Button kind="primary" onClick={() => store.settleConflict('mine')}>
            Put mine on top
          </Button>
        </>
      }
    >
      <Changes title={`What ${conflict.who} saved`} changes={conflict.theirs} />
      <Changes title="What you changed" changes={own.value} />
      <p className={styles.note}>
        “Put mine on top” keeps what they saved wherever you changed nothing, and shows you the result. It is
        saved only when you press Save again.
      </p>
    </Dialog>
  );
}

function Changes({ title, changes }: { title: string; changes: readonly string[] | undefined }) {
  return (
    <section className={styles.part} aria-label={title}>
      <h3 className={styles.heading}>{title}</h3>
      <ul className={styles.changes}>
        {(changes ?? ['Loading…']).map((change) => (
          <li key={change}>{change}</li>
        ))}
        {changes?.length === 0 && <li>Nothing that differs.</li>}
      </ul>
    </section>
  );
}
