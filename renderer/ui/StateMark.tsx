import { CircleSlash, LockOpen, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { Security } from '../../shared/model/health.ts';
import styles from './StateMark.module.css';

const marks = {
  secured: { Icon: ShieldCheck, word: 'secured' },
  'encrypted-not-verified': { Icon: ShieldAlert, word: 'encrypted, not verified' },
  'connected-not-encrypted': { Icon: LockOpen, word: 'connected, not encrypted' },
  failed: { Icon: CircleSlash, word: 'failed' },
} as const;

/** How a connection is protected, or that it failed: always icon and word, so that colour is never alone. */
export function StateMark({ state }: { state: Security | 'failed' }) {
  const mark = marks[state];
  return (
    <span className={`${styles.mark} ${styles[state]}`}>
      <mark.Icon aria-hidden="true" />
      {mark.word}
    </span>
  );
}
