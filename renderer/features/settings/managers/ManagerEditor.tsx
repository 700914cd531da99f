import { ArrowLeft, RotateCw, Trash2 } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { managedBy, useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import type { ManagerDraft } from '../../../app/settingsDraft.ts';
import { checkManager } from '../../../app/settingsDraft.ts';
import { changeManager, groupsServedBy, removeManager, serveGroups } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { LockNote } from '../LockNote.tsx';
import { CheckSteps } from './CheckSteps.tsx';
import { GroupChoices } from './GroupChoices.tsx';
import { useManagerCheck, useManagerChecks } from './managerChecks.ts';
import { subjectInDraft } from './managerDraft.ts';
import { EndpointFields, ShareFields } from './ManagerFields.tsx';
import { ManagerMark } from './ManagerMark.tsx';
import styles from '../groups/Editor.module.css';

/** One manager: where it is, how it is used, whom it serves, and what a check of it as it is typed says. */
export function ManagerEditor(props: {
  state: SettingsState;
  manager: ManagerDraft;
  lockedBy: string | undefined;
}) {
  const { state, manager, lockedBy } = props;
  const { draft } = state;
  const store = useSettingsStore();
  const { goUp } = useViews();
  const checks = useManagerChecks();
  const looksOnly = useLooksOnly();
  const form = useRef<HTMLDivElement>(null);
  const isLocked = lockedBy !== undefined;
  const { errors } = checkManager(manager);
  const subject = subjectInDraft(draft, manager.id);
  const check = useManagerCheck(subject);
  const change = (part: Partial<ManagerDraft>) => store.edit(changeManager(manager.id, part));
  useEffect(() => form.current?.querySelector<HTMLInputElement>('input')?.focus(), []);

  const remove = () => {
    const removed = removeManager(draft, manager.id);
    goUp();
    store.edit(() => removed.draft);
    showToast({
      title: `${manager.name} is taken out of the draft`,
      text: 'Nothing is deleted before you save.',
      action: {
        label: 'Undo',
        onPress: () =>
          store.edit((next) =>
            next.managers.some(({ id }) => id === manager.id) ? next : removed.undo(next),
          ),
      },
    });
  };

  return (
    <div className={styles.editor}>
      <header className={styles.header}>
        <Button kind="quiet" icon={<ArrowLeft aria-hidden="true" />} onClick={goUp}>
          All session managers
        </Button>
        <Button kind="quiet" icon={<Trash2 aria-hidden="true" />} disabled={isLocked} onClick={remove}>
          Delete
        </Button>
      </header>
      <h2 className={styles.title}>{manager.name.trim() === '' ? 'Manager without a name' : manager.name}</h2>
      <LockNote what="The session managers" managedBy={lockedBy} />
      <div ref={form} className={styles.narrow}>
        <EndpointFields manager={manager} errors={errors} disabled={isLocked} onChange={change} />
      </div>
      {!looksOnly && (
        <section className={styles.part} aria-label="Live check">
          <div className={styles.manager}>
            <h3 className={styles.heading}>Live check</h3>
            <span className={styles.actions}>
              <ManagerMark draft={draft} managerId={manager.id} />
              <Button
                kind="quiet"
                icon={<RotateCw aria-hidden="true" />}
                disabled={subject === undefined}
                onClick={() => subject && checks.check(subject)}
              >
                Check now
              </Button>
            </span>
          </div>
          {check ? (
            <CheckSteps check={check} />
          ) : (
            <p className={styles.text}>
              {subject === undefined
                ? 'It can be checked once nothing in it, or in its group, needs correction.'
                : 'As it is typed here it was not checked yet. It needn’t be saved for that.'}
            </p>
          )}
        </section>
      )}
      <ShareFields manager={manager} errors={errors} disabled={isLocked} onChange={change} />
      <GroupChoices
        draft={draft}
        groupIds={groupsServedBy(draft, manager.id).map(({ id }) => id)}
        disabled={isLocked || managedBy(state.saved, 'groups') !== undefined}
        onChange={(groupIds) => store.edit(serveGroups(manager.id, groupIds))}
      />
    </div>
  );
}
