import {
  Ban,
  CalendarX,
  CircleCheck,
  Copy,
  Ellipsis,
  Eye,
  Hourglass,
  Landmark,
  Laptop,
  Server,
} from 'lucide-react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { IconButton } from '../../../ui/IconButton.tsx';
import { Menu } from '../../../ui/Menu.tsx';
import type { MenuGroups } from '../../../ui/Menu.tsx';
import { copyText } from '../../../app/copyText.ts';
import { isoOf } from '../records/dates.ts';
import { Mark } from '../../../ui/Mark.tsx';
import type { AuthorityGroup } from './authorityGroups.ts';
import { kindWords } from './certificateWords.ts';
import { joinNames } from './names.ts';
import { describeValidity } from './validity.ts';
import type { Validity } from './validity.ts';
import styles from './CertificateList.module.css';

type MenuOf = (certificate: Certificate, issued: number) => MenuGroups;

const icons = { authority: Landmark, server: Server, client: Laptop } as const;
const marks = {
  valid: { tone: 'neutral', Icon: CircleCheck },
  soon: { tone: 'warning', Icon: Hourglass },
  expired: { tone: 'bad', Icon: CalendarX },
  'not-yet': { tone: 'warning', Icon: Hourglass },
  revoked: { tone: 'bad', Icon: Ban },
} as const satisfies Record<Validity['kind'], unknown>;

/** Certificates below the authorities that issued them. */
export function CertificateList(props: {
  groups: readonly AuthorityGroup[];
  now: number;
  /** Serial of the client certificate that this broker shows to managers. */
  shown: string | undefined;
  menuOf: MenuOf;
}) {
  return props.groups.map(({ authority, issued }) => {
    const title = authority?.name ?? 'Issued elsewhere';
    return (
      <section key={authority?.serial ?? ''} className={styles.group} aria-label={title}>
        {authority === undefined ? (
          <h4 className={styles.elsewhere}>{title}</h4>
        ) : (
          <Row {...props} certificate={authority} issued={issued.length} />
        )}
        {issued.length === 0 ? (
          <p className={styles.nothing}>It has issued nothing yet.</p>
        ) : (
          <ul className={styles.issued}>
            {issued.map((certificate) => (
              <li key={certificate.serial}>
                <Row {...props} certificate={certificate} issued={0} />
              </li>
            ))}
          </ul>
        )}
      </section>
    );
  });
}

function Row(props: {
  certificate: Certificate;
  issued: number;
  now: number;
  shown: string | undefined;
  menuOf: MenuOf;
}) {
  const { certificate } = props;
  const { kind, name, pin, serial } = certificate;
  const Icon = icons[kind];
  const isAuthority = kind === 'authority';
  const validity = describeValidity(certificate, props.now);
  const { tone, Icon: MarkIcon } = marks[validity.kind];
  const names = joinNames(certificate);
  const Name = isAuthority ? 'h4' : 'p';
  return (
    <div className={`${styles.row} ${isAuthority ? styles.authority : ''}`}>
      <Icon className={styles.icon} aria-hidden="true" />
      <div className={styles.words}>
        <Name className={styles.name}>
          <span className={styles.nameText}>{name}</span>
          <Badge>{kindWords[kind]}</Badge>
          {serial === props.shown && (
            <Mark tone="good" icon={<Eye aria-hidden="true" />}>
              Shown to managers
            </Mark>
          )}
          {certificate.origin === 'imported' && <Badge>Imported</Badge>}
          {!certificate.hasPrivateKey && <Badge>No private key</Badge>}
        </Name>
        {names !== '' && <p className={styles.names}>{names}</p>}
        <p className={styles.pin}>
          Serial
          <code className={styles.serial} title={serial}>
            {serial}
          </code>
          Pin <code title={pin}>{pin}</code>
          <IconButton
            label={`Copy the pin of ${name}`}
            icon={<Copy />}
            onClick={() => void copyText(pin, 'The pin')}
          />
        </p>
      </div>
      <span className={styles.validity} title={isoOf(certificate.revokedAt ?? certificate.notAfter)}>
        <Mark tone={tone} icon={<MarkIcon aria-hidden="true" />}>
          {validity.words}
        </Mark>
      </span>
      <Menu
        trigger={<IconButton label={`Actions for ${name}`} icon={<Ellipsis />} />}
        groups={props.menuOf(certificate, props.issued)}
      />
    </div>
  );
}
