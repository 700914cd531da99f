import { CircleCheck, CircleDashed, CircleSlash, TriangleAlert } from 'lucide-react';
import { Mark } from '../../../ui/Mark.tsx';
import { Spinner } from '../../../ui/Spinner.tsx';
import { summariseCheck } from './poolChecks.ts';
import type { PoolCheck } from './poolChecks.ts';

const icons = { good: CircleCheck, warning: TriangleAlert, bad: CircleSlash } as const;

/** What the last live check of a pool found, as icon and word. */
export function PoolCheckMark({ check }: { check: PoolCheck | undefined }) {
  if (check === undefined)
    return (
      <Mark tone="neutral" icon={<CircleDashed aria-hidden="true" />}>
        not checked
      </Mark>
    );
  if (check.isRunning)
    return (
      <Mark tone="neutral" icon={<Spinner size={14} />}>
        checking…
      </Mark>
    );
  const { tone, word } = summariseCheck(check);
  const Icon = icons[tone];
  return (
    <Mark tone={tone} icon={<Icon aria-hidden="true" />}>
      {word}
    </Mark>
  );
}
