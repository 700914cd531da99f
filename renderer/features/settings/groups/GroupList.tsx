import {
  ArrowDown,
  ArrowUp,
  Copy,
  EllipsisVertical,
  GripVertical,
  Pencil,
  Trash2,
  TriangleAlert,
} from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { defaultGroupId } from '../../../../shared/model/proximityGroup.ts';
import { useHosts } from '../../../app/hosts.ts';
import { useSettingsStore } from '../../../app/settings.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { checkGroup } from '../../../app/settingsDraft.ts';
import type { GroupDraft } from '../../../app/settingsDraft.ts';
import { duplicateGroup, moveGroup } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { StateMark } from '../../../ui/StateMark.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { useWhatIf } from '../whatIf/whatIf.ts';
import { formatCount, tellFinding } from '../whatIf/whatIfWords.ts';
import { tellRules, weakTrust } from './groupWords.ts';
import { useRemoveGroup } from './useRemoveGroup.ts';
import { rowAttribute, useReorder } from './useReorder.ts';
import styles from './GroupList.module.css';

const rowButtonId = (groupId: string) => `group-${groupId}`;

/** The groups in their order: the place in the list is the priority. */
export function GroupList(props: { state: SettingsState; isLocked: boolean; focusId: string | undefined }) {
  const { draft } = props.state;
  const store = useSettingsStore();
  const list = useRef<HTMLOListElement>(null);
  const [announcement, setAnnouncement] = useState('');
  const movable = draft.groups.filter(({ id }) => id !== defaultGroupId);

  const move = (id: string, to: number) => {
    const group = movable.find((candidate) => candidate.id === id);
    if (group === undefined || to < 0 || to >= movable.length) return;
    store.edit(moveGroup(id, to));
    setAnnouncement(`${group.name} is now number ${to + 1} of ${movable.length}.`);
  };
  const { draggedId, startDrag } = useReorder(list, move);

  const { focusId } = props;
  useEffect(() => {
    if (focusId !== undefined) document.getElementById(rowButtonId(focusId))?.focus();
  }, [focusId]);

  return (
    <>
      <ol ref={list} className={styles.list} data-dragging={draggedId !== undefined || undefined}>
        {draft.groups.map((group, index) => (
          <GroupRow
            key={group.id}
            state={props.state}
            group={group}
            index={index}
            last={movable.length - 1}
            isLocked={props.isLocked}
            isDragged={group.id === draggedId}
            onMove={move}
            onStartDrag={startDrag(group.id)}
          />
        ))}
      </ol>
      <VisuallyHidden>
        <span role="status">{announcement}</span>
      </VisuallyHidden>
    </>
  );
}

function GroupRow(props: {
  state: SettingsState;
  group: GroupDraft;
  index: number;
  /** Place of the last group that can be moved. */
  last: number;
  isLocked: boolean;
  isDragged: boolean;
  onMove: (id: string, to: number) => void;
  onStartDrag: ReturnType<ReturnType<typeof useReorder>['startDrag']>;
}) {
  const { state, group, index, last, isLocked, onMove } = props;
  const store = useSettingsStore();
  const { show } = useViews();
  const { lists } = useHosts();
  const { report } = useWhatIf();
  const remove = useRemoveGroup();
  const isDefault = group.id === defaultGroupId;
  const isMovable = !isDefault && !isLocked;

  const counts = report.value?.groups.find(({ groupId }) => groupId === group.id);
  const findings = report.value?.findings.filter(({ groupId }) => groupId === group.id) ?? [];
  const nameOf = (id: string) =>
    state.draft.groups.find((other) => other.id === id)?.name ?? 'a removed group';
  const vaultName = (id: string) => lists.vaults.find((vault) => vault.id === id)?.name ?? 'that is gone';
  const managers = group.managerIds.map(
    (id) => state.draft.managers.find((manager) => manager.id === id)?.name ?? id,
  );
  const weak = weakTrust[group.trust.kind];
  const isWrong = checkGroup(group).value === undefined;
  const edit = () => show({ kind: 'settings', page: 'groups', item: group.id });

  const onKeyDown = (event: KeyboardEvent) => {
    if (!isMovable || !event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    onMove(group.id, event.key === 'ArrowUp' ? index - 1 : index + 1);
  };

  return (
    <li
      className={styles.row}
      data-dragged={props.isDragged || undefined}
      {...(isMovable && { [rowAttribute]: group.id })}
    >
      {/* For the pointer only: buttons and Alt with the arrows move a group by keyboard. */}
      <span
        className={styles.grip}
        aria-hidden="true"
        data-hidden={!isMovable || undefined}
        onPointerDown={isMovable ? props.onStartDrag : undefined}
      >
        <GripVertical />
      </span>
      <span className={styles.number}>{isDefault ? '' : `${index + 1}.`}</span>
      <div className={styles.words}>
        <span className={styles.line}>
          <button
            type="button"
            id={rowButtonId(group.id)}
            className={styles.name}
            onClick={edit}
            onKeyDown={onKeyDown}
            {...(isMovable && { 'aria-keyshortcuts': 'Alt+ArrowUp Alt+ArrowDown' })}
          >
            {group.name.trim() === '' ? 'Group without a name' : group.name}
          </button>
          {weak !== undefined && <StateMark state={weak} />}
          {isWrong && (
            <span className={styles.wrong}>
              <TriangleAlert aria-hidden="true" /> needs correction
            </span>
          )}
        </span>
        <span className={styles.rules}>
          {isDefault ? 'Takes whatever no other group takes' : tellRules(group, vaultName)}
        </span>
        <span className={styles.managers}>
          {managers.length === 0 ? 'No session managers' : `Served by ${managers.join(', ')}`}
          {group.fallbackGroupId !== null && ` · falls back to ${nameOf(group.fallbackGroupId)}`}
        </span>
        {findings.map((finding) => (
          <span key={finding.kind} className={styles.finding} data-kind={finding.kind}>
            <TriangleAlert aria-hidden="true" />
            <span>{tellFinding(finding, nameOf)}</span>
          </span>
        ))}
      </div>
      <span className={styles.count}>
        {counts === undefined
          ? ''
          : counts.today === counts.after
            ? `${formatCount(counts.after)} ${counts.after === 1 ? 'host' : 'hosts'}`
            : `${formatCount(counts.today)} → ${formatCount(counts.after)} hosts`}
      </span>
      <span className={styles.tools}>
        {!isDefault && (
          <>
            <IconButton
              label={`Move ${group.name} up`}
              shortcut="Alt+↑"
              icon={<ArrowUp />}
              disabled={!isMovable || index === 0}
              focusableWhenDisabled
              onClick={() => onMove(group.id, index - 1)}
              onKeyDown={onKeyDown}
            />
            <IconButton
              label={`Move ${group.name} down`}
              shortcut="Alt+↓"
              icon={<ArrowDown />}
              disabled={!isMovable || index === last}
              focusableWhenDisabled
              onClick={() => onMove(group.id, index + 1)}
              onKeyDown={onKeyDown}
            />
          </>
        )}
        <Menu
          trigger={<IconButton label={`More for ${group.name}`} icon={<EllipsisVertical />} />}
          groups={[
            [
              { label: isLocked ? 'Look at it' : 'Edit', icon: <Pencil />, onSelect: edit },
              {
                label: 'Duplicate',
                icon: <Copy />,
                disabled: isLocked,
                onSelect: () => store.edit(duplicateGroup(group.id, crypto.randomUUID())),
              },
            ],
            isDefault
              ? []
              : [
                  {
                    label: 'Delete',
                    icon: <Trash2 />,
                    destructive: true,
                    disabled: isLocked,
                    onSelect: () => remove(group.id),
                  },
                ],
          ]}
        />
      </span>
    </li>
  );
}
