import { useState } from 'react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import type { FieldErrors } from '../../../app/checkedDraft.ts';
import { Disclosure } from '../../../ui/Disclosure.tsx';
import { NumberField } from '../../../ui/NumberField.tsx';
import { Segments } from '../../../ui/Segments.tsx';
import { Select } from '../../../ui/Select.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { formatDay } from '../records/dates.ts';
import { clusterSizes, resizeCluster } from './clusterForm.ts';
import type { ClusterForm, ClusterSize, NodeRow } from './clusterForm.ts';
import styles from './ClusterFields.module.css';

const newAuthority = '';

const sizeWords = {
  '1': 'One machine: while it is down, no session can be opened.',
  '3': 'Three machines: any one may fail. The usual choice; the third may be tiny.',
  '5': 'Five machines: any two may fail. Every change takes a little longer.',
} as const satisfies Record<ClusterSize, string>;

/** What the preparation of a cluster asks for. */
export function ClusterFields(props: {
  form: ClusterForm;
  errors: FieldErrors;
  authorities: readonly Certificate[];
  onChange: (form: ClusterForm) => void;
}) {
  const { form, errors, authorities, onChange } = props;
  const [showsPorts, setShowsPorts] = useState(false);
  const size = clusterSizes.find((candidate) => Number(candidate) === form.nodes.length) ?? '3';
  const isPortWrong = errors['clientPort'] !== undefined || errors['peerPort'] !== undefined;
  const changeNode = (index: number, part: Partial<NodeRow>) =>
    onChange({
      ...form,
      nodes: form.nodes.map((node, at) => (at === index ? { ...node, ...part } : node)),
    });
  return (
    <>
      <div className={styles.two}>
        <TextField
          label="Name of the cluster"
          monospace
          error={errors['clusterName']}
          value={form.clusterName}
          onChange={(clusterName) => onChange({ ...form, clusterName })}
        />
        <Select
          label="Certificates issued by"
          value={form.authority}
          onChange={(authority) => onChange({ ...form, authority })}
          options={[
            ...authorities.map(({ serial, name, notAfter }) => ({
              value: serial,
              label: `${name}, until ${formatDay(notAfter)}`,
            })),
            ...(authorities.some(({ serial }) => serial === form.authority) || form.authority === newAuthority
              ? []
              : [{ value: form.authority, label: form.authorityName }]),
            { value: newAuthority, label: 'A new authority', apart: authorities.length > 0 },
          ]}
        />
        {form.authority === newAuthority && (
          <TextField
            label="Name of the authority"
            error={errors['authorityName']}
            value={form.authorityName}
            onChange={(authorityName) => onChange({ ...form, authorityName })}
          />
        )}
      </div>
      <section className={styles.part} aria-label="Machines">
        <div className={styles.size}>
          <h3 className={styles.heading}>Machines</h3>
          <Segments
            label="How many machines"
            value={size}
            onChange={(next) => onChange(resizeCluster(form, Number(next)))}
            options={clusterSizes.map((value) => ({ value, label: value }))}
          />
        </div>
        <p className={styles.text}>{sizeWords[size]}</p>
        {form.nodes.map((node, index) => (
          // Rows have no identity of their own, and are never reordered.
          // oxlint-disable-next-line react/no-array-index-key
          <fieldset key={index} className={styles.node} aria-label={`Machine ${index + 1}`}>
            <TextField
              label="Name"
              monospace
              error={errors[`${index}.name`]}
              value={node.name}
              onChange={(name) => changeNode(index, { name })}
            />
            <TextField
              label="Address"
              monospace
              placeholder={`etcd-${index + 1}.corp.example`}
              error={errors[`${index}.address`]}
              value={node.address}
              onChange={(address) => changeNode(index, { address })}
            />
          </fieldset>
        ))}
      </section>
      <Disclosure
        title="Ports"
        note={`${form.clientPort ?? ''} and ${form.peerPort ?? ''}`}
        open={showsPorts || isPortWrong}
        onToggle={setShowsPorts}
      >
        <div className={styles.two}>
          <NumberField
            label="For clients"
            hint="Gateways and desktops connect here."
            minimum={1}
            maximum={65_535}
            error={errors['clientPort']}
            value={form.clientPort}
            onChange={(clientPort) => onChange({ ...form, clientPort })}
          />
          <NumberField
            label="Between the machines"
            hint="The machines of the cluster reach each other here, both ways."
            minimum={1}
            maximum={65_535}
            error={errors['peerPort']}
            value={form.peerPort}
            onChange={(peerPort) => onChange({ ...form, peerPort })}
          />
        </div>
      </Disclosure>
    </>
  );
}
