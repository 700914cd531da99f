import { useId, useState } from 'react';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/TextField.tsx';
import styles from './SessionOverlay.module.css';

const labels: Readonly<Record<string, string>> = {
  username: 'User name',
  domain: 'Domain',
  password: 'Password',
  passphrase: 'Passphrase of the key',
};

const isSecret = (name: string) => /pass|secret|key/.test(name);

/** Asks for what a host wants to know before it goes on. What is typed goes to the host, and nowhere else. */
export function RequiredPrompt(props: {
  names: readonly string[];
  hostName: string;
  onAnswer: (values: Readonly<Record<string, string>>) => void;
  onCancel: () => void;
}) {
  const formId = useId();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  return (
    <Dialog
      open
      onClose={props.onCancel}
      title={`${props.hostName} asks who you are`}
      description="What you type goes to the host, and is stored nowhere."
      footer={
        <>
          <Button onClick={props.onCancel}>Cancel</Button>
          <Button kind="primary" type="submit" form={formId}>
            Continue
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          props.onAnswer(Object.fromEntries(props.names.map((name) => [name, values[name] ?? ''])));
        }}
      >
        {props.names.map((name, index) => (
          <TextField
            key={name}
            label={labels[name] ?? name}
            type={isSecret(name) ? 'password' : 'text'}
            value={values[name] ?? ''}
            onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
            autoFocus={index === 0}
          />
        ))}
      </form>
    </Dialog>
  );
}
