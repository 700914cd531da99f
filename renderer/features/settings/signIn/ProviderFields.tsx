import { useState } from 'react';
import type { FieldErrors } from '../../../app/checkedDraft.ts';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Disclosure } from '../../../ui/Disclosure.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { AuthoritiesField } from '../records/AuthoritiesField.tsx';
import { useAnswer } from '../records/useAnswer.ts';
import type { Client } from '../records/useAnswer.ts';
import type { ProviderForm } from './providerForm.ts';
import styles from './ProviderFields.module.css';

const listCertificates = (client: Client) => client.certificates.list({});

interface FieldsProps {
  readonly form: ProviderForm;
  readonly isNew: boolean;
  readonly errors: FieldErrors;
  readonly onChange: (part: Partial<ProviderForm>) => void;
  readonly onOwnId: (id: string) => void;
}

/** What one kind of provider asks for. */
export function ProviderFields(props: FieldsProps) {
  const { form, errors, onChange } = props;
  return (
    <>
      <TextField
        label="Name"
        placeholder={form.kind === 'oidc' ? 'Office account' : 'Directory'}
        hint="As people see it at the sign-in."
        error={errors['name']}
        value={form.name}
        onChange={(name) => onChange({ name })}
      />
      {form.kind !== 'local' && props.isNew && (
        <TextField
          label="Id"
          monospace
          hint="Stands behind the names of its people, such as ada@office, and in the redirect address. It never changes."
          error={errors['id']}
          value={form.id}
          onChange={props.onOwnId}
        />
      )}
      {form.kind === 'local' && (
        <Checkbox
          label="Demand a second factor"
          hint="Whoever has none yet sets it up at the next sign-in."
          checked={form.needsSecondFactor}
          onChange={(needsSecondFactor) => onChange({ needsSecondFactor })}
        />
      )}
      {form.kind === 'oidc' && <OidcFields {...props} />}
      {form.kind === 'ldap' && <LdapFields {...props} />}
    </>
  );
}

function OidcFields({ form, errors, onChange }: FieldsProps) {
  const isWrong = ['scopes', 'nameClaim', 'groupsClaim'].some((field) => errors[field] !== undefined);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <TextField
        label="Issuer"
        monospace
        placeholder="https://login.corp.example"
        error={errors['issuer']}
        value={form.issuer}
        onChange={(issuer) => onChange({ issuer })}
      />
      <TextField
        label="Client id"
        monospace
        hint={`At the provider, register https://<name of the gateway>/sign-in/return/${form.id || '<id>'} as a redirect address.`}
        error={errors['clientId']}
        value={form.clientId}
        onChange={(clientId) => onChange({ clientId })}
      />
      <Disclosure
        title="Scopes and claims"
        note={`${form.nameClaim}, ${form.groupsClaim}`}
        open={isOpen || isWrong}
        onToggle={setOpen}
      >
        <div className={styles.fields}>
          <TextField
            label="Scopes"
            monospace
            hint="With spaces between them."
            error={errors['scopes']}
            value={form.scopes}
            onChange={(scopes) => onChange({ scopes })}
          />
          <div className={styles.two}>
            <TextField
              label="Claim of the name"
              monospace
              error={errors['nameClaim']}
              value={form.nameClaim}
              onChange={(nameClaim) => onChange({ nameClaim })}
            />
            <TextField
              label="Claim of the groups"
              monospace
              error={errors['groupsClaim']}
              value={form.groupsClaim}
              onChange={(groupsClaim) => onChange({ groupsClaim })}
            />
          </div>
        </div>
      </Disclosure>
      <Authorities form={form} errors={errors} onChange={onChange} />
    </>
  );
}

function LdapFields({ form, errors, onChange }: FieldsProps) {
  return (
    <>
      <TextField
        label="Address"
        monospace
        placeholder="ldaps://ldap.corp.example"
        hint="An address with ldap:// is encrypted, too (StartTLS), before anything is sent."
        error={errors['url']}
        value={form.url}
        onChange={(url) => onChange({ url })}
      />
      <div className={styles.two}>
        <TextField
          label="People are below"
          monospace
          placeholder="ou=people,dc=corp,dc=example"
          error={errors['baseDn']}
          value={form.baseDn}
          onChange={(baseDn) => onChange({ baseDn })}
        />
        <TextField
          label="Attribute of the name"
          monospace
          error={errors['nameAttribute']}
          value={form.nameAttribute}
          onChange={(nameAttribute) => onChange({ nameAttribute })}
        />
      </div>
      <TextField
        label="Groups are below"
        monospace
        placeholder="ou=groups,dc=corp,dc=example"
        hint="Left empty, nobody has a group."
        error={errors['groupsBaseDn']}
        value={form.groupsBaseDn}
        onChange={(groupsBaseDn) => onChange({ groupsBaseDn })}
      />
      <TextField
        label="Who searches"
        monospace
        placeholder="cn=proxima,ou=services,dc=corp,dc=example"
        hint="Left empty, the search is anonymous."
        error={errors['searchDn']}
        value={form.searchDn}
        onChange={(searchDn) => onChange({ searchDn })}
      />
      <Authorities form={form} errors={errors} onChange={onChange} />
    </>
  );
}

function Authorities({ form, errors, onChange }: Pick<FieldsProps, 'form' | 'errors' | 'onChange'>) {
  const [isOpen, setOpen] = useState(form.authoritiesPem !== '');
  const certificates = useAnswer(listCertificates).value?.certificates ?? [];
  return (
    <Disclosure
      title="Authorities of its certificate"
      note={form.authoritiesPem.trim() === '' ? 'public ones' : 'its own'}
      open={isOpen || errors['authoritiesPem'] !== undefined}
      onToggle={setOpen}
    >
      <div className={styles.fields}>
        <AuthoritiesField
          value={form.authoritiesPem}
          hintWhenEmpty="Left empty, the authorities count that web browsers trust as well."
          error={errors['authoritiesPem']}
          authorities={certificates.filter(
            ({ kind, revokedAt }) => kind === 'authority' && revokedAt === undefined,
          )}
          disabled={false}
          onChange={(authoritiesPem) => onChange({ authoritiesPem })}
        />
      </div>
    </Disclosure>
  );
}
