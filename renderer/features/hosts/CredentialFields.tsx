import { ShieldQuestionMark } from 'lucide-react';
import type { StoredSecret } from '../../../shared/model/host.ts';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { useDescription } from '../../app/description.ts';
import { PolicyNote } from '../../ui/PolicyNote.tsx';
import { TextField } from '../../ui/TextField.tsx';
import type { FormErrors, HostForm, SecretPart } from './hostForm.ts';
import { SecretField } from './SecretField.tsx';
import styles from './CredentialFields.module.css';

const whereStored = {
  keychain: 'Kept in the keychain of this computer.',
  'encrypted-file': 'Kept encrypted by the gateway.',
} as const;

/** Who signs in on the host, and by what. */
export function CredentialFields(props: {
  form: HostForm;
  set: (part: Partial<HostForm>) => void;
  errors: FormErrors;
  stored: StoredSecret;
}) {
  const { form, set, errors, stored } = props;
  const traits = protocolTraits[form.protocol];
  const { secretStorage: storage = 'none', restrictions } = useDescription() ?? {};
  const isForbidden = restrictions?.storeSecrets === false;
  const ofPart = (part: SecretPart) => ({
    name: part,
    stored: stored[part],
    edit: form.secret[part],
    error: errors[part],
    disabled: isForbidden,
    onChange: (edit: HostForm['secret'][SecretPart]) => set({ secret: { ...form.secret, [part]: edit } }),
  });

  return (
    <section className={styles.credential} aria-labelledby="credential-heading">
      <h3 id="credential-heading" className={styles.heading}>
        Credential
      </h3>
      <div className={traits.wantsDomain ? styles.two : styles.one}>
        {traits.wantsUsername && (
          <TextField
            label="User name"
            name="username"
            value={form.username}
            onChange={(username) => set({ username })}
            error={errors['username']}
          />
        )}
        {traits.wantsDomain && (
          <TextField
            label="Domain"
            name="domain"
            value={form.domain}
            onChange={(domain) => set({ domain })}
            error={errors['domain']}
          />
        )}
      </div>
      {isForbidden && (
        <PolicyNote managedBy={restrictions.managedBy}>
          Passwords and keys are not stored on this machine. Proxima asks for them each time.
        </PolicyNote>
      )}
      {storage === 'none' && !isForbidden ? (
        <p className={styles.none}>
          <ShieldQuestionMark aria-hidden="true" />
          This system has no protected place for passwords and keys. Proxima stores none, and asks each time.
        </p>
      ) : (
        <>
          <SecretField
            label="Password"
            hint={storage === 'none' ? undefined : whereStored[storage]}
            {...ofPart('password')}
          />
          {traits.wantsPrivateKey && (
            <>
              <SecretField label="Private key" multiline {...ofPart('privateKey')} />
              <SecretField label="Passphrase of the key" {...ofPart('passphrase')} />
            </>
          )}
        </>
      )}
    </section>
  );
}
