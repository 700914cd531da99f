import { useVirtualizer } from '@tanstack/react-virtual';
import {
  Ban,
  CircleCheck,
  CircleDashed,
  EllipsisVertical,
  Link,
  Pencil,
  ShieldCheck,
  ShieldX,
  Trash2,
  UserCheck,
} from 'lucide-react';
import { useRef } from 'react';
import type { Account } from '../../../../shared/model/access.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Mark } from '../../../ui/Mark.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { formatDay } from '../records/dates.ts';
import { namedRoles, stateOf } from './accountRows.ts';
import styles from './AccountList.module.css';

interface Actions {
  readonly mayEdit: boolean;
  /** Nobody takes the way in from themselves by a slip. */
  readonly ownName: string | undefined;
  readonly onEdit: (account: Account) => void;
  readonly onInvite: (account: Account) => void;
  readonly onReset: (account: Account) => void;
  readonly onRemove: (account: Account) => void;
  readonly onDisable: (account: Account, isDisabled: boolean) => void;
}

/** In pixels, as in the style sheet. */
const rowHeight = 60;

/** As many accounts as there are; only the rows that are seen exist. */
export function AccountList({ accounts, ...actions }: Actions & { accounts: readonly Account[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: accounts.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => accounts[index]?.name ?? index,
    overscan: 8,
  });
  return (
    // Whatever scrolls can be scrolled by keys, also where nothing in it takes the focus.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div ref={scroller} className={styles.scroller} tabIndex={actions.mayEdit ? undefined : 0}>
      <ul className={styles.rows} style={{ height: virtualizer.getTotalSize() }} aria-label="Accounts">
        {virtualizer.getVirtualItems().map(({ key, index, start }) => {
          const account = accounts[index];
          if (account === undefined) return undefined;
          return (
            <li
              key={key}
              className={styles.row}
              style={{ transform: `translateY(${start}px)` }}
              aria-posinset={index + 1}
              aria-setsize={accounts.length}
            >
              <AccountRow {...actions} account={account} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

const stateIcons = { good: CircleCheck, warning: CircleDashed, neutral: Ban } as const;

function AccountRow({ account, ...actions }: Actions & { account: Account }) {
  const { name, displayName, groups, roles, isDisabled, hasPassword, hasSecondFactor, signedInAt } = account;
  const { tone, word } = stateOf(account);
  const StateIcon = stateIcons[tone];
  const isOwn = actions.ownName?.toLowerCase() === name.toLowerCase();
  return (
    <>
      <span className={styles.words}>
        <span className={styles.line}>
          {actions.mayEdit ? (
            <button type="button" className={styles.name} onClick={() => actions.onEdit(account)}>
              {name}
            </button>
          ) : (
            <span className={styles.name}>{name}</span>
          )}
          {displayName !== '' && displayName !== name && <span className={styles.muted}>{displayName}</span>}
          {isOwn && <Badge>you</Badge>}
          {namedRoles(roles).map((role) => (
            <Badge key={role}>{role}</Badge>
          ))}
        </span>
        <span className={`${styles.muted} ${styles.details}`}>
          {groups.length === 0 ? 'In no group' : groups.join(', ')}
          {signedInAt !== undefined && ` · signed in ${formatDay(signedInAt)}`}
        </span>
      </span>
      <span className={styles.marks}>
        <Mark tone={tone} icon={<StateIcon aria-hidden="true" />}>
          {word}
        </Mark>
        {hasSecondFactor && (
          <Mark tone="good" icon={<ShieldCheck aria-hidden="true" />}>
            second factor
          </Mark>
        )}
      </span>
      {actions.mayEdit && (
        <Menu
          trigger={<IconButton label={`More for ${name}`} icon={<EllipsisVertical />} />}
          groups={[
            [
              { label: 'Edit…', icon: <Pencil />, onSelect: () => actions.onEdit(account) },
              {
                label: hasPassword ? 'Invite to a new password…' : 'Invite to choose a password…',
                icon: <Link />,
                disabled: isDisabled,
                onSelect: () => actions.onInvite(account),
              },
              ...(hasSecondFactor
                ? [
                    {
                      label: 'Reset the second factor…',
                      icon: <ShieldX />,
                      onSelect: () => actions.onReset(account),
                    },
                  ]
                : []),
            ],
            [
              {
                label: isDisabled ? 'Enable' : 'Disable',
                icon: isDisabled ? <UserCheck /> : <Ban />,
                disabled: isOwn,
                onSelect: () => actions.onDisable(account, !isDisabled),
              },
              {
                label: 'Remove…',
                icon: <Trash2 />,
                destructive: true,
                disabled: isOwn,
                onSelect: () => actions.onRemove(account),
              },
            ],
          ]}
        />
      )}
    </>
  );
}
