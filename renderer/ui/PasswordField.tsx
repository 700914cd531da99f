import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import type { FieldProps } from './Field.tsx';
import { IconButton } from './IconButton.tsx';
import { TextField } from './TextField.tsx';
import styles from './PasswordField.module.css';

/** A password as it is typed, which can be looked at. */
export function PasswordField(
  props: FieldProps & {
    value: string;
    onChange: (value: string) => void;
    /** `new` where it is chosen here, so that a password store offers one. */
    kind: 'current' | 'new';
  },
) {
  const { kind, ...field } = props;
  const [isVisible, setVisible] = useState(false);
  const named = field.label.charAt(0).toLowerCase() + field.label.slice(1);
  return (
    <div className={styles.field}>
      <TextField
        {...field}
        type={isVisible ? 'text' : 'password'}
        autoComplete={kind === 'new' ? 'new-password' : 'current-password'}
      />
      <span className={styles.beside}>
        <IconButton
          label={`${isVisible ? 'Hide' : 'Show'} the ${named}`}
          icon={isVisible ? <EyeOff /> : <Eye />}
          disabled={field.disabled}
          onClick={() => setVisible(!isVisible)}
        />
      </span>
    </div>
  );
}
