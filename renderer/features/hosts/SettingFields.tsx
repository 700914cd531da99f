import { Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import type { ProtocolSetting } from '../../../shared/model/protocol.ts';
import { switchesForcedBy } from '../../app/restrictions.ts';
import { useDescription } from '../../app/description.ts';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { PolicyNote } from '../../ui/PolicyNote.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { changeSetting } from './hostForm.ts';
import type { FormErrors, FurtherSetting, HostForm } from './hostForm.ts';
import styles from './SettingFields.module.css';

interface FormProps {
  form: HostForm;
  onChange: (form: HostForm) => void;
  errors: FormErrors;
}

/** The chosen protocol's settings, as its traits describe them. */
export function SettingFields({ form, onChange, errors }: FormProps) {
  const { settings } = protocolTraits[form.protocol];
  const restrictions = useDescription()?.restrictions;
  const forced = switchesForcedBy(restrictions);
  const isFelt = settings.some(({ name }) => forced.has(name));
  const field = (setting: ProtocolSetting) => (
    <SettingField
      key={setting.name}
      setting={setting}
      disabled={forced.has(setting.name)}
      value={forced.has(setting.name) ? 'true' : form.settings[setting.name]}
      onChange={(value) => onChange(changeSetting(form, setting.name, value))}
      error={errors[`setting:${setting.name}`]}
    />
  );
  const isSwitch = (setting: ProtocolSetting) => setting.input.kind === 'switch';
  return (
    <>
      <div className={styles.grid}>{settings.filter((setting) => !isSwitch(setting)).map(field)}</div>
      {isFelt && restrictions !== undefined && (
        <PolicyNote managedBy={restrictions.managedBy}>
          A policy of this machine limits the clipboard of every session.
        </PolicyNote>
      )}
      <div className={styles.switches}>{settings.filter(isSwitch).map(field)}</div>
    </>
  );
}

function SettingField(props: {
  setting: ProtocolSetting;
  /** As stored; `undefined` for the default. */
  value: string | undefined;
  disabled: boolean;
  onChange: (value: string) => void;
  error: string | undefined;
}) {
  const { setting, value, onChange, error } = props;
  const { input, label, fallback } = setting;
  const name = `setting:${setting.name}`;
  const hint =
    setting.hint === undefined
      ? undefined
      : `${setting.hint.charAt(0).toUpperCase()}${setting.hint.slice(1)}`;
  switch (input.kind) {
    case 'switch':
      return (
        <Switch
          label={label}
          hint={hint}
          checked={(value ?? fallback) === 'true'}
          disabled={props.disabled}
          onChange={(on) => onChange(on ? 'true' : fallback === 'true' ? 'false' : '')}
        />
      );
    case 'choice': {
      const chosen = value ?? fallback;
      // What an import or an administrator wrote stays choosable.
      const unlisted = input.choices.some(([choice]) => choice === chosen) ? [] : [[chosen, chosen] as const];
      const options = [...input.choices, ...unlisted].map(([choice, words]) => ({
        value: choice,
        label: choice === fallback ? `${words} (default)` : words,
      }));
      return <Select label={label} hint={hint} value={chosen} onChange={onChange} options={options} />;
    }
    case 'number':
      if (value !== undefined && !/^-?\d+$/.test(value)) break;
      return (
        <NumberField
          label={setting.hint === undefined ? label : `${label} (${setting.hint})`}
          name={name}
          error={error}
          value={value === undefined ? null : Number(value)}
          onChange={(next) => onChange(next === null ? '' : String(next))}
          minimum={input.minimum}
          maximum={input.maximum}
          placeholder={fallback === '' ? 'automatic' : fallback}
        />
      );
    case 'text':
      break;
    default:
      input satisfies never;
  }
  const multiline = input.kind === 'text' && input.multiline === true;
  const example = input.kind === 'text' ? input.placeholder : undefined;
  const field = (
    <TextField
      label={label}
      hint={hint}
      name={name}
      error={error}
      value={value ?? ''}
      onChange={onChange}
      multiline={multiline}
      monospace
      placeholder={fallback === '' ? (example ?? '') : fallback}
    />
  );
  return multiline ? <div className={styles.wide}>{field}</div> : field;
}

/** Any other argument of guacd by its own name; those that Proxima doesn't know are kept. */
export function FurtherSettings({ form, onChange, errors }: FormProps) {
  const restrictions = useDescription()?.restrictions;
  const [addedKey, setAddedKey] = useState<number>();
  const change = (key: number, part: Partial<FurtherSetting>) =>
    onChange({
      ...form,
      furtherSettings: form.furtherSettings.map((row) => (row.key === key ? { ...row, ...part } : row)),
    });
  const add = () => {
    const key = 1 + Math.max(-1, ...form.furtherSettings.map((row) => row.key));
    setAddedKey(key);
    onChange({ ...form, furtherSettings: [...form.furtherSettings, { key, name: '', value: '' }] });
  };
  return (
    <div className={styles.further}>
      {restrictions?.fileTransfer === false && (
        <PolicyNote managedBy={restrictions.managedBy}>
          No files go between this machine and hosts: settings of drives, SFTP and printing have no effect.
        </PolicyNote>
      )}
      {form.furtherSettings.map((row, index) => (
        <div key={row.key} className={styles.pair}>
          <TextField
            label={`Setting ${index + 1}`}
            name={`further:${row.key}`}
            error={errors[`further:${row.key}`]}
            value={row.name}
            onChange={(name) => change(row.key, { name: name.trim() })}
            placeholder="name"
            monospace
            autoFocus={row.key === addedKey}
          />
          <TextField
            label={`Value ${index + 1}`}
            value={row.value}
            onChange={(value) => change(row.key, { value })}
            placeholder="value"
            monospace
          />
          <span className={styles.remove}>
            <IconButton
              label={`Remove setting ${index + 1}`}
              icon={<Trash2 />}
              onClick={() =>
                onChange({
                  ...form,
                  furtherSettings: form.furtherSettings.filter((other) => other.key !== row.key),
                })
              }
            />
          </span>
        </div>
      ))}
      <div>
        <Button kind="quiet" icon={<Plus aria-hidden="true" />} onClick={add}>
          Add a setting
        </Button>
      </div>
    </div>
  );
}
