import { ListFilter, Search, X } from 'lucide-react';
import { useImperativeHandle, useRef } from 'react';
import type { KeyboardEvent, Ref } from 'react';
import { Kbd } from './Kbd.tsx';
import styles from './SearchField.module.css';

/** Finds as one types: Escape clears it, and only the next Escape goes further. */
export function SearchField({
  ref,
  ...props
}: {
  label: string;
  placeholder: string;
  value: string;
  onChange: (value: string) => void;
  /** `filter` narrows down what is shown; `search` looks for things. */
  kind?: 'search' | 'filter';
  /** Keys that lead here, as `Kbd` shows them. */
  shortcut?: string;
  /** To what was found. */
  onDown?: () => void;
  /** Something was typed, and Enter pressed. */
  onEnter?: () => void;
  ref?: Ref<HTMLInputElement | null>;
}) {
  const { value, kind = 'search' } = props;
  const field = useRef<HTMLInputElement>(null);
  useImperativeHandle<HTMLInputElement | null, HTMLInputElement | null>(ref, () => field.current);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown' && props.onDown !== undefined) props.onDown();
    else if (event.key === 'Enter' && props.onEnter !== undefined && value.trim() !== '') props.onEnter();
    else if (event.key === 'Escape' && value !== '') props.onChange('');
    else return;
    event.preventDefault();
  };
  const Icon = kind === 'filter' ? ListFilter : Search;
  return (
    <div className={styles.search} role="search">
      <Icon className={styles.icon} aria-hidden="true" />
      <input
        ref={field}
        className={styles.input}
        type="text"
        inputMode="search"
        enterKeyHint={props.onEnter === undefined ? 'search' : 'go'}
        placeholder={props.placeholder}
        aria-label={props.label}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {value === '' ? (
        props.shortcut !== undefined && (
          <span className={styles.keys} aria-hidden="true">
            <Kbd keys={props.shortcut} />
          </span>
        )
      ) : (
        <button
          type="button"
          className={styles.clear}
          aria-label={`Clear the ${kind}`}
          onClick={() => {
            props.onChange('');
            field.current?.focus();
          }}
        >
          <X aria-hidden="true" />
        </button>
      )}
    </div>
  );
}
