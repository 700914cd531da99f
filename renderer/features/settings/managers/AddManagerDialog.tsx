import { useState } from 'react';
import { useSettingsStore } from '../../../app/settings.ts';
import type { SettingsDraft } from '../../../app/settingsDraft.ts';
import { checkManager } from '../../../app/settingsDraft.ts';
import { addManager } from '../../../app/settingsEdits.ts';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { GroupChoices } from './GroupChoices.tsx';
import { useManagerChecks } from './managerChecks.ts';
import { newManager, subjectInDraft } from './managerDraft.ts';
import { EndpointFields } from './ManagerFields.tsx';
import styles from './ManagerFields.module.css';

/** Adds a manager to the draft, to the groups that are chosen, and checks it at once. */
export function AddManagerDialog(props: {
  draft: SettingsDraft;
  /** Those that are chosen from the start. */
  groupIds: readonly string[];
  onClose: () => void;
  onAdded?: (managerId: string) => void;
}) {
  const { draft, onClose } = props;
  const store = useSettingsStore();
  const checks = useManagerChecks();
  const [manager, setManager] = useState(() => newManager(crypto.randomUUID()));
  const [groupIds, setGroupIds] = useState(props.groupIds);
  const [tried, setTried] = useState(false);

  // Who leaves the name empty calls it by its address.
  const named = manager.name.trim() === '' ? { ...manager, name: manager.address } : manager;
  const { value, errors } = checkManager(named);
  const shown = Object.fromEntries(
    Object.entries(errors).filter(
      ([field]) => field !== 'name' && (tried || (field === 'port' && manager.port !== null)),
    ),
  );

  const add = () => {
    setTried(true);
    if (value === undefined) return;
    store.edit(addManager(named, groupIds));
    onClose();
    props.onAdded?.(named.id);
    const next = store.getState()?.draft;
    const subject = next && subjectInDraft(next, named.id);
    if (subject) checks.check(subject);
  };

  return (
    <FormDialog
      title="New session manager"
      description="An endpoint that speaks the Guacamole protocol: guacd, or a Proxima manager in front of one."
      submitLabel="Add and check"
      onSubmit={add}
      onClose={onClose}
    >
      <div className={styles.fields}>
        <EndpointFields
          manager={manager}
          errors={shown}
          onChange={(part) => setManager({ ...manager, ...part })}
        />
        <GroupChoices draft={draft} groupIds={groupIds} onChange={setGroupIds} />
      </div>
    </FormDialog>
  );
}
