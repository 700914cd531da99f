import { useState } from 'react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import type { FieldErrors } from '../../../app/checkedDraft.ts';
import { newPool } from '../../../app/poolDraft.ts';
import type { PoolDraft } from '../../../app/poolDraft.ts';
import { Disclosure } from '../../../ui/Disclosure.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { NumberField } from '../../../ui/NumberField.tsx';
import { Select } from '../../../ui/Select.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { AuthoritiesField } from '../records/AuthoritiesField.tsx';
import styles from './PoolFields.module.css';

interface FieldsProps {
  readonly pool: PoolDraft;
  readonly errors: FieldErrors;
  readonly disabled: boolean;
  readonly onChange: (part: Partial<PoolDraft>) => void;
}

/** Where the members of the cluster are. */
export function EndpointsField({ pool, errors, disabled, onChange }: FieldsProps) {
  return (
    <TextField
      label="Addresses of its members"
      multiline
      monospace
      placeholder={'https://etcd-1.corp.example:2379\nhttps://etcd-2.corp.example:2379'}
      hint="One a line. With all of them named here, any one may fail."
      error={errors['endpoints']}
      disabled={disabled}
      value={pool.endpoints}
      onChange={(endpoints) => onChange({ endpoints })}
    />
  );
}

const noCertificate = '';

/** How both sides prove who they are. */
export function TrustFields(props: FieldsProps & { certificates: readonly Certificate[] }) {
  const { pool, errors, disabled, onChange } = props;
  const usable = props.certificates.filter(({ revokedAt }) => revokedAt === undefined);
  const clients = usable.filter(({ kind, hasPrivateKey }) => kind === 'client' && hasPrivateKey);
  const chosen = clients.find(({ serial }) => serial === pool.clientCertificate);
  const isGone = pool.clientCertificate !== noCertificate && chosen === undefined;
  return (
    <Fieldset
      title="Trust"
      text="How the members prove who they are, and how this Proxima does towards them."
      disabled={disabled}
    >
      <AuthoritiesField
        value={pool.authoritiesPem}
        hintWhenEmpty="Left empty, the authorities count that web browsers trust as well."
        error={errors['authoritiesPem']}
        authorities={usable.filter(({ kind }) => kind === 'authority')}
        disabled={disabled}
        onChange={(authoritiesPem) => onChange({ authoritiesPem })}
      />
      <div className={styles.narrow}>
        <Select
          label="Client certificate"
          hint={
            chosen === undefined
              ? 'Shown to the members. Without one they let in anybody who reaches them.'
              : `The members know this Proxima by the name ${chosen.name}; its roles say what it may do.`
          }
          error={isGone ? 'This certificate is not here any more, was revoked, or has no key.' : undefined}
          disabled={disabled}
          value={pool.clientCertificate}
          onChange={(clientCertificate) => onChange({ clientCertificate })}
          options={[
            { value: noCertificate, label: 'None' },
            ...clients.map(({ serial, name }) => ({ value: serial, label: name })),
            ...(isGone ? [{ value: pool.clientCertificate, label: 'A certificate that is gone' }] : []),
          ]}
        />
      </div>
    </Fieldset>
  );
}

/** What most people never change. */
export function AdvancedFields({ pool, errors, disabled, onChange }: FieldsProps) {
  const [usual] = useState(() => newPool({}));
  const isUsual = pool.slack === usual.slack && pool.leaseSeconds === usual.leaseSeconds;
  const isWrong = errors['slack'] !== undefined || errors['leaseSeconds'] !== undefined;
  const [isOpen, setOpen] = useState(!isUsual);
  return (
    <Disclosure
      title="Advanced"
      note={isUsual ? undefined : `slack ${pool.slack ?? ''}, lease ${pool.leaseSeconds ?? ''} s`}
      open={isOpen || isWrong}
      onToggle={setOpen}
    >
      <div className={styles.two}>
        <NumberField
          label="Slack"
          hint="When many sessions are opened in one instant, a session manager may get up to this many less one above the fewest. 1 is exact and slowest; 2 suits nearly everybody."
          minimum={1}
          maximum={16}
          error={errors['slack']}
          disabled={disabled}
          value={pool.slack}
          onChange={(slack) => onChange({ slack })}
        />
        <NumberField
          label="Lease in seconds"
          hint="When a Proxima dies without a word, its sessions leave the counts after this long. Shorter is noticed sooner, but a hiccup of the network may then look like a death."
          minimum={5}
          maximum={300}
          error={errors['leaseSeconds']}
          disabled={disabled}
          value={pool.leaseSeconds}
          onChange={(leaseSeconds) => onChange({ leaseSeconds })}
        />
      </div>
    </Disclosure>
  );
}
