import { ArrowRight, TriangleAlert } from 'lucide-react';
import { describeFailure } from '../../../../shared/contract/failure.ts';
import type { SettingsState } from '../../../app/settings.ts';
import { checkDraft } from '../../../app/settingsDraft.ts';
import { useViews } from '../../../app/views.ts';
import { Part } from './Part.tsx';
import { useWhatIf } from './whatIf.ts';
import { formatCount, tellFinding, tellMove, tellMoved, tellUnserved } from './whatIfWords.ts';
import styles from './Consequences.module.css';

/** The changes in words, and what they do to the saved hosts where that is the question. */
export function Consequences({ state, withHosts }: { state: SettingsState; withHosts: boolean }) {
  const { changes } = useWhatIf();
  const isWrong = checkDraft(state.draft).settings === undefined;
  const isBehind = state.saved.revision !== state.base.revision;
  return (
    <>
      <Part title="What saving changes" isPending={changes.isPending}>
        {isBehind && (
          <p className={styles.warning}>
            <TriangleAlert aria-hidden="true" />
            Somebody else saved these settings meanwhile. When you save, you see the difference first.
          </p>
        )}
        {state.overlaps.length > 0 && (
          <div className={styles.warning}>
            <TriangleAlert aria-hidden="true" />
            <div>
              You both changed these; yours are in the draft:
              <ul className={styles.list}>
                {state.overlaps.map((overlap) => (
                  <li key={overlap}>{overlap}</li>
                ))}
              </ul>
            </div>
          </div>
        )}
        {isWrong && (
          <p className={styles.warning}>
            <TriangleAlert aria-hidden="true" />
            Some fields need correction. Until then this shows the draft as it was before.
          </p>
        )}
        {!state.isChanged || changes.value?.length === 0 ? (
          <p className={styles.quiet}>Nothing yet. Edit something to see it here.</p>
        ) : (
          <ul className={styles.list}>
            {changes.value?.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        )}
      </Part>
      {withHosts && <Hosts />}
    </>
  );
}

function Hosts() {
  const { report, question } = useWhatIf();
  const { show } = useViews();
  const { value, failure } = report;
  const names = new Map([
    ...(value?.groups ?? []).map((group) => [group.groupId, group.name] as const),
    ...question.settings.groups.map((group) => [group.id, group.name] as const),
  ]);
  const nameOf = (groupId: string) => names.get(groupId) ?? 'a removed group';
  const unserved = value && tellUnserved(value.unserved);

  return (
    <Part title="Saved hosts" isPending={report.isPending}>
      {failure && value === undefined && <p className={styles.quiet}>{describeFailure(failure).what}</p>}
      {value && (
        <>
          <p>{tellMoved(value)}</p>
          {value.moves.map((move) => {
            const { way, examples } = tellMove(move, nameOf);
            return (
              <p key={`${move.from}/${move.to}`} className={styles.move}>
                <ArrowRight aria-hidden="true" />
                <span>
                  {way}
                  <span className={styles.quiet}>{examples}</span>
                </span>
              </p>
            );
          })}
          {unserved !== undefined && (
            <p className={styles.warning}>
              <TriangleAlert aria-hidden="true" />
              {unserved}
            </p>
          )}
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">Group</th>
                <th scope="col">Today</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody>
              {value.groups.map((group) => (
                <tr key={group.groupId} data-changed={group.today !== group.after || undefined}>
                  <th scope="row">{group.name}</th>
                  <td>{formatCount(group.today)}</td>
                  <td>{formatCount(group.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {value.findings.length > 0 && (
            <ul className={styles.findings}>
              {value.findings.map((finding) => (
                <li key={`${finding.groupId}/${finding.kind}`}>
                  <button
                    type="button"
                    className={styles.link}
                    onClick={() => show({ kind: 'settings', page: 'groups', item: finding.groupId })}
                  >
                    {nameOf(finding.groupId)}
                  </button>
                  {': '}
                  {tellFinding(finding, nameOf)}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </Part>
  );
}
