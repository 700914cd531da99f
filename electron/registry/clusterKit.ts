import { isIP, isIPv6 } from 'node:net';
import type { ClusterOrder, NodeStart } from '../../shared/contract/registry.ts';
import { fail, type Result, succeed } from '../../shared/contract/failure.ts';
import type { CertificateStore, MachineFile, MachinePair } from '../broker/ports.ts';

type Node = ClusterOrder['nodes'][number];

/** Certificates of members last as long as those of session managers by default. */
const lifetimeDays = 397;
const folder = '/etc/proxima-registry';
const dataFolder = '/var/lib/proxima-registry';
/** A session's life leaves some 900 bytes behind until it is compacted away. */
const quotaBytes = 2 * 1024 ** 3;

/**
 * Prepares the members of a new etcd cluster: a certificate for each from one of this Proxima's authorities, and how each is
 * started. Fails as the certificate store does; certificates that were issued before the failure stay listed, and can be revoked.
 */
export async function prepareCluster(
  order: ClusterOrder,
  certificates: Pick<CertificateStore, 'issue' | 'packFor'>,
  who: string,
): Promise<Result<{ endpoints: string[]; nodes: NodeStart[] }>> {
  const { authority, nodes } = order;
  const isRepeated = (field: 'name' | 'address') =>
    new Set(nodes.map((node) => node[field])).size < nodes.length;
  if (isRepeated('name')) return fail('input_invalid', 'two nodes share a name');
  if (isRepeated('address')) return fail('input_invalid', 'two nodes share an address');
  const started: NodeStart[] = [];
  for (const node of nodes) {
    const isAddress = isIP(node.address) !== 0;
    const issued = await certificates.issue(
      authority,
      {
        kind: 'server',
        name: `${order.clusterName} ${node.name}`,
        dnsNames: isAddress ? [] : [node.address],
        ipAddresses: isAddress ? [node.address] : [],
        lifetimeDays,
        isMember: true,
      },
      who,
    );
    if (!issued.ok) return issued;
    const texts = describeStart(order, node);
    const bundle = await certificates.packFor(issued.value.serial, who, (pair) =>
      describeFiles(node, texts, pair),
    );
    if (!bundle.ok) return bundle;
    started.push({ name: node.name, ...texts, bundle: bundle.value });
  }
  return succeed({ endpoints: nodes.map(({ address }) => urlOf(address, order.clientPort)), nodes: started });
}

const urlOf = (address: string, port: number) =>
  `https://${isIPv6(address) ? `[${address}]` : address}:${port}`;

type StartTexts = Pick<NodeStart, 'command' | 'systemdUnit' | 'containerFile'>;

function describeStart(order: ClusterOrder, node: Node): StartTexts {
  const flags = flagsOf(order, node);
  return {
    command: `etcd \\\n${flags.map((flag) => `  ${flag}`).join(' \\\n')}\n`,
    systemdUnit: systemdUnit(order, flags),
    containerFile: containerFile(order, node, flags),
  };
}

/** https://etcd.io/docs/v3.5/op-guide/configuration/; all of them are understood from 3.4 on. */
function flagsOf(
  { clusterName, nodes, clientPort, peerPort }: ClusterOrder,
  { name, address }: Node,
): string[] {
  // Behind a name there may be several addresses; which of them is this machine's, it knows itself.
  const listen = isIP(address) ? address : '0.0.0.0';
  const members = nodes.map((each) => `${each.name}=${urlOf(each.address, peerPort)}`).join(',');
  return [
    `--name=${name}`,
    `--data-dir=${dataFolder}/${name}`,
    `--listen-client-urls=${urlOf(listen, clientPort)}`,
    `--advertise-client-urls=${urlOf(address, clientPort)}`,
    `--listen-peer-urls=${urlOf(listen, peerPort)}`,
    `--initial-advertise-peer-urls=${urlOf(address, peerPort)}`,
    `--initial-cluster=${members}`,
    `--initial-cluster-token=${clusterName}`,
    '--initial-cluster-state=new',
    `--cert-file=${folder}/certificate.pem`,
    `--key-file=${folder}/key.pem`,
    `--trusted-ca-file=${folder}/authorities.pem`,
    '--client-cert-auth',
    `--peer-cert-file=${folder}/certificate.pem`,
    `--peer-key-file=${folder}/key.pem`,
    `--peer-trusted-ca-file=${folder}/authorities.pem`,
    '--peer-client-cert-auth',
    // Its JSON gateway isn't used, and would be another way in.
    '--enable-grpc-gateway=false',
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=10m',
    `--quota-backend-bytes=${quotaBytes}`,
    '--logger=zap',
  ];
}

const systemdUnit = ({ clusterName }: ClusterOrder, flags: readonly string[]) => `[Unit]
Description=Proxima session registry (etcd, ${clusterName})
Documentation=https://etcd.io/docs
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
User=etcd
Group=etcd
StateDirectory=proxima-registry
StateDirectoryMode=0700
ExecStart=/usr/bin/etcd \\
${flags.map((flag) => `  ${flag}`).join(' \\\n')}
Restart=on-failure
RestartSec=2
LimitNOFILE=65536
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes

[Install]
WantedBy=multi-user.target
`;

/** From a distribution that patches etcd; the key is mounted, never part of the image. */
const containerFile = (
  { clusterName, clientPort, peerPort }: ClusterOrder,
  { name }: Node,
  flags: readonly string[],
) => `# podman build --tag proxima-registry-${name} --file Containerfile
# podman run --detach --restart always --network host --volume ${folder}:${folder}:ro \\
#   --volume ${clusterName}-${name}:${dataFolder} proxima-registry-${name}
FROM debian:trixie-slim
RUN apt-get update && apt-get install --yes --no-install-recommends etcd-server && rm -rf /var/lib/apt/lists/*
EXPOSE ${clientPort} ${peerPort}
VOLUME ${dataFolder}
ENTRYPOINT [ \\
${['/usr/bin/etcd', ...flags].map((flag) => `  ${JSON.stringify(flag)}`).join(', \\\n')} \\
]
`;

const [readable, program, owned] = [0o644, 0o755, 0o600];

function describeFiles(node: Node, texts: StartTexts, pair: MachinePair): readonly MachineFile[] {
  return [
    {
      name: 'README.txt',
      mode: readable,
      purpose: 'What to copy where, in which order.',
      text: readme(node),
    },
    {
      name: 'certificate.pem',
      mode: readable,
      purpose: 'What this member shows to clients and to the other members.',
      text: pair.chainPem,
    },
    {
      name: 'key.pem',
      mode: owned,
      purpose: 'Its private key: for this machine only.',
      text: pair.privateKeyPem,
    },
    {
      name: 'authorities.pem',
      mode: readable,
      purpose: 'The authority whose clients and members are let in.',
      text: pair.authoritiesPem,
    },
    {
      name: 'start-etcd.sh',
      mode: program,
      purpose: 'Starts etcd by hand.',
      text: `#!/bin/sh\nset -e\nexec ${texts.command}`,
    },
    {
      name: 'proxima-registry.service',
      mode: readable,
      purpose: 'Starts it with the machine.',
      text: texts.systemdUnit,
    },
    { name: 'Containerfile', mode: readable, purpose: 'Runs it in a container.', text: texts.containerFile },
  ];
}

const readme = ({ name, address }: Node) => `PROXIMA SESSION REGISTRY: THE MEMBER “${name}” ON ${address}
FOR ONE MACHINE ONLY, AND IT HOLDS A PRIVATE KEY

1. Install etcd 3.4 or later (Debian: apt-get install etcd-server, then systemctl disable --now etcd).
2. Copy certificate.pem, key.pem and authorities.pem to ${folder};
   the key is for the account that runs etcd: chown etcd key.pem, chmod 600 key.pem.
3. Copy proxima-registry.service to /etc/systemd/system, then
   systemctl daemon-reload, systemctl enable --now proxima-registry.
   Or run start-etcd.sh by hand, or build the Containerfile.
4. Do so on every member: a cluster answers from the second of three on.
5. In Proxima's settings, “Session registry”, choose “Check”: each member shows in green.
6. Once: “headless.js registry init” makes the roles of gateways, desktops and auditors.

The peer port is for the members only, the client port for gateways and desktops. Clocks needn't be the same.
`;
