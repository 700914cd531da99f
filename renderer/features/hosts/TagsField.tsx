import { Field as BaseField } from '@base-ui/react/field';
import { X } from 'lucide-react';
import { useState } from 'react';
import type { KeyboardEvent } from 'react';
import fieldStyles from '../../ui/Field.module.css';
import { Field } from '../../ui/Field.tsx';
import { addTags } from './hostForm.ts';
import styles from './TagsField.module.css';

/** Tags: Enter or a comma ends one, Backspace in the empty field takes the last away. */
export function TagsField(props: {
  tags: readonly string[];
  onChange: (tags: readonly string[]) => void;
  error: string | undefined;
}) {
  const { tags, onChange } = props;
  const [typed, setTyped] = useState('');

  const commit = () => {
    const next = addTags(tags, typed);
    if (next.length !== tags.length) onChange(next);
    setTyped('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if ((event.key === 'Enter' || event.key === ',') && typed.trim() !== '') commit();
    else if (event.key === 'Backspace' && typed === '' && tags.length > 0) onChange(tags.slice(0, -1));
    else return;
    event.preventDefault();
  };

  return (
    <Field label="Tags" error={props.error} name="tags">
      <div className={`${fieldStyles.control} ${styles.box}`}>
        {tags.map((tag) => (
          <span key={tag} className={styles.tag}>
            {tag}
            <button
              type="button"
              className={styles.remove}
              aria-label={`Remove the tag ${tag}`}
              onClick={() => onChange(tags.filter((other) => other !== tag))}
            >
              <X aria-hidden="true" />
            </button>
          </span>
        ))}
        <BaseField.Control
          className={styles.input}
          value={typed}
          placeholder={tags.length === 0 ? 'production, web' : ''}
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          onValueChange={setTyped}
          onKeyDown={onKeyDown}
          onBlur={commit}
        />
      </div>
    </Field>
  );
}
