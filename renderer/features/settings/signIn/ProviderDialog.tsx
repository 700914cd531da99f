import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { IdentityProvider } from '../../../../shared/model/access.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { Button } from '../../../ui/Button.tsx';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { PasswordField } from '../../../ui/PasswordField.tsx';
import { Segments } from '../../../ui/Segments.tsx';
import { Findings } from './Findings.tsx';
import { checkProvider, kindNames, suggestProviderId } from './providerForm.ts';
import type { ProviderForm } from './providerForm.ts';
import { ProviderFields } from './ProviderFields.tsx';
import { useProviderCheck } from './useProviderCheck.ts';
import styles from './ProviderDialog.module.css';

type SecretEdit = 'keep' | 'replace' | 'delete';

/** One provider as it is typed, with a live check of it; the secret is written at once, the rest belongs to the draft. */
export function ProviderDialog(props: {
  first: ProviderForm;
  isNew: boolean;
  takenIds: readonly string[];
  onClose: () => void;
  onDone: (provider: IdentityProvider) => void;
}) {
  const { first, isNew } = props;
  const client = useClient();
  const [form, setForm] = useState(first);
  const [hasOwnId, setHasOwnId] = useState(!isNew);
  const [secretEdit, setSecretEdit] = useState<SecretEdit>(isNew ? 'replace' : 'keep');
  const [secret, setSecret] = useState('');
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const { value, errors } = checkProvider(form);
  const isTaken = isNew && props.takenIds.includes(form.id);
  const typedSecret = secretEdit === 'replace' && secret !== '' ? secret : undefined;
  const check = useProviderCheck(value, secretEdit === 'delete' ? '' : typedSecret);
  const shown = isTried ? errors : {};
  const secretName = form.kind === 'oidc' ? 'Client secret' : 'Password of the search';
  const hasSecret = form.kind === 'oidc' || form.searchDn.trim() !== '';

  const change = (part: Partial<ProviderForm>) => {
    const next = { ...form, ...part };
    setForm(
      hasOwnId || part.name === undefined
        ? next
        : { ...next, id: suggestProviderId(part.name, props.takenIds) },
    );
  };
  const done = async () => {
    setTried(true);
    if (value === undefined || isTaken || isBusy) return;
    const written = secretEdit === 'delete' ? '' : typedSecret;
    if (hasSecret && written !== undefined) {
      setBusy(true);
      const answer = await settle(client.providers.setSecret({ providerId: value.id, secret: written }));
      setBusy(false);
      if (!answer.ok) return setFailure(answer.failure);
    }
    props.onDone(value);
  };

  return (
    <FormDialog
      title={isNew ? `Add a provider: ${kindNames[form.kind]}` : `Edit ${first.name}`}
      description="It counts when you save the settings."
      submitLabel={isNew ? 'Add' : 'Done'}
      width="large"
      busy={isBusy}
      onSubmit={() => void done()}
      onClose={props.onClose}
    >
      {failure !== undefined && <FailureNote failure={failure} />}
      <ProviderFields
        form={form}
        isNew={isNew}
        errors={{ ...shown, ...(isTaken && { id: 'Another provider has this id.' }) }}
        onChange={change}
        onOwnId={(id) => {
          setHasOwnId(id !== '');
          setForm({ ...form, id });
        }}
      />
      {form.kind !== 'local' && hasSecret && (
        <div className={styles.secret}>
          {!isNew && (
            <div className={styles.line}>
              <span>{secretName}</span>
              <Segments
                label={secretName}
                value={secretEdit}
                onChange={setSecretEdit}
                options={[
                  { value: 'keep', label: 'Keep' },
                  { value: 'replace', label: 'Replace' },
                  { value: 'delete', label: 'Delete' },
                ]}
              />
            </div>
          )}
          {secretEdit === 'replace' ? (
            <PasswordField
              kind="new"
              label={secretName}
              hint="Written at once, encrypted, and never shown again."
              value={secret}
              onChange={setSecret}
            />
          ) : (
            <p className={styles.text}>
              {secretEdit === 'keep'
                ? 'What is stored stays. It is never shown.'
                : 'What is stored is deleted as soon as you press “Done”.'}
            </p>
          )}
        </div>
      )}
      {form.kind !== 'local' && (
        <section className={styles.check} aria-label="Live check">
          <div className={styles.line}>
            <h3 className={styles.heading}>Live check</h3>
            <Button
              icon={<RotateCw aria-hidden="true" />}
              busy={check.isRunning}
              disabled={value === undefined}
              onClick={check.run}
            >
              Check now
            </Button>
          </div>
          {check.found === undefined ? (
            <p className={styles.text}>
              {value === undefined
                ? 'It can be checked once every field is right.'
                : 'Reaches out to the provider as it is typed here. It needn’t be saved for that.'}
            </p>
          ) : (
            <Findings found={check.found} />
          )}
        </section>
      )}
    </FormDialog>
  );
}
