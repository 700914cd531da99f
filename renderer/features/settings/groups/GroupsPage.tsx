import { Plus } from 'lucide-react';
import { useState } from 'react';
import { managedBy, useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { checkDraft } from '../../../app/settingsDraft.ts';
import { addGroup } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { NumberField } from '../../../ui/NumberField.tsx';
import { LockNote } from '../LockNote.tsx';
import { Page } from '../records/Page.tsx';
import { GroupEditor } from './GroupEditor.tsx';
import { GroupList } from './GroupList.tsx';
import styles from './GroupsPage.module.css';

/** The proximity groups in their order, or one of them to edit. */
export function GroupsPage({ state, item }: { state: SettingsState; item: string | undefined }) {
  const store = useSettingsStore();
  const { show } = useViews();
  /** The one edited last gets the focus when its page closes. */
  const [lastItem, setLastItem] = useState(item);
  if (item !== undefined && item !== lastItem) setLastItem(item);

  const lockedBy = managedBy(state.saved, 'groups');
  const queueLockedBy = managedBy(state.saved, 'queueTimeoutMs');
  const group = state.draft.groups.find(({ id }) => id === item);
  if (group !== undefined)
    return <GroupEditor key={group.id} state={state} group={group} lockedBy={lockedBy} />;

  const create = () => {
    const id = crypto.randomUUID();
    store.edit(addGroup(id, 'New group'));
    show({ kind: 'settings', page: 'groups', item: id });
  };
  return (
    <Page
      title="Proximity groups"
      text="Each group says which hosts it takes and which session managers are near them. A host belongs to the first group from the top that takes it."
      actions={
        <Button icon={<Plus aria-hidden="true" />} disabled={lockedBy !== undefined} onClick={create}>
          New group
        </Button>
      }
    >
      <LockNote what="The proximity groups" managedBy={lockedBy} />
      <GroupList state={state} isLocked={lockedBy !== undefined} focusId={lastItem} />
      <div className={styles.queue}>
        <NumberField
          label="Seconds to wait when every session manager of a group is down"
          hint={
            queueLockedBy === undefined
              ? 'Then the group’s fallback is used, if it names one.'
              : `Managed by ${queueLockedBy}.`
          }
          error={checkDraft(state.draft).queueTimeoutError}
          disabled={queueLockedBy !== undefined}
          value={state.draft.queueTimeoutSeconds}
          minimum={0}
          maximum={600}
          decimals={3}
          onChange={(queueTimeoutSeconds) => store.edit((draft) => ({ ...draft, queueTimeoutSeconds }))}
        />
      </div>
    </Page>
  );
}
