import { CircleCheck, CircleSlash, Crown, GraduationCap, TriangleAlert } from 'lucide-react';
import type { RegistryMember } from '../../shared/model/registryHealth.ts';
import { Mark } from '../ui/Mark.tsx';
import { Spinner } from '../ui/Spinner.tsx';
import { describeMilliseconds } from './figures.ts';
import { commonWarnings, isNearlyFull, tellAlarm, tellDatabase, tellMemberFailure } from './registryWords.ts';
import styles from './RegistryMembers.module.css';

/** A member that was asked and hasn't answered yet. */
type Asked = Pick<RegistryMember, 'endpoint'> & { readonly isAsked: true };

/** The members of an etcd cluster, each as it answers itself, or why it doesn't. */
export function RegistryMembers(props: { label: string; members: readonly (RegistryMember | Asked)[] }) {
  const answers = props.members.filter((member): member is RegistryMember => !('isAsked' in member));
  const isWhole = answers.length === props.members.length;
  const common = isWhole ? commonWarnings(answers) : [];
  return (
    <>
      <ul className={styles.members} aria-label={props.label}>
        {props.members.map((member) => (
          <li key={member.endpoint} className={styles.member}>
            {'isAsked' in member ? (
              <>
                <Mark tone="neutral" icon={<Spinner size={14} />}>
                  asking…
                </Mark>
                <span className={styles.who}>
                  <span className={styles.endpoint}>{member.endpoint}</span>
                </span>
              </>
            ) : (
              <Answer member={member} common={common} />
            )}
          </li>
        ))}
      </ul>
      {common.length > 0 && (
        <div className={styles.common}>
          <p>All that answer:</p>
          <Warnings warnings={common} />
        </div>
      )}
    </>
  );
}

function Warnings({ warnings }: { warnings: readonly string[] }) {
  return warnings.map((warning) => (
    <p key={warning} className={styles.warning}>
      <TriangleAlert aria-hidden="true" />
      <span>{warning}</span>
    </p>
  ));
}

function Answer({ member, common }: { member: RegistryMember; common: readonly string[] }) {
  const { endpoint, name, version, roundTripMs, alarms, warnings, failure } = member;
  const database = tellDatabase(member);
  return (
    <>
      <RoleMark member={member} />
      <span className={styles.who}>
        {name !== undefined && <strong>{name}</strong>}
        <span className={styles.endpoint}>{endpoint}</span>
      </span>
      <span className={styles.figures}>
        {version !== undefined && <span>etcd {version}</span>}
        {database !== undefined && (
          <span className={isNearlyFull(member) ? styles.full : undefined}>database {database}</span>
        )}
        {roundTripMs !== undefined && <span>{describeMilliseconds(roundTripMs)}</span>}
      </span>
      {failure !== undefined && <p className={styles.failure}>{tellMemberFailure(failure)}</p>}
      {alarms.map((alarm) => (
        <p key={alarm} className={styles.failure}>
          {tellAlarm(alarm)}
        </p>
      ))}
      <Warnings warnings={warnings.filter((warning) => !common.includes(warning))} />
    </>
  );
}

const roles = {
  leader: { tone: 'good', Icon: Crown, word: 'leader' },
  follower: { tone: 'good', Icon: CircleCheck, word: 'follower' },
  learner: { tone: 'warning', Icon: GraduationCap, word: 'learner' },
} as const;

function RoleMark({ member: { failure, role } }: { member: RegistryMember }) {
  if (failure !== undefined)
    return (
      <Mark tone="bad" icon={<CircleSlash aria-hidden="true" />}>
        failed
      </Mark>
    );
  if (role === undefined)
    return (
      <Mark tone="good" icon={<CircleCheck aria-hidden="true" />}>
        answers
      </Mark>
    );
  const { tone, Icon, word } = roles[role];
  return (
    <Mark tone={tone} icon={<Icon aria-hidden="true" />}>
      {word}
    </Mark>
  );
}
