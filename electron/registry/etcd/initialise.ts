import { X509Certificate } from 'node:crypto';
import { fail, succeed, type Failure, type Result } from '../../../shared/contract/failure.ts';
import { openChannel, type Channel } from './channel.ts';
import { parseEndpoint, type EtcdIdentity } from './identity.ts';
import { rangeOf, type CallName, type RequestOf, type ResponseOf, type WirePermission } from './protocol.ts';
import {
  planRoles,
  rolePrefixOf,
  rootName,
  type PoolUsers,
  type Right,
  type Role,
  type RolePlan,
} from './roles.ts';
import { createRotation, type Rotation } from './rotation.ts';

export interface InitialisationOrder {
  readonly endpoints: readonly string[];
  /** Of `root`, once rights are checked. */
  readonly identity: EtcdIdentity;
  readonly poolId: string;
  readonly users: PoolUsers;
  /** Looks, and changes nothing. */
  readonly isDryRun: boolean;
}

/** One thing that was seen to. */
export interface InitialisationStep {
  readonly kind: 'role' | 'user' | 'rights checked' | 'pool key' | 'certificate';
  readonly name: string;
  /** What it may do, or what it has, in words. */
  readonly what: string;
  readonly state: 'made' | 'changed' | 'unchanged' | 'missing';
}

/** Much longer than for a session: nobody waits, and each call is one of a few. */
const deadlines = { attemptMs: 3_000, callMs: 10_000 };
const permissionTypes = { read: 0, readwrite: 2 } as const;

/**
 * Gives a cluster the roles and users of a pool, and has it check rights from then on. What is there already is left as it is, so
 * that it may be run again, with further users too. Users have no passwords: each is the name in a client certificate.
 */
export async function initialisePool(
  order: InitialisationOrder,
): Promise<Result<readonly InitialisationStep[]>> {
  const channels: Channel[] = [];
  try {
    for (const endpoint of order.endpoints) {
      const opened = openChannel(parseEndpoint(endpoint), order.identity);
      if (!opened.ok) return opened;
      channels.push(opened.value);
    }
    const rotation = createRotation(channels, deadlines);
    const plan = planRoles(order.poolId, order.users);
    const ready = await checkPreconditions(order, rotation);
    if (!ready.ok) return ready;
    return await apply(plan, order, rotation);
  } finally {
    for (const channel of channels) channel.close();
  }
}

/** Once rights are checked, who can't show root's certificate is locked out; better to find that out before. */
async function checkPreconditions(order: InitialisationOrder, rotation: Rotation): Promise<Result<void>> {
  const { endpoints, identity } = order;
  if (endpoints.some((url) => !parseEndpoint(url).isSecured))
    return fail(
      'input_invalid',
      'rights go by client certificates, so that every endpoint has to begin with https',
    );
  const certificate = identity.clientCertificate?.certificatePem;
  const name = certificate === undefined ? undefined : commonNameOf(certificate);
  if (name !== rootName)
    return fail('input_invalid', `the certificate is for ${name ?? 'nobody'}; it takes one for ${rootName}`);
  const reached = await rotation.call('Status', {}, true);
  if (!reached.ok) return reached;
  const withoutCertificate = openChannel(rotation.current().endpoint, {
    authoritiesPem: identity.authoritiesPem,
  });
  if (!withoutCertificate.ok) return withoutCertificate;
  const refused = await withoutCertificate.value.call('Status', {}, deadlines.attemptMs);
  withoutCertificate.value.close();
  return refused.ok
    ? fail('input_invalid', 'the members ask for no client certificate: start them with --client-cert-auth')
    : succeed(undefined);
}

const commonNameOf = (pem: string): string | undefined =>
  /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1];

async function apply(
  plan: RolePlan,
  order: InitialisationOrder,
  rotation: Rotation,
): Promise<Result<readonly InitialisationStep[]>> {
  const steps: InitialisationStep[] = [];
  const acts = [
    ...plan.roles.map((role) => () => ensureRole(role, order.isDryRun, rotation)),
    ...plan.users.map(
      (user) => () => ensureUser(user.name, user.roles, rolePrefixOf(order.poolId), order.isDryRun, rotation),
    ),
    () => ensureRightsChecked(order.isDryRun, rotation),
  ];
  for (const act of acts) {
    const step = await act();
    if (!step.ok) return step;
    steps.push(step.value);
  }
  return succeed(steps);
}

const says = ({ detail }: Failure, words: string) => detail?.includes(words) ?? false;

/** Calls whose repetition, after one that was carried out unheard, says that it is done already. */
async function change<Name extends CallName>(
  rotation: Rotation,
  name: Name,
  request: RequestOf<Name>,
  done?: string,
): Promise<Result<ResponseOf<Name> | undefined>> {
  const answer = await rotation.call(name, request, true);
  return !answer.ok && done !== undefined && says(answer.failure, done) ? succeed(undefined) : answer;
}

/** `undefined` where there is no such one. */
async function find<Name extends CallName>(
  rotation: Rotation,
  name: Name,
  request: RequestOf<Name>,
  absent: string,
): Promise<Result<ResponseOf<Name> | undefined>> {
  return change(rotation, name, request, absent);
}

async function ensureRole(
  role: Role,
  isDryRun: boolean,
  rotation: Rotation,
): Promise<Result<InitialisationStep>> {
  const found = await find(rotation, 'RoleGet', { role: role.name }, 'role name not found');
  if (!found.ok) return found;
  const wanted = role.rights.map(toPermission);
  const present = found.value?.perm ?? [];
  const missing = wanted.filter((right) => !present.some((other) => isSameRight(right, other)));
  const surplus = present.filter((right) => !wanted.some((other) => isSameRange(right, other)));
  const isThere = found.value !== undefined;
  const isChanged = missing.length + surplus.length > 0;
  if (!isDryRun) {
    if (!isThere) {
      const added = await change(rotation, 'RoleAdd', { name: role.name }, 'role name already exists');
      if (!added.ok) return added;
    }
    for (const perm of missing) {
      const granted = await change(rotation, 'RoleGrantPermission', { name: role.name, perm });
      if (!granted.ok) return granted;
    }
    for (const { key, rangeEnd } of surplus) {
      const request = { role: role.name, key, ...(rangeEnd && { rangeEnd }) };
      const revoked = await change(rotation, 'RoleRevokePermission', request, 'permission is not granted');
      if (!revoked.ok) return revoked;
    }
  }
  return succeed({
    kind: 'role',
    name: role.name,
    what: role.rights.map(({ kind, prefix }) => `${kind} ${prefix}`).join(', '),
    state: stateOf(isThere, isChanged, isDryRun),
  });
}

async function ensureUser(
  name: string,
  roles: readonly string[],
  rolePrefix: string,
  isDryRun: boolean,
  rotation: Rotation,
): Promise<Result<InitialisationStep>> {
  const found = await find(rotation, 'UserGet', { name }, 'user name not found');
  if (!found.ok) return found;
  const present = found.value?.roles ?? [];
  const missing = roles.filter((role) => !present.includes(role));
  const surplus = present.filter((role) => role.startsWith(rolePrefix) && !roles.includes(role));
  const isThere = found.value !== undefined;
  if (!isDryRun) {
    if (!isThere) {
      const added = await change(
        rotation,
        'UserAdd',
        { name, options: { noPassword: true } },
        'user name already exists',
      );
      if (!added.ok) return added;
    }
    for (const role of missing) {
      const granted = await change(rotation, 'UserGrantRole', { user: name, role });
      if (!granted.ok) return granted;
    }
    for (const role of surplus) {
      const revoked = await change(rotation, 'UserRevokeRole', { user: name, role }, 'role is not granted');
      if (!revoked.ok) return revoked;
    }
  }
  return succeed({
    kind: 'user',
    name,
    what: roles.join(', '),
    state: stateOf(isThere, missing.length + surplus.length > 0, isDryRun),
  });
}

async function ensureRightsChecked(
  isDryRun: boolean,
  rotation: Rotation,
): Promise<Result<InitialisationStep>> {
  // Before 3.5 there is no call that tells; a sign-in by password is refused for different reasons.
  const signIn = await rotation.call('Authenticate', { name: '', password: '' }, true);
  const isOn = signIn.ok || !says(signIn.failure, 'authentication is not enabled');
  if (!isOn && !isDryRun) {
    const enabled = await change(rotation, 'AuthEnable', {});
    if (!enabled.ok) return enabled;
  }
  return succeed({
    kind: 'rights checked',
    name: 'on every request',
    what: 'by the name in the client certificate',
    state: stateOf(isOn, false, isDryRun),
  });
}

function stateOf(isThere: boolean, isChanged: boolean, isDryRun: boolean): InitialisationStep['state'] {
  if (!isThere) return isDryRun ? 'missing' : 'made';
  return isChanged ? 'changed' : 'unchanged';
}

const toPermission = ({ prefix, kind }: Right): WirePermission => ({
  permType: permissionTypes[kind],
  ...rangeOf(prefix),
});

const isSameRange = (one: WirePermission, other: WirePermission) =>
  one.key.equals(other.key) && (one.rangeEnd ?? Buffer.alloc(0)).equals(other.rangeEnd ?? Buffer.alloc(0));

const isSameRight = (one: WirePermission, other: WirePermission) =>
  one.permType === other.permType && isSameRange(one, other);
