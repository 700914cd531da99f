import { ArrowLeft, Copy, Plus, Trash2, TriangleAlert } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { defaultGroupId } from '../../../../shared/model/proximityGroup.ts';
import { useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { checkGroup } from '../../../app/settingsDraft.ts';
import type { GroupDraft } from '../../../app/settingsDraft.ts';
import { changeGroup, duplicateGroup } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { Select } from '../../../ui/Select.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { LockNote } from '../LockNote.tsx';
import { AddManagerDialog } from '../managers/AddManagerDialog.tsx';
import { ManagerMark } from '../managers/ManagerMark.tsx';
import { useWhatIf } from '../whatIf/whatIf.ts';
import { tellFinding } from '../whatIf/whatIfWords.ts';
import { SelectorFields } from './SelectorFields.tsx';
import { TrustFields } from './TrustFields.tsx';
import { useRemoveGroup } from './useRemoveGroup.ts';
import styles from './Editor.module.css';

const noFallback = '';
const firstPool = '';

/** One group: its name, which hosts it takes, who serves them, and how those prove who they are. */
export function GroupEditor(props: {
  state: SettingsState;
  group: GroupDraft;
  lockedBy: string | undefined;
}) {
  const { state, group, lockedBy } = props;
  const { draft, saved } = state;
  const store = useSettingsStore();
  const { show, goUp } = useViews();
  const { report } = useWhatIf();
  const remove = useRemoveGroup();
  const [adds, setAdds] = useState(false);
  const form = useRef<HTMLDivElement>(null);
  const isLocked = lockedBy !== undefined;
  const isDefault = group.id === defaultGroupId;
  const { errors } = checkGroup(group);
  const findings = report.value?.findings.filter(({ groupId }) => groupId === group.id) ?? [];
  const nameOf = (id: string) => draft.groups.find((other) => other.id === id)?.name ?? 'a removed group';
  const change = (part: Partial<GroupDraft>) => store.edit(changeGroup(group.id, part));

  const isNew = !saved.settings.groups.some(({ id }) => id === group.id);
  useEffect(() => {
    const name = form.current?.querySelector<HTMLInputElement>('input');
    name?.focus();
    if (isNew) name?.select();
  }, [isNew]);

  return (
    <div className={styles.editor}>
      <header className={styles.header}>
        <Button kind="quiet" icon={<ArrowLeft aria-hidden="true" />} onClick={goUp}>
          All groups
        </Button>
        <span className={styles.actions}>
          <Button
            kind="quiet"
            icon={<Copy aria-hidden="true" />}
            disabled={isLocked}
            onClick={() => {
              const id = crypto.randomUUID();
              store.edit(duplicateGroup(group.id, id));
              show({ kind: 'settings', page: 'groups', item: id });
            }}
          >
            Duplicate
          </Button>
          {!isDefault && (
            <Button
              kind="quiet"
              icon={<Trash2 aria-hidden="true" />}
              disabled={isLocked}
              onClick={() => {
                remove(group.id);
                goUp();
              }}
            >
              Delete
            </Button>
          )}
        </span>
      </header>
      <h2 className={styles.title}>{group.name.trim() === '' ? 'Group without a name' : group.name}</h2>
      <LockNote what="The proximity groups" managedBy={lockedBy} />

      <div ref={form} className={styles.narrow}>
        <TextField
          label="Name"
          value={group.name}
          disabled={isLocked}
          error={errors['name']}
          onChange={(name) => change({ name })}
        />
      </div>

      {isDefault ? (
        <section className={styles.part}>
          <h3 className={styles.heading}>Hosts</h3>
          <p className={styles.text}>
            The Default group takes whatever no other group takes. It is always last and always there.
          </p>
        </section>
      ) : (
        <Fieldset
          title="Hosts"
          text="The group takes a host when any of these rules fits. A rule fits when each of its fields that is filled fits."
          disabled={isLocked}
        >
          {findings.map((finding) => (
            <p key={finding.kind} className={styles.finding}>
              <TriangleAlert aria-hidden="true" />
              {tellFinding(finding, nameOf)}
            </p>
          ))}
          <SelectorFields
            selectors={group.selectors}
            errors={errors}
            disabled={isLocked}
            onChange={(selectors) => change({ selectors })}
          />
        </Fieldset>
      )}

      <Fieldset
        title="Session managers"
        text="A new session goes to the one with the fewest sessions for its weight."
        disabled={isLocked}
      >
        {draft.managers.length === 0 && <p className={styles.text}>There are no session managers yet.</p>}
        {draft.managers.map((manager) => (
          <div key={manager.id} className={styles.manager}>
            <Checkbox
              label={manager.name.trim() === '' ? 'Manager without a name' : manager.name}
              hint={`${manager.address}:${manager.port ?? ''}`}
              disabled={isLocked}
              checked={group.managerIds.includes(manager.id)}
              onChange={(serves) =>
                change({
                  managerIds: serves
                    ? [...group.managerIds, manager.id]
                    : group.managerIds.filter((id) => id !== manager.id),
                })
              }
            />
            <ManagerMark draft={draft} managerId={manager.id} />
          </div>
        ))}
        <span>
          <Button icon={<Plus aria-hidden="true" />} onClick={() => setAdds(true)}>
            Add a session manager
          </Button>
        </span>
      </Fieldset>

      <Fieldset
        title="Trust"
        text="How a session manager of this group proves who it is, before any password is sent."
        disabled={isLocked}
      >
        <TrustFields
          trust={group.trust}
          errors={errors}
          disabled={isLocked}
          onChange={(trust) => change({ trust })}
        />
      </Fieldset>

      <div className={styles.narrow}>
        <Select
          label="Fallback"
          hint="Used only when no session manager of this group can take a session, and the wait is over."
          disabled={isLocked}
          value={group.fallbackGroupId ?? noFallback}
          onChange={(id) => change({ fallbackGroupId: id === noFallback ? null : id })}
          options={[
            { value: noFallback, label: 'None: the session is not opened' },
            ...draft.groups
              .filter(({ id }) => id !== group.id)
              .map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
      </div>
      {draft.pools.length > 0 && (
        <div className={styles.narrow}>
          <Select
            label="Pool of the session registry"
            hint="Its sessions are counted here; in the next pool that answers, where this one does not."
            disabled={isLocked}
            value={group.poolId ?? firstPool}
            onChange={(id) => change({ poolId: id === firstPool ? null : id })}
            options={[
              { value: firstPool, label: 'None of its own: the first that answers' },
              ...draft.pools.map(({ id, name }) => ({ value: id, label: name.trim() === '' ? id : name })),
            ]}
          />
        </div>
      )}
      {adds && <AddManagerDialog draft={draft} groupIds={[group.id]} onClose={() => setAdds(false)} />}
    </div>
  );
}
