import { Segments } from '../../../ui/Segments.tsx';
import { Part } from './Part.tsx';
import { useWhatIf } from './whatIf.ts';
import type { Imagined } from './whatIf.ts';
import styles from './ImagineManagers.module.css';

const choices: readonly { value: Imagined; label: string }[] = [
  { value: 'as-is', label: 'As it is' },
  { value: 'draining', label: 'Draining' },
  { value: 'down', label: 'Down' },
];

/** Managers that are imagined to be away: nothing of it is saved. */
export function ImagineManagers() {
  const { question, imagined, imagine } = useWhatIf();
  const { managers } = question.settings;
  return (
    <Part title="Imagine a session manager away">
      <p className={styles.text}>
        {managers.length === 0
          ? 'There are no session managers yet.'
          : 'What is shown above counts with it. Nothing of it is saved.'}
      </p>
      <ul className={styles.list}>
        {managers.map(({ id, name }) => (
          <li key={id} className={styles.row}>
            <span className={styles.name}>{name}</span>
            <Segments
              label={`Imagine ${name}`}
              value={imagined.get(id) ?? 'as-is'}
              options={choices}
              onChange={(next) => imagine(id, next)}
            />
          </li>
        ))}
      </ul>
    </Part>
  );
}
