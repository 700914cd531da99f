import type { Certificate } from '../../../../shared/model/certificate.ts';
import { Button } from '../../../ui/Button.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import styles from './PickCertificate.module.css';

/** A button with a menu of certificates, or a word on why there are none. */
export function PickCertificate(props: {
  label: string;
  none: string;
  certificates: readonly Certificate[];
  disabled: boolean;
  onPick: (certificate: Certificate) => void;
}) {
  if (props.certificates.length === 0) return <p className={styles.none}>{props.none}</p>;
  return (
    <span>
      <Menu
        trigger={<Button disabled={props.disabled}>{props.label}</Button>}
        groups={[
          props.certificates.map((certificate) => ({
            label: certificate.name,
            onSelect: () => props.onPick(certificate),
          })),
        ]}
      />
    </span>
  );
}
