import type { Right } from '../../../../shared/model/access.ts';
import { TickBox } from '../../../ui/TickBox.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { columns, rightWords } from './rightsRows.ts';
import type { RightsRow } from './rightsRows.ts';
import styles from './RightsTable.module.css';

/** A tick for each right; one that another grant brings along is ticked, says so, and can't be cleared here. */
export function RightsTable(props: {
  label: string;
  firstColumn: string;
  rows: readonly RightsRow[];
  isLocked: boolean;
  onSet: (row: RightsRow, right: Right, on: boolean) => void;
}) {
  return (
    <div className={styles.box}>
      <table className={styles.table}>
        <caption>
          <VisuallyHidden>{props.label}</VisuallyHidden>
        </caption>
        <thead>
          <tr>
            <th scope="col" className={styles.who}>
              {props.firstColumn}
            </th>
            {columns.map((right) => (
              <th key={right} scope="col" title={rightWords[right].text}>
                {rightWords[right].label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => {
            const notes = notesOf(row);
            return (
              <tr key={row.key}>
                <th scope="row" className={styles.who}>
                  {row.label}
                  {notes.length > 0 && <span className={styles.note}>{notes.join('; ')}</span>}
                </th>
                {columns.map((right) => {
                  const cell = row.cells[right];
                  return (
                    <td key={right}>
                      <TickBox
                        label={`${row.label}: ${rightWords[right].label}${cell.kind === 'included' ? `, ${cell.why}` : ''}`}
                        checked={cell.kind !== 'none'}
                        disabled={props.isLocked || cell.kind === 'included'}
                        onChange={(on) => props.onSet(row, right, on)}
                      />
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
      <dl className={styles.legend}>
        {columns.map((right) => (
          <div key={right}>
            <dt>{rightWords[right].label}</dt>
            <dd>{rightWords[right].text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** Why ticks of the row can't be cleared here: “See, Open: granted in all vaults”. */
function notesOf({ cells }: RightsRow): readonly string[] {
  const reasons = new Map<string, string[]>();
  for (const right of columns) {
    const cell = cells[right];
    if (cell.kind !== 'included' || cell.why.startsWith('part of')) continue;
    reasons.set(cell.why, [...(reasons.get(cell.why) ?? []), rightWords[right].label]);
  }
  return [...reasons].map(([why, rights]) => `${rights.join(', ')}: ${why}`);
}
