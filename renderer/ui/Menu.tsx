import { ContextMenu as BaseContextMenu } from '@base-ui/react/context-menu';
import { Menu as BaseMenu } from '@base-ui/react/menu';
import { Fragment, use } from 'react';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './Kbd.tsx';
import styles from './Menu.module.css';
import { PopupParentContext } from './popupParent.ts';

export interface MenuAction {
  readonly label: string;
  readonly icon?: ReactNode;
  /** Keys as `Kbd` shows them. */
  readonly shortcut?: string;
  readonly onSelect: () => void;
  readonly disabled?: boolean;
  readonly destructive?: boolean;
}

/** Actions in groups; a line between two groups. */
export type MenuGroups = readonly (readonly MenuAction[])[];

function Entries({ groups }: { groups: MenuGroups }) {
  return groups
    .filter((group) => group.length > 0)
    .map((group, index) => (
      <Fragment key={group[0]?.label}>
        {index > 0 && <BaseMenu.Separator className={styles.separator} />}
        {group.map((action) => (
          <BaseMenu.Item
            key={action.label}
            className={`${styles.item} ${action.destructive === true ? styles.destructive : ''}`}
            disabled={action.disabled === true}
            onClick={action.onSelect}
          >
            <span className={styles.icon}>{action.icon}</span>
            <span className={styles.label}>{action.label}</span>
            {action.shortcut !== undefined && <Kbd keys={action.shortcut} />}
          </BaseMenu.Item>
        ))}
      </Fragment>
    ));
}

/** A button that opens a menu; `trigger` is one Button or IconButton. */
export function Menu({ trigger, groups }: { trigger: ReactElement; groups: MenuGroups }) {
  return (
    <BaseMenu.Root modal={false}>
      <BaseMenu.Trigger render={trigger} />
      <BaseMenu.Portal container={use(PopupParentContext)}>
        <BaseMenu.Positioner className={styles.positioner} sideOffset={4} align="end">
          <BaseMenu.Popup className={styles.popup}>
            <Entries groups={groups} />
          </BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  );
}

/** The menu of whatever lies under the pointer or has the focus (Shift+F10) inside `area`, one element. */
export function ContextMenu(props: { area: ReactElement; children: ReactNode; groups: MenuGroups }) {
  return (
    <BaseContextMenu.Root>
      <BaseContextMenu.Trigger render={props.area}>{props.children}</BaseContextMenu.Trigger>
      <BaseContextMenu.Portal container={use(PopupParentContext)}>
        <BaseContextMenu.Positioner className={styles.positioner}>
          <BaseContextMenu.Popup className={styles.popup}>
            <Entries groups={props.groups} />
          </BaseContextMenu.Popup>
        </BaseContextMenu.Positioner>
      </BaseContextMenu.Portal>
    </BaseContextMenu.Root>
  );
}
