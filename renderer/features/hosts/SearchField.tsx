import { Search, X } from 'lucide-react';
import type { KeyboardEvent, Ref } from 'react';
import { Kbd } from '../../ui/Kbd.tsx';
import styles from './SearchField.module.css';

/** Search as one types: Down goes to what was found, Enter opens the first, Escape clears. */
export function SearchField({
  ref,
  ...props
}: {
  value: string;
  onChange: (value: string) => void;
  onDown: () => void;
  onEnter: () => void;
  ref: Ref<HTMLInputElement>;
}) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') props.onDown();
    else if (event.key === 'Enter' && props.value.trim() !== '') props.onEnter();
    else if (event.key === 'Escape' && props.value !== '') props.onChange('');
    else return;
    event.preventDefault();
  };
  return (
    <div className={styles.search} role="search">
      <Search className={styles.icon} aria-hidden="true" />
      <input
        ref={ref}
        className={styles.input}
        type="text"
        inputMode="search"
        enterKeyHint="go"
        placeholder="Search hosts"
        aria-label="Search hosts"
        autoComplete="off"
        spellCheck={false}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {props.value === '' ? (
        <span className={styles.keys} aria-hidden="true">
          <Kbd keys="/" />
        </span>
      ) : (
        <button
          type="button"
          className={styles.clear}
          aria-label="Clear the search"
          onClick={() => props.onChange('')}
        >
          <X aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
