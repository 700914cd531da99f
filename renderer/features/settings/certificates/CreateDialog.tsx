import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import type { SessionManager } from '../../../../shared/model/sessionManager.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { AlertDialog } from '../../../ui/AlertDialog.tsx';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { CertificateFields } from './CertificateFields.tsx';
import { checkCertificatesForm, newCertificatesForm } from './certificatesForm.ts';
import type { CreationPlan } from './certificatesForm.ts';
import { createAll, nothingCreated } from './createAll.ts';
import type { Created, Issuer } from './createAll.ts';
import { CreationProgress } from './CreationProgress.tsx';
import { WhatToCopy } from './WhatToCopy.tsx';

const formId = 'certificates-form';

/** The first in reading order; the form is drawn anew before it has errors. */
const focusFirstError = () =>
  document.querySelector<HTMLElement>(`#${formId} [aria-invalid=true]:not([type=hidden])`)?.focus();

/** The gateway's own name where the page has one; people change it as they like. */
const brokerName = () => {
  const { hostname } = location;
  return /^[\d.]*$|^\[|^localhost$/.test(hostname) || hostname === '' ? 'broker-1' : hostname.slice(0, 64);
};

/** The guided step: asks what to make, makes it, and says what to copy where. */
export function CreateDialog(props: {
  managers: readonly SessionManager[];
  certificates: readonly Certificate[];
  onClose: () => void;
  /** After every certificate that was made. */
  onCreated: () => void;
}) {
  const { certificates } = props;
  const client = useClient();
  const [now] = useState(Date.now);
  const [initial] = useState(() => newCertificatesForm(props.managers, certificates, brokerName(), now));
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const [plan, setPlan] = useState<CreationPlan>();
  const [created, setCreated] = useState<Created>(nothingCreated);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [asksToDiscard, setAsksToDiscard] = useState(false);

  const checked = checkCertificatesForm(form, certificates, now);
  const isDone = plan !== undefined && !busy && failure === undefined;

  const make = async (wanted: CreationPlan) => {
    const issuer: Issuer = {
      createAuthority: (order) => settle(client.certificates.createAuthority(order)),
      issue: (order) => settle(client.certificates.issue(order)),
    };
    setPlan(wanted);
    setFailure(undefined);
    setBusy(true);
    const failed = await createAll(issuer, wanted, created, (step) => {
      setCreated(step);
      props.onCreated();
    });
    setFailure(failed);
    setBusy(false);
  };
  const submit = () => {
    setTried(true);
    if (checked.plan === undefined) requestAnimationFrame(focusFirstError);
    else void make(checked.plan);
  };
  const close = () => {
    if (busy) return;
    if (plan === undefined && form !== initial) setAsksToDiscard(true);
    else props.onClose();
  };

  const footer =
    plan === undefined ? (
      <>
        <Button onClick={close}>Cancel</Button>
        <Button kind="primary" type="submit" form={formId}>
          Create
        </Button>
      </>
    ) : isDone ? (
      <Button kind="primary" onClick={close}>
        Done
      </Button>
    ) : (
      <>
        <Button onClick={close} disabled={busy}>
          Close
        </Button>
        <Button kind="primary" busy={busy} onClick={() => void make(plan)}>
          {busy ? 'Creating' : 'Try again'}
        </Button>
      </>
    );

  return (
    <Dialog
      open
      onClose={close}
      width="large"
      title={isDone ? 'What to copy where' : 'Create certificates'}
      description={
        plan === undefined
          ? 'One authority, a server certificate for each session manager and a client certificate for each broker.'
          : undefined
      }
      footer={footer}
    >
      {plan === undefined ? (
        <form
          id={formId}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <CertificateFields
            form={form}
            onChange={setForm}
            errors={tried ? checked.errors : {}}
            certificates={certificates}
            now={now}
          />
        </form>
      ) : isDone ? (
        <WhatToCopy plan={plan} created={created} certificates={certificates} onLeave={props.onClose} />
      ) : (
        <CreationProgress plan={plan} created={created} failure={failure} />
      )}
      <AlertDialog
        open={asksToDiscard}
        title="Discard what you typed?"
        text="No certificate was made yet."
        confirmLabel="Discard"
        onConfirm={props.onClose}
        onCancel={() => setAsksToDiscard(false)}
      />
    </Dialog>
  );
}
