import { Laptop, Server } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Certificate, CertificateOrder } from '../../../../shared/model/certificate.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { BundleDownload } from './BundleDownload.tsx';
import type { CreationPlan } from './certificatesForm.ts';
import type { Created } from './createAll.ts';
import { ShowToManagers } from './ShowToManagers.tsx';
import { TrustAuthority } from './TrustAuthority.tsx';
import styles from './WhatToCopy.module.css';

type Made = CertificateOrder & { readonly serial: string };

/** After certificates were made: one bundle for each machine, and what is left to do. */
export function WhatToCopy(props: {
  plan: CreationPlan;
  created: Created;
  certificates: readonly Certificate[];
  /** The person goes on somewhere else. */
  onLeave: () => void;
}) {
  const made: readonly Made[] = props.created.serials.flatMap((serial, index) => {
    const order = props.plan.orders[index];
    return order === undefined ? [] : [{ ...order, serial }];
  });
  const servers = made.filter(({ kind }) => kind === 'server');
  const clients = made.filter(({ kind }) => kind === 'client');
  const authority = props.certificates.find(({ serial }) => serial === props.created.authority);
  return (
    <div className={styles.steps}>
      {made.length > 0 && (
        <p>
          There is one bundle for each machine. It holds the private key of that machine only: copy it there,
          to no other, and delete the download.
        </p>
      )}
      {servers.length > 0 && (
        <Step title="To each session manager">
          <p className={styles.text}>
            Unpack the bundle there with <code>tar -xzf</code>, and follow its README: it sets up guacd and
            the TLS front, which lets in only brokers that show a certificate.
          </p>
          <Machines machines={servers} icon={<Server aria-hidden="true" />} />
        </Step>
      )}
      {clients.length > 0 && (
        <Step title="To each broker">
          <p className={styles.text}>
            This broker has its certificate already: let it show that to session managers. Every other broker
            gets its bundle.
          </p>
          <Machines machines={clients} icon={<Laptop aria-hidden="true" />} />
        </Step>
      )}
      {authority !== undefined && (
        <Step title="In the proximity groups">
          <p className={styles.text}>
            Groups have to trust the authority before their session managers count as secured. Put it into the
            draft here, or paste its certificate under “Trust” of a group; it holds no secret.
          </p>
          <TrustAuthority
            authority={authority}
            managerIds={servers.flatMap(({ managerId }) => managerId ?? [])}
            onTrusted={props.onLeave}
          />
        </Step>
      )}
    </div>
  );
}

function Step({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.step} aria-label={title}>
      <h3 className={styles.heading}>{title}</h3>
      {children}
    </section>
  );
}

function Machines({ machines, icon }: { machines: readonly Made[]; icon: ReactNode }) {
  const client = useClient();
  return (
    <ul className={styles.machines}>
      {machines.map((machine) => (
        <li key={machine.serial} className={styles.machine}>
          <p className={styles.name}>
            {icon}
            {machine.name}
          </p>
          {machine.kind === 'client' && <ShowToManagers certificate={machine} />}
          <BundleDownload
            name={machine.name}
            read={() => settle(client.certificates.exportBundle({ serial: machine.serial }))}
          />
        </li>
      ))}
    </ul>
  );
}
