import { endpointSchema, poolSchema } from '../../shared/model/pool.ts';
import type { Pool } from '../../shared/model/pool.ts';
import { capitalise, problemInPem, remember } from './checkedDraft.ts';
import type { Checked, FieldErrors } from './checkedDraft.ts';
import { entriesOf, textOf } from './selectorText.ts';

/** A pool of the session registry as it is typed; what is wrong stays, for the error to name it. */
export interface PoolDraft {
  readonly id: string;
  readonly name: string;
  /** One a line. */
  readonly endpoints: string;
  /** `''` for the authorities that Node.js ships. */
  readonly authoritiesPem: string;
  /** Serial of the certificate; `''` for none. */
  readonly clientCertificate: string;
  readonly slack: number | null;
  readonly leaseSeconds: number | null;
}

export const newPool = (part: Partial<PoolDraft>): PoolDraft => ({
  id: '',
  name: '',
  endpoints: '',
  authoritiesPem: '',
  clientCertificate: '',
  slack: poolSchema.shape.slack.parse(undefined),
  leaseSeconds: poolSchema.shape.leaseSeconds.parse(undefined),
  ...part,
});

export const draftOfPool = (pool: Pool): PoolDraft => ({
  ...pool,
  endpoints: textOf(pool.endpoints),
  authoritiesPem: pool.authoritiesPem ?? '',
  clientCertificate: pool.clientCertificate ?? '',
});

const words: FieldErrors = {
  id: 'Up to 32 lower-case letters, digits and hyphens; a letter or a digit first.',
  name: 'Enter a name of up to 100 characters.',
  endpoints: 'Enter the address of at least one member, and of 16 at most.',
  slack: 'A whole number from 1 to 16.',
  leaseSeconds: 'A whole number of seconds from 5 to 300.',
};

function problemInEndpoints(text: string): string | undefined {
  const wrong = entriesOf(text).find((entry) => !endpointSchema.safeParse(entry).success);
  if (wrong === undefined) return undefined;
  const shown = wrong.length > 60 ? `${wrong.slice(0, 57)}…` : wrong;
  return `“${shown}” is not an address such as https://etcd-1.corp.example:2379.`;
}

/** Fields: id, name, endpoints, authoritiesPem, slack, leaseSeconds. */
export const checkPool = remember((pool: PoolDraft): Checked<Pool> => {
  const { endpoints, authoritiesPem, clientCertificate, ...rest } = pool;
  const parsed = poolSchema.safeParse({
    ...rest,
    endpoints: entriesOf(endpoints),
    ...(authoritiesPem.trim() !== '' && { authoritiesPem }),
    ...(clientCertificate !== '' && { clientCertificate }),
  });
  const errors: Record<string, string> = {};
  const note = (field: string, problem: string | undefined) => {
    if (problem !== undefined) errors[field] ??= problem;
  };
  note('endpoints', problemInEndpoints(endpoints));
  if (authoritiesPem.trim() !== '') note('authoritiesPem', problemInPem(authoritiesPem));
  for (const { path, message } of parsed.error?.issues ?? [])
    note(String(path[0]), words[String(path[0])] ?? `${capitalise(message)}.`);
  return { value: Object.keys(errors).length > 0 ? undefined : parsed.data, errors };
});

/** An id that a name suggests, such as `data-centre-1`; `''` where nothing of it can be part of one. */
export const suggestPoolId = (name: string): string =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 32)
    .replace(/-+$/, '');
