import { ListFilter, X } from 'lucide-react';
import { useRef } from 'react';
import { useShortcuts } from '../../app/shortcuts.ts';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import styles from './FilterField.module.css';

/** Narrows everything down as one types; `/` goes there, Escape clears it. */
export function FilterField(props: { value: string; onChange: (value: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const focus = () => field.current?.focus();
  const clear = () => {
    props.onChange('');
    focus();
  };
  useShortcuts({ '/': focus, 'Mod+K': focus });
  return (
    <div className={styles.filter} role="search">
      <ListFilter className={styles.icon} aria-hidden="true" />
      <input
        ref={field}
        className={styles.input}
        type="text"
        inputMode="search"
        placeholder="Filter"
        aria-label="Filter managers, sessions and events"
        autoComplete="off"
        spellCheck={false}
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || props.value === '' || event.nativeEvent.isComposing) return;
          event.preventDefault();
          props.onChange('');
        }}
      />
      {props.value === '' ? (
        <span className={styles.keys} aria-hidden="true">
          <Kbd keys="/" />
        </span>
      ) : (
        <span className={styles.clear}>
          <IconButton label="Clear the filter" icon={<X />} onClick={clear} />
        </span>
      )}
    </div>
  );
}
