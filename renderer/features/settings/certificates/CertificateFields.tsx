import { Plus, Trash2 } from 'lucide-react';
import { useRef } from 'react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { Button } from '../../../ui/Button.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { NumberField } from '../../../ui/NumberField.tsx';
import { Select } from '../../../ui/Select.tsx';
import { Switch } from '../../../ui/Switch.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { afterDays, formatDay } from '../records/dates.ts';
import { issuingAuthorities, newMachine } from './certificatesForm.ts';
import type { CertificateErrors, CertificatesForm, MachineRow } from './certificatesForm.ts';
import styles from './CertificateFields.module.css';

const newAuthority = '';

interface FieldsProps {
  readonly form: CertificatesForm;
  readonly onChange: (form: CertificatesForm) => void;
  readonly errors: CertificateErrors;
}

/** What the guided step asks for. */
export function CertificateFields(
  props: FieldsProps & { certificates: readonly Certificate[]; now: number },
) {
  const { form, onChange, errors, now } = props;
  return (
    <div className={styles.fields}>
      <AuthorityFields {...props} />
      <Machines
        {...props}
        kind="server"
        title="Session managers"
        text="Each certificate carries the names and addresses that brokers reach the machine by."
        addLabel="Add a machine"
      />
      <Machines
        {...props}
        kind="client"
        title="Brokers"
        text="Every Proxima that opens sessions is a broker: this one, and each gateway or desktop app that you name here."
        addLabel="Add a broker"
      />
      <section className={styles.part} aria-label="Lifetime">
        <h3 className={styles.heading}>Lifetime</h3>
        <div className={styles.short}>
          <NumberField
            label="Lifetime of the machines’ certificates, in days"
            name="lifetimeDays"
            value={form.lifetimeDays}
            onChange={(lifetimeDays) => onChange({ ...form, lifetimeDays })}
            minimum={1}
            maximum={3650}
            hint={
              form.lifetimeDays === null
                ? undefined
                : `Until ${formatDay(afterDays(now, Math.min(3650, form.lifetimeDays)))}. Proxima warns thirty days before.`
            }
            error={errors['lifetimeDays']}
          />
        </div>
        {errors['machines'] !== undefined && (
          <p className={styles.error} role="alert">
            {errors['machines']}
          </p>
        )}
      </section>
    </div>
  );
}

function AuthorityFields(props: FieldsProps & { certificates: readonly Certificate[]; now: number }) {
  const { form, onChange, errors } = props;
  const usable = issuingAuthorities(props.certificates, props.now);
  return (
    <section className={styles.part} aria-label="Authority">
      <h3 className={styles.heading}>Authority</h3>
      <p className={styles.text}>
        It issues the certificates below. Proximity groups trust it, and so all that it issued.
      </p>
      {usable.length > 0 && (
        <Select
          label="Issued by"
          value={form.authority}
          onChange={(authority) => onChange({ ...form, authority })}
          error={errors['authority']}
          options={[
            ...usable.map((authority) => ({
              value: authority.serial,
              label: `${authority.name}, until ${formatDay(authority.notAfter)}`,
            })),
            { value: newAuthority, label: 'A new authority', apart: true },
          ]}
        />
      )}
      {form.authority === newAuthority && (
        <div className={styles.authority}>
          <TextField
            label="Name"
            name="authorityName"
            value={form.authorityName}
            onChange={(authorityName) => onChange({ ...form, authorityName })}
            error={errors['authorityName']}
          />
          <NumberField
            label="Years"
            name="authorityYears"
            value={form.authorityYears}
            onChange={(authorityYears) => onChange({ ...form, authorityYears })}
            minimum={1}
            maximum={20}
            error={errors['authorityYears']}
          />
        </div>
      )}
    </section>
  );
}

function Machines(
  props: FieldsProps & { kind: MachineRow['kind']; title: string; text: string; addLabel: string },
) {
  const { form, onChange, errors, kind } = props;
  const added = useRef(0);
  const rows = form.machines.filter((row) => row.kind === kind);
  const setMachines = (machines: readonly MachineRow[]) => onChange({ ...form, machines });
  const change = (next: MachineRow) =>
    setMachines(form.machines.map((row) => (row.key === next.key ? next : row)));
  return (
    <section className={styles.part} aria-label={props.title}>
      <h3 className={styles.heading}>{props.title}</h3>
      <p className={styles.text}>{props.text}</p>
      {rows.map((row) => (
        <Machine
          key={row.key}
          row={row}
          errors={errors}
          onChange={change}
          onRemove={() => setMachines(form.machines.filter(({ key }) => key !== row.key))}
        />
      ))}
      <div>
        <Button
          kind="quiet"
          icon={<Plus aria-hidden="true" />}
          onClick={() => {
            added.current += 1;
            setMachines([...form.machines, newMachine(kind, `added-${kind}-${added.current}`)]);
          }}
        >
          {props.addLabel}
        </Button>
      </div>
    </section>
  );
}

/** A machine that is known has a switch, one that was added here its name and a way to take it away again. */
function Machine(props: {
  row: MachineRow;
  errors: CertificateErrors;
  onChange: (row: MachineRow) => void;
  onRemove: () => void;
}) {
  const { row, errors, onChange } = props;
  const isThisBroker = row.key === 'this-broker';
  const isAdded = row.managerId === undefined && !isThisBroker;
  const title = isThisBroker ? 'This broker' : row.name === '' ? 'Another machine' : row.name;
  return (
    <fieldset className={styles.machine} aria-label={title}>
      {!isAdded && (
        <Switch
          label={title}
          hint={
            row.has === undefined
              ? undefined
              : `Has a certificate: ${row.has.charAt(0).toLowerCase()}${row.has.slice(1)}.`
          }
          checked={row.included}
          onChange={(included) => onChange({ ...row, included })}
        />
      )}
      {row.included && (
        <div className={isAdded ? styles.added : styles.known}>
          {(isAdded || isThisBroker) && (
            <TextField
              label="Name"
              name={`${row.key}.name`}
              value={row.name}
              autoFocus={isAdded}
              onChange={(name) => onChange({ ...row, name })}
              error={errors[`${row.key}.name`]}
            />
          )}
          {!isThisBroker && (
            <TextField
              label={row.kind === 'server' ? 'Names and addresses' : 'Names and addresses, if it needs any'}
              name={`${row.key}.names`}
              monospace
              placeholder="gw1.corp.example, 10.0.0.5"
              value={row.names}
              onChange={(names) => onChange({ ...row, names })}
              error={errors[`${row.key}.names`]}
            />
          )}
          {isAdded && (
            <div className={styles.remove}>
              <IconButton
                label={`Remove ${title.toLowerCase()}`}
                icon={<Trash2 />}
                onClick={props.onRemove}
              />
            </div>
          )}
        </div>
      )}
    </fieldset>
  );
}
