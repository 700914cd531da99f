import { Eye, EyeOff, FileKey } from 'lucide-react';
import { useRef, useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import fieldStyles from '../../ui/Field.module.css';
import { IconButton } from '../../ui/IconButton.tsx';
import { TextField } from '../../ui/TextField.tsx';
import type { SecretEdit } from './hostForm.ts';
import styles from './SecretField.module.css';

/** One part of a secret. What is stored is never read back: it can only be kept, replaced or deleted. */
export function SecretField(props: {
  label: string;
  name: string;
  hint?: string | undefined;
  /** Something is stored already. */
  stored: boolean;
  edit: SecretEdit;
  onChange: (edit: SecretEdit) => void;
  error: string | undefined;
  /** Nothing may be stored here. */
  disabled: boolean;
  /** A key in several lines, which may come from a file. */
  multiline?: boolean;
}) {
  const { label, stored, edit, onChange, multiline = false } = props;
  const [visible, setVisible] = useState(false);
  const file = useRef<HTMLInputElement>(null);

  if (stored && edit.kind !== 'replace') {
    const isDeleted = edit.kind === 'delete';
    return (
      <div className={styles.stored} role="group" aria-label={label}>
        <span className={fieldStyles.label}>{label}</span>
        <div className={styles.line}>
          <span className={styles.state}>{isDeleted ? 'Deleted when you save' : 'Stored'}</span>
          {isDeleted ? (
            <Button onClick={() => onChange({ kind: 'keep' })}>Keep</Button>
          ) : (
            <>
              <Button onClick={() => onChange({ kind: 'replace', value: '' })}>Replace</Button>
              <Button onClick={() => onChange({ kind: 'delete' })}>Delete</Button>
            </>
          )}
        </div>
      </div>
    );
  }

  const change = (value: string) =>
    onChange(value === '' && !stored ? { kind: 'keep' } : { kind: 'replace', value });
  const readFile = async (chosen: File | undefined) => {
    // Nothing that guacd takes is longer; a wrong file isn't read into memory.
    if (chosen !== undefined) change(await chosen.slice(0, 16_384).text());
    if (file.current) file.current.value = '';
  };
  return (
    <div className={styles.field}>
      <TextField
        label={label}
        name={props.name}
        disabled={props.disabled}
        hint={props.hint}
        error={props.error}
        value={edit.kind === 'replace' ? edit.value : ''}
        onChange={change}
        multiline={multiline}
        monospace={multiline}
        autoComplete="new-password"
        {...(!multiline && { type: visible ? 'text' : 'password' })}
        {...(multiline && { placeholder: '-----BEGIN OPENSSH PRIVATE KEY-----' })}
        autoFocus={stored}
      />
      <div className={styles.beside}>
        {multiline ? (
          <>
            <IconButton
              label="Take the key from a file"
              icon={<FileKey />}
              disabled={props.disabled}
              onClick={() => file.current?.click()}
            />
            <input
              ref={file}
              type="file"
              hidden
              onChange={(event) => void readFile(event.target.files?.[0])}
            />
          </>
        ) : (
          <IconButton
            label={visible ? `Hide the ${label.toLowerCase()}` : `Show the ${label.toLowerCase()}`}
            icon={visible ? <EyeOff /> : <Eye />}
            disabled={props.disabled}
            onClick={() => setVisible(!visible)}
          />
        )}
        {stored && (
          <Button kind="quiet" onClick={() => onChange({ kind: 'keep' })}>
            Keep the stored one
          </Button>
        )}
      </div>
    </div>
  );
}
