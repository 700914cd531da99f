import { ChevronRight, Plus, RotateCw, Server } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { defaultGroupId } from '../../../../shared/model/proximityGroup.ts';
import { useDescription } from '../../../app/description.ts';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { managedBy } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import type { ManagerDraft } from '../../../app/settingsDraft.ts';
import { checkManager } from '../../../app/settingsDraft.ts';
import { groupsServedBy } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { LockNote } from '../LockNote.tsx';
import { Page } from '../records/Page.tsx';
import { AddManagerDialog } from './AddManagerDialog.tsx';
import { CheckSteps } from './CheckSteps.tsx';
import { tellFailure } from './checkWords.ts';
import { useManagerCheck, useManagerChecks } from './managerChecks.ts';
import { subjectInDraft } from './managerDraft.ts';
import { ManagerEditor } from './ManagerEditor.tsx';
import { ManagerMark } from './ManagerMark.tsx';
import { OwnManager } from './OwnManager.tsx';
import styles from './ManagersPage.module.css';

const rowButtonId = (managerId: string) => `manager-${managerId}`;

/** The session managers with what a live check says of each, or one of them to edit. */
export function ManagersPage({ state, item }: { state: SettingsState; item: string | undefined }) {
  const { draft, saved } = state;
  const checks = useManagerChecks();
  const [adds, setAdds] = useState(false);
  const lockedBy = managedBy(saved, 'managers');
  const isLocked = lockedBy !== undefined;
  const looksOnly = useLooksOnly();
  const own = useDescription()?.localManager;

  const checkAll = () => {
    for (const { id } of draft.managers) {
      const subject = subjectInDraft(draft, id);
      if (subject !== undefined) checks.check(subject);
    }
  };

  const lastItem = useRef(item);
  useEffect(() => {
    if (item !== undefined) lastItem.current = item;
    else if (lastItem.current !== undefined) document.getElementById(rowButtonId(lastItem.current))?.focus();
  }, [item]);

  const manager = draft.managers.find(({ id }) => id === item);
  if (manager !== undefined)
    return <ManagerEditor key={manager.id} state={state} manager={manager} lockedBy={lockedBy} />;

  return (
    <Page
      title="Session managers"
      text="Each is checked live: its name, the connection, its certificate, and that it speaks the Guacamole protocol."
      actions={
        <>
          {!looksOnly && (
            <Button
              icon={<RotateCw aria-hidden="true" />}
              disabled={draft.managers.length === 0}
              onClick={checkAll}
            >
              Check all
            </Button>
          )}
          <Button icon={<Plus aria-hidden="true" />} disabled={isLocked} onClick={() => setAdds(true)}>
            New session manager
          </Button>
        </>
      }
    >
      <LockNote what="The session managers" managedBy={lockedBy} />
      {draft.managers.length === 0 && own !== undefined ? (
        <OwnManager
          engine={own.engine}
          isUsed={draft.usesLocalManager}
          isLocked={isLocked || managedBy(saved, 'usesLocalManager') !== undefined}
        />
      ) : draft.managers.length === 0 ? (
        <EmptyState
          icon={<Server />}
          title="No session manager yet"
          text="Hosts are opened through session managers. Add the first: its address, and port 4822 unless you chose another."
        />
      ) : (
        <ul className={styles.list}>
          {draft.managers.map((candidate) => (
            <ManagerRow key={candidate.id} state={state} manager={candidate} />
          ))}
        </ul>
      )}
      {adds && (
        <AddManagerDialog
          draft={draft}
          groupIds={draft.groups.length === 1 ? [defaultGroupId] : []}
          onClose={() => setAdds(false)}
          onAdded={(id) => requestAnimationFrame(() => document.getElementById(rowButtonId(id))?.focus())}
        />
      )}
    </Page>
  );
}

const intentWords = { enabled: undefined, draining: 'draining', disabled: 'disabled' } as const;

function ManagerRow({ state, manager }: { state: SettingsState; manager: ManagerDraft }) {
  const { draft } = state;
  const { show } = useViews();
  const checks = useManagerChecks();
  const looksOnly = useLooksOnly();
  const [isOpen, setOpen] = useState(false);
  const subject = subjectInDraft(draft, manager.id);
  const check = useManagerCheck(subject);
  const failure = check && tellFailure(check);
  const groups = groupsServedBy(draft, manager.id).map(({ name }) => name);
  const isWrong = checkManager(manager).value === undefined;
  const name = manager.name.trim() === '' ? 'Manager without a name' : manager.name;
  const intent = intentWords[manager.intent];

  return (
    <li className={styles.row}>
      <div className={styles.main}>
        <div className={styles.words}>
          <span className={styles.line}>
            <button
              type="button"
              id={rowButtonId(manager.id)}
              className={styles.name}
              onClick={() => show({ kind: 'settings', page: 'managers', item: manager.id })}
            >
              {name}
            </button>
            <ManagerMark draft={draft} managerId={manager.id} />
            {intent !== undefined && <Badge>{intent}</Badge>}
          </span>
          <span className={styles.details}>
            {manager.address}:{manager.port ?? ''}
            {groups.length === 0 ? ' · serves no group' : ` · serves ${groups.join(', ')}`}
            {manager.weight !== 1 && ` · weight ${manager.weight ?? ''}`}
            {manager.sessionLimit !== null && ` · at most ${manager.sessionLimit} sessions`}
          </span>
          {isWrong && <span className={styles.failure}>Some fields need correction.</span>}
          {failure && (
            <span className={styles.failure} role="status">
              {failure.step !== undefined && <strong>{failure.step}: </strong>}
              {failure.what} {failure.next}
            </span>
          )}
        </div>
        <span className={styles.tools}>
          {!looksOnly && (
            <IconButton
              label={`Check ${name} now`}
              icon={<RotateCw />}
              disabled={subject === undefined}
              onClick={() => subject && checks.check(subject)}
            />
          )}
          <span className={styles.toggle} data-open={isOpen || undefined}>
            <IconButton
              label={`Steps of the check of ${name}`}
              icon={<ChevronRight />}
              aria-expanded={isOpen}
              disabled={check === undefined}
              focusableWhenDisabled
              onClick={() => setOpen(!isOpen)}
            />
          </span>
        </span>
      </div>
      {isOpen && check && (
        <div className={styles.steps}>
          <CheckSteps check={check} />
          <p className={styles.trust}>
            {check.subject.groupName === undefined
              ? 'It serves no group: checked against public authorities.'
              : `Checked by the trust of the group ${check.subject.groupName}.`}
          </p>
        </div>
      )}
    </li>
  );
}
