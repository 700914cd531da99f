import { Ban, CircleCheck, CircleDashed, CircleSlash, LogOut } from 'lucide-react';
import type { ManagerState } from './managerState.ts';
import styles from './ManagerMark.module.css';

const marks = {
  up: { Icon: CircleCheck, word: 'up' },
  draining: { Icon: LogOut, word: 'draining' },
  disabled: { Icon: Ban, word: 'disabled' },
  down: { Icon: CircleSlash, word: 'down' },
  unknown: { Icon: CircleDashed, word: 'not seen yet' },
} as const satisfies Record<ManagerState, unknown>;

/** How a manager is doing: always icon and word, so that colour is never alone. */
export function ManagerMark({ state }: { state: ManagerState }) {
  const mark = marks[state];
  return (
    <span className={styles.mark} data-state={state}>
      <mark.Icon aria-hidden="true" />
      {mark.word}
    </span>
  );
}
