import { TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { FieldErrors } from '../../../app/checkedDraft.ts';
import { useDescription } from '../../../app/description.ts';
import { entriesOf } from '../../../app/selectorText.ts';
import type { TrustDraft } from '../../../app/settingsDraft.ts';
import { PolicyNote } from '../../../ui/PolicyNote.tsx';
import { RadioCards } from '../../../ui/RadioCards.tsx';
import { StateMark } from '../../../ui/StateMark.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { AuthoritiesField } from '../records/AuthoritiesField.tsx';
import { PickCertificate } from '../records/PickCertificate.tsx';
import type { Client } from '../records/useAnswer.ts';
import { useAnswer } from '../records/useAnswer.ts';
import { trustWords, weakTrust } from './groupWords.ts';
import styles from './TrustFields.module.css';

const askCertificates = (client: Client) => client.certificates.list({});
const kinds = ['authorities', 'public', 'pins', 'unverified', 'plain'] as const;

/** How managers prove who they are, each way with what it means and what it risks. */
export function TrustFields(props: {
  trust: TrustDraft;
  errors: FieldErrors;
  disabled: boolean;
  onChange: (trust: TrustDraft) => void;
}) {
  const { trust, errors, disabled, onChange } = props;
  const restrictions = useDescription()?.restrictions;
  const forbidsWeak = restrictions?.plainAllowed === false;
  const certificates = useAnswer(askCertificates).value?.certificates ?? [];
  const usable = certificates.filter(({ revokedAt }) => revokedAt === undefined);
  const authorities = usable.filter(({ kind }) => kind === 'authority');
  const servers = usable.filter(({ kind }) => kind === 'server');

  const details: Partial<Record<TrustDraft['kind'], ReactNode>> = {
    authorities: (
      <AuthoritiesField
        value={trust.certificatesPem}
        error={errors['certificatesPem']}
        authorities={authorities}
        disabled={disabled}
        onChange={(certificatesPem) => onChange({ ...trust, certificatesPem })}
      />
    ),
    pins: (
      <>
        <TextField
          label="Pins, one a line"
          multiline
          monospace
          hint="The SHA-256 of the public key in Base64, as in RFC 7469."
          error={errors['pins']}
          disabled={disabled}
          value={trust.pins}
          onChange={(pins) => onChange({ ...trust, pins })}
        />
        <PickCertificate
          label="Pin a certificate of Proxima"
          none="Proxima has made no server certificate yet."
          certificates={servers}
          disabled={disabled}
          onPick={({ pin }) => onChange({ ...trust, pins: [...entriesOf(trust.pins), pin].join('\n') })}
        />
      </>
    ),
  };

  return (
    <>
      {forbidsWeak && (
        <PolicyNote managedBy={restrictions.managedBy}>
          On this machine session managers are reached encrypted and verified only.
        </PolicyNote>
      )}
      <RadioCards
        label="Trust"
        value={trust.kind}
        disabled={disabled}
        onChange={(kind) => onChange({ ...trust, kind })}
        options={kinds.map((kind) => ({
          value: kind,
          label: (
            <>
              {trustWords[kind].label}
              {weakTrust[kind] !== undefined && <Risk state={weakTrust[kind]} />}
            </>
          ),
          text: trustWords[kind].text,
          disabled: forbidsWeak && weakTrust[kind] !== undefined,
          details: details[kind],
        }))}
      />
    </>
  );
}

function Risk({ state }: { state: 'encrypted-not-verified' | 'connected-not-encrypted' }) {
  return (
    <span className={styles.risk}>
      <TriangleAlert aria-hidden="true" /> shown everywhere as <StateMark state={state} />
    </span>
  );
}
