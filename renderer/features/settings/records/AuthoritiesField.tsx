import type { Certificate } from '../../../../shared/model/certificate.ts';
import { TextField } from '../../../ui/TextField.tsx';
import { FilePicker } from '../../../ui/FilePicker.tsx';
import { PickCertificate } from './PickCertificate.tsx';
import styles from './AuthoritiesField.module.css';

/** Certificates take a few kilobytes; more than this is another kind of file. */
const fileLimitBytes = 1_000_000;

/** Certificates of authorities in PEM: pasted, from a file, or those that Proxima made. */
export function AuthoritiesField(props: {
  value: string;
  /** Said while nothing is in it. */
  hintWhenEmpty?: string;
  error: string | undefined;
  authorities: readonly Certificate[];
  disabled: boolean;
  onChange: (pem: string) => void;
}) {
  const { value, disabled, onChange } = props;
  const add = (pem: string) => onChange(addPem(value, pem));
  return (
    <>
      <TextField
        label="Certificates of the authorities"
        multiline
        monospace
        placeholder="-----BEGIN CERTIFICATE-----"
        hint={value.trim() === '' ? (props.hintWhenEmpty ?? tellHowMany(value)) : tellHowMany(value)}
        error={props.error}
        disabled={disabled}
        value={value}
        onChange={onChange}
      />
      <div className={styles.ways}>
        <FilePicker
          label="Add from a file"
          accept=".pem,.crt,.cer"
          disabled={disabled}
          onPick={(file) => void file.slice(0, fileLimitBytes).text().then(add)}
        />
        <PickCertificate
          label="Add an authority of Proxima"
          none="Proxima has made no authority yet. The page Certificates does, in one step."
          certificates={props.authorities}
          disabled={disabled}
          onPick={({ certificatePem }) => add(certificatePem)}
        />
      </div>
    </>
  );
}

const addPem = (text: string, pem: string) =>
  text.includes(pem.trim()) ? text : `${text.trim()}\n${pem.trim()}\n`.trimStart();

function tellHowMany(pem: string): string {
  const count = pem.split('-----BEGIN CERTIFICATE-----').length - 1;
  return count === 1 ? '1 certificate, in PEM.' : `${count} certificates, in PEM.`;
}
