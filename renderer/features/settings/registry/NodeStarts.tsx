import { Server } from 'lucide-react';
import type { NodeStart } from '../../../../shared/contract/registry.ts';
import { succeed } from '../../../../shared/contract/failure.ts';
import { Button } from '../../../ui/Button.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { BundleDownload } from '../certificates/BundleDownload.tsx';
import { copyText } from '../../../app/copyText.ts';
import styles from '../certificates/WhatToCopy.module.css';

const ways = [
  { field: 'command', label: 'Copy start command', what: 'The start command' },
  { field: 'systemdUnit', label: 'Copy systemd unit', what: 'The systemd unit' },
  { field: 'containerFile', label: 'Copy container file', what: 'The container file' },
] as const;

/** What each machine of a new cluster gets, and what is left to do. */
export function NodeStarts(props: { nodes: readonly NodeStart[]; hasOwnCertificate: boolean }) {
  const { nodes } = props;
  return (
    <div className={styles.steps}>
      <section className={styles.step} aria-label="On each machine">
        <h3 className={styles.heading}>On each machine</h3>
        <p className={styles.text}>
          Unpack its bundle there with <code>tar -xzf</code>, and start etcd in one of three ways. The bundle
          holds the private key of that machine only: copy it there, to no other, and delete the download.
          {nodes.length > 1 && ' The cluster works as soon as most of its machines run.'}
        </p>
        <ul className={styles.machines}>
          {nodes.map((node) => (
            <li key={node.name} className={styles.machine}>
              <p className={styles.name}>
                <Server aria-hidden="true" />
                {node.name}
              </p>
              <BundleDownload name={node.name} read={() => Promise.resolve(succeed(node.bundle))} />
              <div className={styles.actions}>
                {ways.map(({ field, label, what }) => (
                  <Button key={field} onClick={() => void copyText(node[field], `${what} of ${node.name}`)}>
                    {label}
                    <VisuallyHidden> of {node.name}</VisuallyHidden>
                  </Button>
                ))}
              </div>
            </li>
          ))}
        </ul>
      </section>
      <section className={styles.step} aria-label="In Proxima">
        <h3 className={styles.heading}>In Proxima</h3>
        <p className={styles.text}>
          “Use these endpoints” puts the cluster into the draft as a new pool, to be checked and saved once it
          runs.{' '}
          {props.hasOwnCertificate
            ? 'The client certificate of this Proxima comes from the same authority and is chosen for it.'
            : 'This Proxima needs a client certificate of the same authority: the page Certificates makes one.'}{' '}
          What each name in a certificate may do is set up once with <code>registry init</code>.
        </p>
      </section>
    </div>
  );
}
