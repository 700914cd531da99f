import { CircleSlash, LockOpen, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { Security } from '../../shared/model/health.ts';
import { Mark } from './Mark.tsx';

const marks = {
  secured: { tone: 'good', Icon: ShieldCheck, word: 'secured' },
  'encrypted-not-verified': { tone: 'warning', Icon: ShieldAlert, word: 'encrypted, not verified' },
  'connected-not-encrypted': { tone: 'note', Icon: LockOpen, word: 'connected, not encrypted' },
  failed: { tone: 'bad', Icon: CircleSlash, word: 'failed' },
} as const;

/** How a connection is protected, or that it failed. */
export function StateMark({ state }: { state: Security | 'failed' }) {
  const { tone, Icon, word } = marks[state];
  return (
    <Mark tone={tone} icon={<Icon aria-hidden="true" />}>
      {word}
    </Mark>
  );
}
