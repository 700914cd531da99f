import { randomBytes } from 'node:crypto';
import type { Entry } from 'ldapts';
import { fail, type Result } from '../../../shared/contract/failure.ts';
import { type LdapProvider, personNameSchema } from '../../../shared/model/access.ts';
import type { FormProvider, Identity } from '../identityProvider.ts';
import { createIdentity } from './identity.ts';
import { type LdapConnection, withLdapConnection } from './ldapConnection.ts';
import {
  firstValueOf,
  groupFilter,
  personAttributes,
  personFilter,
  spellName,
  valuesOf,
} from './ldapEntry.ts';
import { ProviderError, toProviderError } from './providerError.ts';

export interface LdapProviderOptions {
  readonly settings: LdapProvider;
  /** The password of `searchDn`. */
  readonly readSecret: () => Promise<Result<string | undefined>>;
  /** For all of one sign-in. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 15_000;
const groupLimit = 1000;

/**
 * LDAP (RFC 4511): searches for the one entry with that name, and binds as it with the password that was typed. One connection for
 * each sign-in.
 */
export function createLdapProvider(options: LdapProviderOptions): FormProvider {
  const { settings, readSecret, timeoutMs = defaultTimeoutMs } = options;

  async function authenticate(
    connection: LdapConnection,
    name: string,
    password: string,
    searchPassword: string | undefined,
  ): Promise<Result<Identity>> {
    const becomeSearcher = () => connection.bindSearcher(settings.searchDn, searchPassword);
    await becomeSearcher();
    const entry = await findPerson(connection, settings, name);
    // For a name that isn't there, the directory is asked as much.
    const isRight = await connection.verify(entry?.dn ?? unusedDn(settings.baseDn), password);
    if (!entry || !isRight) return fail('sign_in_refused');
    const spelled = spellName(entry, settings.nameAttribute, name);
    if (spelled === undefined)
      return fail(
        'provider_answer_invalid',
        `the entry that it found has another “${settings.nameAttribute}”`,
      );
    await becomeSearcher();
    return createIdentity({
      name: spelled,
      displayName: valuesOf(entry, 'displayName')[0] ?? valuesOf(entry, 'cn')[0],
      groups: await findGroups(connection, settings, entry, spelled),
    });
  }

  return {
    kind: 'form',
    async authenticate(name, password) {
      const parsed = personNameSchema.safeParse(name);
      if (password === '' || !parsed.success) return fail('sign_in_refused');
      const secret = await readSecret();
      if (!secret.ok) return secret;
      try {
        return await withLdapConnection(settings, timeoutMs, (connection) =>
          authenticate(connection, parsed.data, password, secret.value),
        );
      } catch (error) {
        return { ok: false, failure: toProviderError(error).failure };
      }
    },
  };
}

/** @throws ProviderError where several entries have the name. */
async function findPerson(
  connection: LdapConnection,
  settings: LdapProvider,
  name: string,
): Promise<Entry | undefined> {
  const { baseDn, nameAttribute } = settings;
  const filter = personFilter(nameAttribute, name);
  const found = await connection.search(baseDn, 'sub', filter, personAttributes(settings), 2);
  if (found.length > 1)
    throw new ProviderError(
      'provider_answer_invalid',
      `several entries below ${baseDn} have that “${nameAttribute}”`,
    );
  const [entry] = found;
  // To bind as nobody succeeds with any password (RFC 4513, section 5.1.1).
  if (entry?.dn === '')
    throw new ProviderError('provider_answer_invalid', 'it found an entry without a name');
  return entry;
}

/** Below `groupsBaseDn` where that is set; otherwise those that the entry itself tells (`memberOf`). */
async function findGroups(
  connection: LdapConnection,
  { groupsBaseDn = '' }: LdapProvider,
  entry: Entry,
  name: string,
): Promise<string[]> {
  const dns =
    groupsBaseDn === ''
      ? valuesOf(entry, 'memberOf')
      : (await connection.search(groupsBaseDn, 'sub', groupFilter(entry, name), ['cn'], groupLimit + 1)).map(
          ({ dn }) => dn,
        );
  return dns.map(firstValueOf).filter((group) => group !== undefined);
}

const unusedDn = (baseDn: string): string => `cn=${randomBytes(16).toString('hex')},${baseDn}`;
