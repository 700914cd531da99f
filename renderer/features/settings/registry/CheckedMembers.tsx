import { RegistryMembers } from '../../../app/RegistryMembers.tsx';
import { tellMembers } from '../../../app/registryWords.ts';
import type { PoolCheck } from './poolChecks.ts';
import styles from './CheckedMembers.module.css';

/** Each endpoint of a pool in the order in which it is entered, as soon as it has answered. */
export function CheckedMembers({ check }: { check: PoolCheck }) {
  const { pool, isRunning, failure } = check;
  const answered = new Map(check.members.map((member) => [member.endpoint, member]));
  const missing = { alarms: [], warnings: [], failure: failure ?? { code: 'internal' as const } };
  const members = pool.endpoints.map((endpoint) => answered.get(endpoint) ?? { endpoint, ...missing });
  return (
    <div>
      <RegistryMembers
        label={`Check of ${pool.name}`}
        members={
          isRunning
            ? members.map(({ endpoint }) => answered.get(endpoint) ?? { endpoint, isAsked: true })
            : members
        }
      />
      <p className={styles.summary} role="status">
        {isRunning ? '' : tellMembers(members)}
      </p>
    </div>
  );
}
