import { ArrowDown, ArrowUp, ChevronRight, EllipsisVertical, Pencil, RotateCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import { checkPool } from '../../../app/poolDraft.ts';
import type { PoolDraft } from '../../../app/poolDraft.ts';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { entriesOf } from '../../../app/selectorText.ts';
import { useSettingsStore } from '../../../app/settings.ts';
import type { SettingsDraft } from '../../../app/settingsDraft.ts';
import { movePool } from '../../../app/settingsEdits.ts';
import { useViews } from '../../../app/views.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { CheckedMembers } from './CheckedMembers.tsx';
import { PoolCheckMark } from './PoolCheckMark.tsx';
import { usePoolCheck } from './poolChecks.ts';
import type { PoolChecks } from './poolChecks.ts';
import { useRemovePools } from './useRemovePools.ts';
import rowStyles from '../managers/ManagersPage.module.css';
import styles from './PoolList.module.css';

export const rowButtonId = (poolId: string) => `pool-${poolId}`;

/** The pools in the order of their use. */
export function PoolList(props: { draft: SettingsDraft; checks: PoolChecks; isLocked: boolean }) {
  const { draft } = props;
  const store = useSettingsStore();
  const [announcement, setAnnouncement] = useState('');
  const move = (pool: PoolDraft, to: number) => {
    if (to < 0 || to >= draft.pools.length) return;
    store.edit(movePool(pool.id, to));
    setAnnouncement(`${pool.name} is now number ${to + 1} of ${draft.pools.length}.`);
  };
  return (
    <>
      <ol className={rowStyles.list} aria-label="Pools in the order of their use">
        {draft.pools.map((pool, index) => (
          <PoolRow
            key={pool.id}
            {...props}
            pool={pool}
            index={index}
            onMove={(to) => {
              move(pool, to);
            }}
          />
        ))}
      </ol>
      <VisuallyHidden>
        <span role="status">{announcement}</span>
      </VisuallyHidden>
    </>
  );
}

function PoolRow(props: {
  draft: SettingsDraft;
  checks: PoolChecks;
  isLocked: boolean;
  pool: PoolDraft;
  index: number;
  onMove: (to: number) => void;
}) {
  const { draft, checks, isLocked, pool, index, onMove } = props;
  const { show } = useViews();
  const remove = useRemovePools();
  const looksOnly = useLooksOnly();
  const [isOpen, setOpen] = useState(false);
  const { value } = checkPool(pool);
  const check = usePoolCheck(checks, value);
  const name = pool.name.trim() === '' ? 'Pool without a name' : pool.name;
  const groups = draft.groups.filter(({ poolId }) => poolId === pool.id).map((group) => group.name);
  const edit = () => show({ kind: 'settings', page: 'registry', item: pool.id });
  const onKeyDown = (event: KeyboardEvent) => {
    if (isLocked || !event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
    event.preventDefault();
    onMove(event.key === 'ArrowUp' ? index - 1 : index + 1);
  };

  return (
    <li className={rowStyles.row}>
      <div className={`${rowStyles.main} ${styles.main}`}>
        <span className={styles.number}>{index + 1}.</span>
        <div className={rowStyles.words}>
          <span className={rowStyles.line}>
            <button
              type="button"
              id={rowButtonId(pool.id)}
              className={rowStyles.name}
              aria-keyshortcuts={isLocked ? undefined : 'Alt+ArrowUp Alt+ArrowDown'}
              onClick={edit}
              onKeyDown={onKeyDown}
            >
              {name}
            </button>
            <PoolCheckMark check={check} />
            <Badge>{pool.id}</Badge>
          </span>
          <span className={`${rowStyles.details} ${styles.endpoints}`}>
            {entriesOf(pool.endpoints).map((endpoint) => (
              <span key={endpoint}>{endpoint}</span>
            ))}
          </span>
          {groups.length > 0 && (
            <span className={rowStyles.details}>
              The first choice of {groups.length === 1 ? 'the group' : 'the groups'} {groups.join(', ')}
            </span>
          )}
          {value === undefined && <span className={rowStyles.failure}>Some fields need correction.</span>}
        </div>
        <span className={rowStyles.tools}>
          {!looksOnly && (
            <IconButton
              label={`Check ${name} now`}
              icon={<RotateCw />}
              disabled={value === undefined}
              onClick={() => {
                if (value === undefined) return;
                checks.check(value);
                setOpen(true);
              }}
            />
          )}
          <span className={rowStyles.toggle} data-open={isOpen || undefined}>
            <IconButton
              label={`Members of ${name}`}
              icon={<ChevronRight />}
              aria-expanded={isOpen}
              disabled={check === undefined}
              focusableWhenDisabled
              onClick={() => setOpen(!isOpen)}
            />
          </span>
          <IconButton
            label={`Move ${name} up`}
            shortcut="Alt+↑"
            icon={<ArrowUp />}
            disabled={isLocked || index === 0}
            focusableWhenDisabled
            onClick={() => onMove(index - 1)}
            onKeyDown={onKeyDown}
          />
          <IconButton
            label={`Move ${name} down`}
            shortcut="Alt+↓"
            icon={<ArrowDown />}
            disabled={isLocked || index === draft.pools.length - 1}
            focusableWhenDisabled
            onClick={() => onMove(index + 1)}
            onKeyDown={onKeyDown}
          />
          <Menu
            trigger={<IconButton label={`More for ${name}`} icon={<EllipsisVertical />} />}
            groups={[
              [{ label: isLocked ? 'Look at it' : 'Edit', icon: <Pencil />, onSelect: edit }],
              [
                {
                  label: 'Delete',
                  icon: <Trash2 />,
                  destructive: true,
                  disabled: isLocked,
                  onSelect: () => remove([pool.id]),
                },
              ],
            ]}
          />
        </span>
      </div>
      {isOpen && check && (
        <div className={rowStyles.steps}>
          <CheckedMembers check={check} />
        </div>
      )}
    </li>
  );
}
