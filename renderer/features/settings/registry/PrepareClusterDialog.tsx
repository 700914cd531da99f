import { useState } from 'react';
import type { NodeStart } from '../../../../shared/contract/registry.ts';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { newPool } from '../../../app/poolDraft.ts';
import type { PoolDraft } from '../../../app/poolDraft.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { issuingAuthorities } from '../certificates/certificatesForm.ts';
import { tellFailure } from '../certificates/certificateWords.ts';
import { isUsable } from '../certificates/validity.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { Loading } from '../records/Page.tsx';
import { useAnswer } from '../records/useAnswer.ts';
import type { Client } from '../records/useAnswer.ts';
import { ClusterFields } from './ClusterFields.tsx';
import { checkClusterForm, freePoolId, newClusterForm } from './clusterForm.ts';
import { NodeStarts } from './NodeStarts.tsx';

const listCertificates = (client: Client) => client.certificates.list({});
/** Ten years: longer than any member's certificate. */
const authorityLifetimeDays = 3650;

interface Prepared {
  readonly authority: string;
  readonly clusterName: string;
  readonly endpoints: readonly string[];
  readonly nodes: readonly NodeStart[];
}

/** Issues what the machines of a new cluster need, says how each is started, and makes a pool of them. */
export function PrepareClusterDialog(props: {
  takenIds: readonly string[];
  onClose: () => void;
  onUse: (pool: PoolDraft) => void;
}) {
  const client = useClient();
  const { value, failure: listFailure, at, reload } = useAnswer(listCertificates);
  const [typed, setForm] = useState<ReturnType<typeof newClusterForm>>();
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [prepared, setPrepared] = useState<Prepared>();

  const certificates = value?.certificates ?? [];
  const authorities = issuingAuthorities(certificates, at);
  const form = typed ?? newClusterForm(authorities[0]?.serial);
  const { order, errors } = checkClusterForm(form);

  const prepare = async () => {
    setTried(true);
    if (order === undefined || busy || value === undefined) return;
    setBusy(true);
    setFailure(undefined);
    const answer = await settle(prepareWith(form.authority));
    setBusy(false);
    reload();
    if (answer.ok) setPrepared(answer.value);
    else setFailure(answer.failure);

    async function prepareWith(chosen: string): Promise<Prepared> {
      let authority = chosen;
      if (authority === '') {
        const name = form.authorityName.trim();
        const made = await client.certificates.createAuthority({
          name,
          lifetimeDays: authorityLifetimeDays,
        });
        authority = made.serial;
        // Where the rest fails, the next try goes on with the one that was made.
        setForm({ ...form, authority });
      }
      const { endpoints, nodes } = await client.registry.prepareCluster({ ...order!, authority });
      return { authority, clusterName: form.clusterName, endpoints, nodes };
    }
  };

  if (prepared !== undefined) {
    const authority = certificates.find(({ serial }) => serial === prepared.authority);
    const ownCertificate = certificates.find(
      (certificate) =>
        certificate.kind === 'client' &&
        certificate.issuedBy === prepared.authority &&
        certificate.hasPrivateKey &&
        isUsable(certificate, at),
    );
    const use = () =>
      props.onUse(
        newPool({
          id: freePoolId(prepared.clusterName, props.takenIds),
          name: prepared.clusterName,
          endpoints: prepared.endpoints.join('\n'),
          authoritiesPem: authority?.certificatePem ?? '',
          clientCertificate: ownCertificate?.serial ?? '',
        }),
      );
    return (
      <Dialog
        open
        onClose={props.onClose}
        width="large"
        title={`How to start the cluster ${prepared.clusterName}`}
        footer={
          <>
            <Button onClick={props.onClose}>Close</Button>
            <Button kind="primary" disabled={authority === undefined} onClick={use}>
              Use these endpoints
            </Button>
          </>
        }
      >
        <NodeStarts nodes={prepared.nodes} hasOwnCertificate={ownCertificate !== undefined} />
      </Dialog>
    );
  }
  return (
    <FormDialog
      title="Prepare a new cluster"
      description="Proxima issues the certificates of its machines, and says how to start etcd on each of them."
      width="large"
      submitLabel="Prepare"
      busy={busy}
      onSubmit={() => void prepare()}
      onClose={props.onClose}
    >
      {listFailure !== undefined && <FailureNote failure={listFailure} onRetry={reload} />}
      {value === undefined && listFailure === undefined && <Loading>Loading the authorities</Loading>}
      {value !== undefined && (
        <ClusterFields
          form={form}
          errors={tried ? errors : {}}
          authorities={authorities}
          onChange={setForm}
        />
      )}
      {failure !== undefined && <FailureNote failure={failure} words={tellFailure(failure)} />}
    </FormDialog>
  );
}
