import { CircleDashed, Clock } from 'lucide-react';
import { useState } from 'react';
import type { SettingsDraft } from '../../../app/settingsDraft.ts';
import { Spinner } from '../../../ui/Spinner.tsx';
import { StateMark } from '../../../ui/StateMark.tsx';
import { Mark } from '../../../ui/Mark.tsx';
import { tellExpiry } from './checkWords.ts';
import type { ManagerCheck } from './managerChecks.ts';
import { useManagerCheck } from './managerChecks.ts';
import { subjectInDraft } from './managerDraft.ts';
import styles from './ManagerMark.module.css';

/** What the last live check found, as icon and word. */
export function ManagerMark({ draft, managerId }: { draft: SettingsDraft; managerId: string }) {
  const check = useManagerCheck(subjectInDraft(draft, managerId));
  const [now] = useState(() => Date.now());
  const expiry = tellExpiry(check?.certificateNotAfter, now);
  return (
    <span className={styles.marks}>
      <CheckMark check={check} />
      {expiry !== undefined && (
        <Mark tone="warning" icon={<Clock aria-hidden="true" />}>
          {expiry}
        </Mark>
      )}
    </span>
  );
}

function CheckMark({ check }: { check: ManagerCheck | undefined }) {
  if (check === undefined)
    return (
      <Mark tone="neutral" icon={<CircleDashed aria-hidden="true" />}>
        not checked
      </Mark>
    );
  if (check.state !== 'done')
    return (
      <Mark tone="neutral" icon={<Spinner size={14} />}>
        checking…
      </Mark>
    );
  return <StateMark state={check.security ?? 'failed'} />;
}
