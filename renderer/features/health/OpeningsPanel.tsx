import type { OpeningSummary } from '../../../shared/model/opening.ts';
import { countOf, describeMilliseconds } from '../../app/figures.ts';
import { OpeningBar } from '../../app/OpeningBar.tsx';
import { partsOf, stepWords } from '../../app/openingTimes.ts';
import type { OpenedManager } from './openedManagers.ts';
import styles from './OpeningsPanel.module.css';

const partsOfSummary = ({ steps }: OpeningSummary) =>
  partsOf(steps.map(({ step, p50 }) => ({ step, milliseconds: p50 })));

const sumOf = (summary: OpeningSummary) =>
  partsOfSummary(summary).reduce((sum, { milliseconds }) => sum + milliseconds, 0);

/** How soon the picture is there, by manager: where the time goes, in one bar of one scale each. */
export function OpeningsPanel({ managers }: { managers: readonly OpenedManager[] }) {
  const scaleMs = Math.max(...managers.map(({ openings }) => sumOf(openings)));
  return (
    <ul className={styles.managers} aria-label="Openings by manager">
      {managers.map(({ managerId, name, openings }) => (
        <li key={managerId} className={styles.manager}>
          <div className={styles.header}>
            <h3 className={styles.name}>{name}</h3>
            <span className={styles.whole}>{tellPicture(openings)}</span>
            <span className={styles.count}>{countOf(openings.count, 'opening')}</span>
          </div>
          <OpeningBar parts={partsOfSummary(openings)} scaleMs={scaleMs} />
          <details className={styles.steps}>
            <summary>Step by step</summary>
            <table className={styles.table} aria-label={`Steps of the openings on ${name}`}>
              <thead>
                <tr>
                  <th scope="col">Step</th>
                  <th scope="col">Median</th>
                  <th scope="col">95 % within</th>
                </tr>
              </thead>
              <tbody>
                {openings.steps.map(({ step, p50, p95 }) => (
                  <tr key={step}>
                    <th scope="row">{stepWords[step]}</th>
                    <td>{describeMilliseconds(p50)}</td>
                    <td>{describeMilliseconds(p95)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </li>
      ))}
    </ul>
  );
}

function tellPicture({ picture }: OpeningSummary): string {
  if (picture === undefined) return 'No window has told of its picture yet';
  const { p50, p95 } = picture;
  return `Picture after ${describeMilliseconds(p50)}, 95 % within ${describeMilliseconds(p95)}`;
}
