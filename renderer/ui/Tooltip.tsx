import { Tooltip as BaseTooltip } from '@base-ui/react/tooltip';
import { use } from 'react';
import type { ReactElement } from 'react';
import { Kbd } from './Kbd.tsx';
import { PopupParentContext } from './popupParent.ts';
import styles from './Tooltip.module.css';

/** Around the app once: the delay after which tooltips show, and without which the next ones do. */
export const TooltipProvider = BaseTooltip.Provider;

/** Names what `children` (one focusable element) does; never the only place where something is said. */
export function Tooltip(props: { text: string; shortcut?: string | undefined; children: ReactElement }) {
  return (
    <BaseTooltip.Root>
      <BaseTooltip.Trigger render={props.children} />
      <BaseTooltip.Portal container={use(PopupParentContext)}>
        <BaseTooltip.Positioner sideOffset={6} className={styles.positioner}>
          <BaseTooltip.Popup className={styles.popup}>
            {props.text}
            {props.shortcut !== undefined && <Kbd keys={props.shortcut} />}
          </BaseTooltip.Popup>
        </BaseTooltip.Positioner>
      </BaseTooltip.Portal>
    </BaseTooltip.Root>
  );
}
