import { Eye, EyeOff, FileText, KeyRound, PackageOpen, Plus, RefreshCw, ShieldX, Stamp } from 'lucide-react';
import { useState } from 'react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { useDescription } from '../../../app/description.ts';
import { useSettings } from '../../../app/settings.ts';
import { AlertDialog } from '../../../ui/AlertDialog.tsx';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import type { MenuGroups } from '../../../ui/Menu.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { copyText } from '../../../app/copyText.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { useAnswer } from '../records/useAnswer.ts';
import type { Client } from '../records/useAnswer.ts';
import { groupByAuthority } from './authorityGroups.ts';
import { CertificateList } from './CertificateList.tsx';
import { keyPlaces, tellRevocation } from './certificateWords.ts';
import { CreateDialog } from './CreateDialog.tsx';
import { ExportDialog } from './ExportDialog.tsx';
import { ImportDialog } from './ImportDialog.tsx';
import { RenewDialog } from './RenewDialog.tsx';
import { showProblem } from './showProblem.ts';
import { showToManagers } from './ShowToManagers.tsx';
import { isUsable } from './validity.ts';
import styles from './CertificatesPage.module.css';

const listCertificates = (client: Client) => client.certificates.list({});

type Open =
  | { readonly kind: 'create' | 'import' }
  | { readonly kind: 'renew'; readonly certificate: Certificate }
  | { readonly kind: 'revoke'; readonly certificate: Certificate; readonly issued: number }
  | { readonly kind: 'export'; readonly serial: string; readonly renews: boolean };

const counted = (count: number) => (count === 1 ? '1 certificate' : `${count} certificates`);

/** Authorities, and the certificates of session managers and brokers: makes, exports, renews, revokes and imports them. */
export function CertificatesPage() {
  const looksOnly = useLooksOnly();
  const client = useClient();
  const storage = useDescription()?.secretStorage;
  const managers = useSettings()?.saved.settings.managers;
  const { value, failure, at, reload } = useAnswer(listCertificates);
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const certificates = value?.certificates ?? [];
  const canKeepKeys = storage !== 'none';

  const choose = async (certificate: Certificate | undefined) => {
    if (!(await showToManagers(client, certificate?.serial ?? null))) return;
    showToast(
      certificate === undefined
        ? {
            title: 'This broker shows no certificate',
            text: 'Session managers that ask for one refuse it from the next connection on.',
          }
        : {
            title: `This broker shows “${certificate.name}”`,
            text: 'Session managers that ask for a certificate see it from the next connection on.',
          },
    );
    reload();
  };

  const menuOf = (certificate: Certificate, issued: number): MenuGroups => {
    const { serial, kind, hasPrivateKey, revokedAt } = certificate;
    const isLeaf = kind !== 'authority';
    const canIssue = certificates.some(
      (other) => other.serial === certificate.issuedBy && other.hasPrivateKey,
    );
    const canUseKey = hasPrivateKey && canKeepKeys && isUsable(certificate, at);
    const copies: MenuGroups[number] = [
      {
        label: 'Copy certificate',
        icon: <FileText />,
        onSelect: () => void copyText(certificate.certificatePem, 'The certificate'),
      },
      {
        label: 'Copy pin',
        icon: <KeyRound />,
        onSelect: () => void copyText(certificate.pin, 'The pin'),
      },
    ];
    if (looksOnly) return [copies];
    return [
      [
        ...(kind === 'client'
          ? [
              {
                label: serial === value?.shown ? 'Stop showing to managers' : 'Show to managers',
                icon: serial === value?.shown ? <EyeOff /> : <Eye />,
                disabled: serial !== value?.shown && !canUseKey,
                onSelect: () => void choose(serial === value?.shown ? undefined : certificate),
              },
            ]
          : []),
        ...(isLeaf
          ? [
              {
                label: 'Export bundle…',
                icon: <PackageOpen />,
                disabled: !canUseKey,
                onSelect: () => setOpen({ kind: 'export', serial, renews: false }),
              },
              {
                label: 'Renew…',
                icon: <RefreshCw />,
                disabled: !canIssue || !canKeepKeys,
                onSelect: () => setOpen({ kind: 'renew', certificate }),
              },
            ]
          : []),
      ],
      copies,
      [
        {
          label: 'Revoke…',
          icon: <ShieldX />,
          destructive: true,
          disabled: revokedAt !== undefined,
          onSelect: () => setOpen({ kind: 'revoke', certificate, issued }),
        },
      ],
    ];
  };

  const revoke = async (certificate: Certificate) => {
    close();
    const answer = await settle(client.certificates.revoke({ serial: certificate.serial }));
    if (answer.ok) showToast({ title: `The certificate of ${certificate.name} was revoked` });
    else showProblem(answer.failure);
    reload();
  };

  const actions = (
    <>
      <Button onClick={() => setOpen({ kind: 'import' })}>Import…</Button>
      <Button
        kind="primary"
        icon={<Plus aria-hidden="true" />}
        disabled={!canKeepKeys || managers === undefined}
        onClick={() => setOpen({ kind: 'create' })}
      >
        Create certificates…
      </Button>
    </>
  );
  const isEmpty = value !== undefined && certificates.length === 0;
  const opened =
    open?.kind === 'export' ? certificates.find(({ serial }) => serial === open.serial) : undefined;
  return (
    <Page
      title="Certificates"
      text={
        <>
          With these, session managers and brokers prove to each other who they are.
          {storage !== undefined && storage !== 'none' && ` Private keys stay ${keyPlaces[storage]}.`}
        </>
      }
      actions={isEmpty || looksOnly ? undefined : actions}
    >
      {!canKeepKeys && !looksOnly && <NoPlaceForKeys />}
      {failure !== undefined && <FailureNote failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Loading>Loading the certificates</Loading>}
      {isEmpty && (
        <EmptyState
          icon={<Stamp />}
          title="No certificates yet"
          text="One step makes an authority, a certificate for each session manager and one for this broker, and says what to copy where."
        >
          {!looksOnly && actions}
        </EmptyState>
      )}
      <div className={styles.groups}>
        <CertificateList
          shown={value?.shown}
          groups={groupByAuthority(certificates)}
          now={at}
          menuOf={menuOf}
        />
      </div>
      {open?.kind === 'create' && (
        <CreateDialog
          managers={managers ?? []}
          certificates={certificates}
          onClose={close}
          onCreated={reload}
        />
      )}
      {open?.kind === 'import' && (
        <ImportDialog
          onClose={close}
          onImported={(serials) => {
            close();
            reload();
            showToast({ title: `${counted(serials.length)} imported` });
          }}
        />
      )}
      {open?.kind === 'renew' && (
        <RenewDialog
          certificate={open.certificate}
          onClose={close}
          onRenewed={(serial) => {
            reload();
            setOpen({ kind: 'export', serial, renews: true });
          }}
        />
      )}
      {open?.kind === 'export' && opened !== undefined && (
        <ExportDialog certificate={opened} renews={open.renews} onClose={close} />
      )}
      {open?.kind === 'revoke' && (
        <AlertDialog
          open
          title={`Revoke the certificate of ${open.certificate.name}?`}
          text={tellRevocation(open.certificate, open.issued)}
          confirmLabel="Revoke"
          onConfirm={() => void revoke(open.certificate)}
          onCancel={close}
        />
      )}
    </Page>
  );
}

function NoPlaceForKeys() {
  return (
    <div className={styles.note} role="note">
      <KeyRound aria-hidden="true" />
      <p>
        <strong>Proxima can’t make certificates here.</strong> This system has no protected place for their
        private keys, and Proxima never writes them to disk as they are. On Linux, start a keyring such as
        gnome-keyring; a gateway needs its key file. Certificates without a private key can still be imported
        and revoked.
      </p>
    </div>
  );
}
