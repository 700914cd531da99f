import { clusterOrderSchema } from '../../../../shared/contract/registry.ts';
import type { ClusterOrder } from '../../../../shared/contract/registry.ts';
import type { FieldErrors } from '../../../app/checkedDraft.ts';

/** One machine of a new cluster, as typed. */
export interface NodeRow {
  readonly name: string;
  readonly address: string;
}

/** What the preparation of a cluster asks for. */
export interface ClusterForm {
  /** Serial of the authority; `''` for a new one. */
  readonly authority: string;
  readonly authorityName: string;
  readonly clusterName: string;
  readonly nodes: readonly NodeRow[];
  readonly clientPort: number | null;
  readonly peerPort: number | null;
}

/** More than five only make every change slower. */
export const clusterSizes = ['1', '3', '5'] as const;
export type ClusterSize = (typeof clusterSizes)[number];

const newNode = (index: number): NodeRow => ({ name: `etcd-${index + 1}`, address: '' });

export const newClusterForm = (authority: string | undefined): ClusterForm => ({
  authority: authority ?? '',
  authorityName: 'Proxima authority',
  clusterName: 'proxima',
  nodes: [0, 1, 2].map(newNode),
  clientPort: 2379,
  peerPort: 2380,
});

/** What was typed for the nodes that stay is kept. */
export const resizeCluster = (form: ClusterForm, size: number): ClusterForm => ({
  ...form,
  nodes: Array.from({ length: size }, (_, index) => form.nodes[index] ?? newNode(index)),
});

const words = {
  name: 'Up to 32 lower-case letters, digits and hyphens; a letter or a digit first.',
  address: 'Enter a name or an address, without a port.',
  port: 'A port is a whole number from 1 to 65535.',
};

function wordsAt([field, index, part]: readonly PropertyKey[]): [field: string, words: string] {
  if (field === 'nodes')
    return [`${String(index)}.${String(part)}`, part === 'name' ? words.name : words.address];
  return [String(field), field === 'clusterName' ? words.name : words.port];
}

/** Stands in until the new authority has its serial. */
const noSerial = '0';

/** Fields: authorityName, clusterName, clientPort, peerPort; `<index>.name` and `<index>.address` of the nodes. */
export function checkClusterForm(form: ClusterForm): {
  readonly order: ClusterOrder | undefined;
  readonly errors: FieldErrors;
} {
  const { authorityName, ...rest } = form;
  const nodes = form.nodes.map(({ name, address }) => ({ name: name.trim(), address: address.trim() }));
  const parsed = clusterOrderSchema.safeParse({
    ...rest,
    nodes,
    authority: form.authority === '' ? noSerial : form.authority,
  });
  const errors: Record<string, string> = {};
  for (const { path } of parsed.error?.issues ?? []) {
    const [field, problem] = wordsAt(path);
    errors[field] ??= problem;
  }
  nodes.forEach(({ name, address }, index) => {
    const before = nodes.slice(0, index);
    if (before.some((other) => other.name === name))
      errors[`${index}.name`] ??= 'Another node has this name.';
    if (before.some((other) => other.address === address))
      errors[`${index}.address`] ??= 'Another node has this address. Each needs a machine of its own.';
  });
  if (form.clientPort === form.peerPort) errors['peerPort'] ??= 'Members need another port than clients.';
  if (form.authority === '' && (authorityName.trim() === '' || authorityName.trim().length > 64))
    errors['authorityName'] = 'Enter a name of up to 64 characters.';
  return { order: Object.keys(errors).length === 0 ? parsed.data : undefined, errors };
}

/** The first of `name`, `name-2`, `name-3`… that no pool has. */
export function freePoolId(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `-${number}`;
    const id = `${name.slice(0, 32 - suffix.length)}${suffix}`;
    if (!taken.includes(id)) return id;
  }
}
