import type { FieldErrors } from '../../../app/checkedDraft.ts';
import type { ManagerDraft } from '../../../app/settingsDraft.ts';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { NumberField } from '../../../ui/NumberField.tsx';
import { RadioCards } from '../../../ui/RadioCards.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import styles from './ManagerFields.module.css';

const intents = [
  { value: 'enabled', label: 'Enabled', text: 'Takes new sessions.' },
  {
    value: 'draining',
    label: 'Draining',
    text: 'Takes no new sessions. Those that run go on until they end; their people are told, and offered to move at once.',
  },
  {
    value: 'disabled',
    label: 'Disabled',
    text: 'Is not used. Sessions that run on it go on until they end.',
  },
] as const;

/** Where a manager is. */
export function EndpointFields(props: {
  manager: ManagerDraft;
  errors: FieldErrors;
  disabled?: boolean;
  onChange: (part: Partial<ManagerDraft>) => void;
}) {
  const { manager, errors, onChange } = props;
  const disabled = props.disabled ?? false;
  return (
    <div className={styles.fields}>
      <TextField
        label="Name"
        value={manager.name}
        error={errors['name']}
        disabled={disabled}
        onChange={(name) => onChange({ name })}
      />
      <div className={styles.endpoint}>
        <TextField
          label="Address"
          placeholder="guacd.corp.example"
          value={manager.address}
          error={errors['address']}
          disabled={disabled}
          onChange={(address) => onChange({ address })}
        />
        <NumberField
          label="Port"
          minimum={1}
          maximum={65_535}
          value={manager.port}
          error={errors['port']}
          disabled={disabled}
          onChange={(port) => onChange({ port })}
        />
      </div>
    </div>
  );
}

/** How a manager is used. */
export function ShareFields(props: {
  manager: ManagerDraft;
  errors: FieldErrors;
  disabled?: boolean;
  onChange: (part: Partial<ManagerDraft>) => void;
}) {
  const { manager, errors, onChange } = props;
  const disabled = props.disabled ?? false;
  return (
    <>
      <div className={styles.three}>
        <TextField
          label="Server name"
          placeholder={manager.address}
          hint="The name in its certificate, if that isn’t the address."
          value={manager.serverName}
          error={errors['serverName']}
          disabled={disabled}
          onChange={(serverName) => onChange({ serverName })}
        />
        <NumberField
          label="Weight"
          hint="With 2 it gets twice the sessions of one with 1."
          minimum={0}
          maximum={1000}
          decimals={3}
          value={manager.weight}
          error={errors['weight']}
          disabled={disabled}
          onChange={(weight) => onChange({ weight })}
        />
        <NumberField
          label="Session limit"
          placeholder="none"
          hint="Most sessions at once. Empty: no limit."
          minimum={1}
          maximum={1_000_000}
          value={manager.sessionLimit}
          error={errors['sessionLimit']}
          disabled={disabled}
          onChange={(sessionLimit) => onChange({ sessionLimit })}
        />
      </div>
      <Fieldset title="State" disabled={disabled}>
        <RadioCards
          label="State"
          value={manager.intent}
          disabled={disabled}
          onChange={(intent) => onChange({ intent })}
          options={intents}
        />
      </Fieldset>
    </>
  );
}
