import { useEffect, useState } from 'react';
import { describeFailure } from '../../../shared/contract/failure.ts';
import type { Failure } from '../../../shared/contract/failure.ts';
import type { StoredSecret } from '../../../shared/model/host.ts';
import { settle, useClient } from '../../app/connection.ts';
import { useUnsaved } from '../../app/unsaved.ts';
import { AlertDialog } from '../../ui/AlertDialog.tsx';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { Spinner } from '../../ui/Spinner.tsx';
import { HostFields } from './HostFields.tsx';
import { changedFields, checkHostForm, formOfHost, newHostForm } from './hostForm.ts';
import type { HostForm } from './hostForm.ts';
import { saveHost } from './saveHost.ts';
import styles from './HostDialog.module.css';

const formId = 'host-form';
const nothingStored: StoredSecret = { password: false, privateKey: false, passphrase: false };

/** The first in reading order; the form is drawn anew before it has errors. */
const focusFirstError = () =>
  document.querySelector<HTMLElement>(`#${formId} [aria-invalid=true]:not([type=hidden])`)?.focus();

/** A new host, or one to edit; saves it and calls `onSaved`. */
export function HostDialog(props: {
  /** Absent for a new host. */
  hostId: string | undefined;
  vaultId: string;
  onClose: () => void;
  onSaved: (hostId: string) => void;
}) {
  const { hostId, onClose } = props;
  const client = useClient();
  const [initial, setInitial] = useState<{ form: HostForm; stored: StoredSecret } | undefined>(
    hostId === undefined ? { form: newHostForm(props.vaultId), stored: nothingStored } : undefined,
  );
  const [form, setForm] = useState(initial?.form);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [tried, setTried] = useState(false);
  const [saving, setSaving] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [asksToDiscard, setAsksToDiscard] = useState(false);

  useEffect(() => {
    if (hostId === undefined) return undefined;
    let current = true;
    const read = async () => {
      const answer = await settle(client.hosts.read({ hostId }));
      if (!current) return;
      if (!answer.ok) return setFailure(answer.failure);
      const loaded = { form: formOfHost(answer.value.host), stored: answer.value.stored };
      setInitial(loaded);
      setForm(loaded.form);
    };
    void read();
    return () => {
      current = false;
    };
  }, [client, hostId]);

  const isLoaded = initial !== undefined;
  useEffect(() => {
    if (hostId !== undefined && isLoaded) document.querySelector<HTMLElement>(`#${formId} input`)?.focus();
  }, [hostId, isLoaded]);

  const checked = form && checkHostForm(form);
  const shownErrors = Object.fromEntries(
    Object.entries(checked?.errors ?? {}).filter(([field]) => tried || touched.has(field)),
  );

  useUnsaved(form !== initial?.form);

  const change = (next: HostForm) => {
    setFailure(undefined);
    setTouched(new Set([...touched, ...changedFields(form, next)]));
    setForm(next);
  };
  const close = () => (form === initial?.form ? onClose() : setAsksToDiscard(true));

  const save = async () => {
    setTried(true);
    if (form === undefined || checked === undefined || saving) return;
    const { draft } = checked;
    if (draft === undefined) {
      requestAnimationFrame(focusFirstError);
      return;
    }
    setSaving(true);
    const saved = await saveHost(client, hostId, form, draft, (vaultId) =>
      setForm({ ...form, vaultId, newVaultName: undefined }),
    );
    setSaving(false);
    if (saved.ok) props.onSaved(saved.value);
    else setFailure(saved.failure);
  };

  const words = failure && describeFailure(failure);
  return (
    <Dialog
      open
      onClose={close}
      width="large"
      title={hostId === undefined ? 'New host' : `Edit ${initial?.form.name ?? 'host'}`}
      footer={
        <>
          {words && (
            <p className={styles.failure} role="alert">
              <strong>{words.what}</strong> {words.safe} {words.next}
            </p>
          )}
          <Button onClick={close}>Cancel</Button>
          <Button kind="primary" type="submit" form={formId} busy={saving} disabled={form === undefined}>
            Save
          </Button>
        </>
      }
    >
      {form && initial ? (
        <form
          id={formId}
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <HostFields form={form} onChange={change} errors={shownErrors} stored={initial.stored} />
        </form>
      ) : (
        !failure && (
          <p className={styles.loading}>
            <Spinner /> Loading…
          </p>
        )
      )}
      <AlertDialog
        open={asksToDiscard}
        title="Discard your changes?"
        text="What you changed in this dialog is not saved."
        confirmLabel="Discard"
        onConfirm={onClose}
        onCancel={() => setAsksToDiscard(false)}
      />
    </Dialog>
  );
}
