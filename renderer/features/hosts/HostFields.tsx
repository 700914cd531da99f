import { FolderPlus } from 'lucide-react';
import { useState } from 'react';
import type { StoredSecret } from '../../../shared/model/host.ts';
import { protocols, protocolTraits } from '../../../shared/model/protocol.ts';
import type { Protocol } from '../../../shared/model/protocol.ts';
import { useDescription } from '../../app/description.ts';
import { useHosts } from '../../app/hosts.ts';
import { mayAdminister, rightsIn, useOwnAccess } from '../../app/ownAccess.ts';
import { Button } from '../../ui/Button.tsx';
import { Disclosure } from '../../ui/Disclosure.tsx';
import { NumberField } from '../../ui/NumberField.tsx';
import { Select } from '../../ui/Select.tsx';
import { Switch } from '../../ui/Switch.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { CredentialFields } from './CredentialFields.tsx';
import { changeProtocol } from './hostForm.ts';
import type { FormErrors, HostForm } from './hostForm.ts';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { FurtherSettings, SettingFields } from './SettingFields.tsx';
import { TagsField } from './TagsField.tsx';
import styles from './HostFields.module.css';

/** No vault has this id; choosing it asks for a name. */
const newVault = 'new';

const protocolOptions = protocols.map((protocol) => ({
  value: protocol,
  label: protocolTraits[protocol].label,
  icon: <ProtocolIcon protocol={protocol} />,
}));

export function HostFields(props: {
  form: HostForm;
  onChange: (form: HostForm) => void;
  errors: FormErrors;
  stored: StoredSecret;
}) {
  const { form, onChange, errors } = props;
  const [opened, setOpened] = useState({ settings: false, further: false });
  const set = (part: Partial<HostForm>) => onChange({ ...form, ...part });
  const hasError = (prefix: string) => Object.keys(errors).some((field) => field.startsWith(prefix));
  const count = (many: number) => (many === 0 ? undefined : `${many} set`);

  return (
    <div className={styles.fields}>
      <TextField
        label="Name"
        name="name"
        value={form.name}
        onChange={(name) => set({ name })}
        error={errors['name']}
        placeholder={form.address.trim() === '' ? 'Web server' : form.address.trim()}
      />
      <div className={styles.target}>
        <Select
          label="Protocol"
          value={form.protocol}
          onChange={(protocol) => onChange(changeProtocol(form, protocol as Protocol))}
          options={protocolOptions}
        />
        <TextField
          label="Address"
          name="address"
          value={form.address}
          onChange={(address) => set({ address })}
          error={errors['address']}
          placeholder="host.example.com"
          inputMode="url"
        />
        <NumberField
          label="Port"
          name="port"
          value={form.port}
          onChange={(port) => set({ port })}
          error={errors['port']}
          minimum={1}
          maximum={65_535}
        />
      </div>
      <div className={styles.two}>
        <VaultField {...props} set={set} />
        <GroupField groupId={form.groupId} onChange={(groupId) => set({ groupId })} />
      </div>
      <TagsField tags={form.tags} onChange={(tags) => set({ tags })} error={errors['tags']} />
      <Switch label="Favourite" checked={form.favourite} onChange={(favourite) => set({ favourite })} />
      <CredentialFields form={form} set={set} errors={errors} stored={props.stored} />
      <div>
        <Disclosure
          title={`${protocolTraits[form.protocol].label} settings`}
          note={count(
            protocolTraits[form.protocol].settings.filter(({ name }) => form.settings[name] !== undefined)
              .length,
          )}
          open={opened.settings || hasError('setting:')}
          onToggle={(settings) => setOpened({ ...opened, settings })}
        >
          <SettingFields form={form} onChange={onChange} errors={errors} />
        </Disclosure>
        <Disclosure
          title="More settings"
          note={count(form.furtherSettings.length)}
          open={opened.further || hasError('further:')}
          onToggle={(further) => setOpened({ ...opened, further })}
        >
          <p className={styles.note}>
            Any argument of guacd by its own name. Proxima passes it on as it is, and keeps those that it does
            not know.
          </p>
          <FurtherSettings form={form} onChange={onChange} errors={errors} />
        </Disclosure>
      </div>
    </div>
  );
}

function VaultField(props: { form: HostForm; errors: FormErrors; set: (part: Partial<HostForm>) => void }) {
  const { form, errors, set } = props;
  const { vaults } = useHosts().lists;
  const own = useOwnAccess();
  if (form.newVaultName !== undefined) {
    return (
      <div className={styles.newVault}>
        <TextField
          label="New vault"
          name="newVaultName"
          value={form.newVaultName}
          onChange={(newVaultName) => set({ newVaultName })}
          error={errors['newVaultName']}
          autoFocus
        />
        <span className={styles.beside}>
          <Button kind="quiet" onClick={() => set({ newVaultName: undefined })}>
            Cancel
          </Button>
        </span>
      </div>
    );
  }
  return (
    <Select
      label="Vault"
      value={form.vaultId}
      onChange={(vaultId) => set(vaultId === newVault ? { newVaultName: '' } : { vaultId })}
      options={[
        ...vaults
          .filter(({ id }) => id === form.vaultId || rightsIn(own, id).has('edit'))
          .map((vault) => ({ value: vault.id, label: vault.name })),
        ...(mayAdminister(own)
          ? [{ value: newVault, label: 'New vault…', icon: <FolderPlus aria-hidden="true" />, apart: true }]
          : []),
      ]}
    />
  );
}

function GroupField({ groupId, onChange }: { groupId: string; onChange: (groupId: string) => void }) {
  const groups = useDescription()?.groups ?? [];
  const known = groupId === '' || groups.some((group) => group.id === groupId);
  return (
    <Select
      label="Proximity group"
      value={groupId}
      onChange={onChange}
      options={[
        { value: '', label: 'Chosen by the rules' },
        ...groups.map((group) => ({ value: group.id, label: group.name })),
        ...(known ? [] : [{ value: groupId, label: `${groupId} (no longer there)` }]),
      ]}
    />
  );
}
