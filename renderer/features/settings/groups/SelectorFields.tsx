import { Plus, Trash2, X } from 'lucide-react';
import { useHosts } from '../../../app/hosts.ts';
import type { FieldErrors } from '../../../app/checkedDraft.ts';
import type { SelectorDraft } from '../../../app/settingsDraft.ts';
import { Button } from '../../../ui/Button.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import styles from './SelectorFields.module.css';

/** The rules of a group, each with vaults, addresses and domains. */
export function SelectorFields(props: {
  selectors: readonly SelectorDraft[];
  errors: FieldErrors;
  disabled: boolean;
  onChange: (selectors: readonly SelectorDraft[]) => void;
}) {
  const { selectors, errors, disabled, onChange } = props;
  const change = (key: string, part: Partial<SelectorDraft>) =>
    onChange(selectors.map((selector) => (selector.key === key ? { ...selector, ...part } : selector)));
  const add = () =>
    onChange([...selectors, { key: crypto.randomUUID(), vaultIds: [], addresses: '', domains: '' }]);

  return (
    <>
      {selectors.map((selector, index) => (
        <section key={selector.key} className={styles.rule} aria-label={`Rule ${index + 1}`}>
          <header className={styles.header}>
            <h4 className={styles.title}>{index === 0 ? 'Rule 1' : `or rule ${index + 1}`}</h4>
            <IconButton
              label={`Remove rule ${index + 1}`}
              icon={<Trash2 />}
              disabled={disabled}
              onClick={() => onChange(selectors.filter(({ key }) => key !== selector.key))}
            />
          </header>
          <div className={styles.fields}>
            <TextField
              label="Addresses"
              multiline
              monospace
              placeholder={'10.0.0.0/24\n10.0.0.5-10.0.0.9'}
              hint="One a line: an address, a range, a prefix, or 10.0.0.x."
              error={errors[`selector:${selector.key}:addresses`]}
              disabled={disabled}
              value={selector.addresses}
              onChange={(addresses) => change(selector.key, { addresses })}
            />
            <TextField
              label="Domains"
              multiline
              monospace
              placeholder="*.corp.example"
              hint="One a line: a host name, or a mask with *."
              error={errors[`selector:${selector.key}:domains`]}
              disabled={disabled}
              value={selector.domains}
              onChange={(domains) => change(selector.key, { domains })}
            />
            <Vaults
              rule={index + 1}
              vaultIds={selector.vaultIds}
              disabled={disabled}
              onChange={(vaultIds) => change(selector.key, { vaultIds })}
            />
          </div>
          {errors[`selector:${selector.key}`] !== undefined && (
            <p className={styles.empty}>{errors[`selector:${selector.key}`]}</p>
          )}
        </section>
      ))}
      {selectors.length === 0 && (
        <p className={styles.none}>Without a rule the group takes only hosts that are pinned to it.</p>
      )}
      <span>
        <Button icon={<Plus aria-hidden="true" />} disabled={disabled} onClick={add}>
          Add a rule
        </Button>
      </span>
    </>
  );
}

function Vaults(props: {
  rule: number;
  vaultIds: readonly string[];
  disabled: boolean;
  onChange: (vaultIds: readonly string[]) => void;
}) {
  const { vaultIds, disabled, onChange } = props;
  const { vaults } = useHosts().lists;
  const nameOf = (id: string) => vaults.find((vault) => vault.id === id)?.name ?? 'a vault that is gone';
  const others = vaults.filter(({ id }) => !vaultIds.includes(id));
  return (
    <div className={styles.vaults} role="group" aria-label={`Vaults of rule ${props.rule}`}>
      <span className={styles.label}>Vaults</span>
      <div className={styles.chips}>
        {vaultIds.map((id) => (
          <span key={id} className={styles.chip}>
            {nameOf(id)}
            <button
              type="button"
              className={styles.remove}
              aria-label={`Remove the vault ${nameOf(id)}`}
              disabled={disabled}
              onClick={() => onChange(vaultIds.filter((other) => other !== id))}
            >
              <X aria-hidden="true" />
            </button>
          </span>
        ))}
        <Menu
          trigger={
            <Button
              kind="quiet"
              icon={<Plus aria-hidden="true" />}
              disabled={disabled || others.length === 0}
            >
              Add a vault
            </Button>
          }
          groups={[
            others.map(({ id, name }) => ({ label: name, onSelect: () => onChange([...vaultIds, id]) })),
          ]}
        />
      </div>
    </div>
  );
}
