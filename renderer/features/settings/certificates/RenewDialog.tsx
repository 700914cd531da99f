import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { NumberField } from '../../../ui/NumberField.tsx';
import { afterDays, daysUntil, formatDay } from '../records/dates.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { tellFailure } from './certificateWords.ts';

const longestDays = 3650;

const isLifetime = (days: number | null): days is number =>
  days !== null && Number.isInteger(days) && days >= 1 && days <= longestDays;

/** Issues a certificate with the same names and a new key. */
export function RenewDialog(props: {
  certificate: Certificate;
  onClose: () => void;
  onRenewed: (serial: string) => void;
}) {
  const { certificate } = props;
  const client = useClient();
  const [now] = useState(Date.now);
  const before = Math.min(longestDays, Math.max(1, daysUntil(certificate.notAfter, certificate.notBefore)));
  const [days, setDays] = useState<number | null>(before);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();

  const renew = async () => {
    if (!isLifetime(days) || busy) return;
    setBusy(true);
    setFailure(undefined);
    const answer = await settle(
      client.certificates.renew({ serial: certificate.serial, lifetimeDays: days }),
    );
    setBusy(false);
    if (answer.ok) props.onRenewed(answer.value.serial);
    else setFailure(answer.failure);
  };

  return (
    <FormDialog
      title={`Renew ${certificate.name}`}
      description="A new certificate with the same names and a new key. The old one stays valid until it is revoked."
      submitLabel="Renew"
      busy={busy}
      onSubmit={() => void renew()}
      onClose={props.onClose}
    >
      <NumberField
        label="Lifetime in days"
        value={days}
        onChange={setDays}
        minimum={1}
        maximum={longestDays}
        hint={isLifetime(days) ? `Until ${formatDay(afterDays(now, days))}.` : undefined}
        error={isLifetime(days) ? undefined : `A whole number of days from 1 to ${longestDays}.`}
      />
      {failure !== undefined && <FailureNote failure={failure} words={tellFailure(failure)} />}
    </FormDialog>
  );
}
