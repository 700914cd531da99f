import { PresenceFilter } from 'ldapts';
import type { Failure } from '../../../shared/contract/failure.ts';
import type { LdapProviderOptions } from './ldap.ts';
import { withLdapConnection } from './ldapConnection.ts';
import { ProviderError, toProviderError } from './providerError.ts';

const checkTimeoutMs = 15_000;
const anything = new PresenceFilter({ attribute: 'objectClass' });
/** Enough to tell one from many. */
const sampleSize = 10;

/** As {@link checkOidc} does, of a directory. */
export async function checkLdap(
  { settings, readSecret, timeoutMs = checkTimeoutMs }: LdapProviderOptions,
  tell: (finding: string) => void,
): Promise<Failure | undefined> {
  const { url, searchDn = '', baseDn, nameAttribute, groupsBaseDn = '' } = settings;
  const secret = await readSecret();
  if (!secret.ok) return secret.failure;
  try {
    await withLdapConnection(settings, timeoutMs, async (connection) => {
      const how = url.startsWith('ldaps:') ? '' : ' after StartTLS';
      tell(`The connection is encrypted${how} (${connection.protocol}), and its certificate was verified.`);
      await connection.bindSearcher(searchDn, secret.value);
      tell(
        searchDn === ''
          ? 'It lets anybody search.'
          : `It takes the name and password of the search, ${searchDn}.`,
      );

      for (const dn of groupsBaseDn === '' ? [baseDn] : [baseDn, groupsBaseDn]) {
        const [entry] = await connection.search(dn, 'base', anything, ['1.1'], 1);
        if (!entry)
          throw new ProviderError(
            'provider_answer_invalid',
            `${dn} is not there, or the search may not see it`,
          );
        tell(`${dn} is there.`);
      }

      const people = new PresenceFilter({ attribute: nameAttribute });
      const found = (await connection.search(baseDn, 'sub', people, ['1.1'], sampleSize)).length;
      if (found === 0)
        throw new ProviderError(
          'provider_answer_invalid',
          `nothing below ${baseDn} that the search may see has a “${nameAttribute}”`,
        );
      tell(`${describeCount(found)} below ${baseDn} with a “${nameAttribute}” to sign in with.`);
      tell(
        groupsBaseDn === ''
          ? 'Groups are those that the entries of people tell as “memberOf”.'
          : `Groups are those below ${groupsBaseDn} that have a person as “member”, “uniqueMember” or “memberUid”.`,
      );
    });
    return undefined;
  } catch (error) {
    return toProviderError(error).failure;
  }
}

function describeCount(found: number): string {
  if (found === 1) return 'There is one entry';
  return found < sampleSize ? `There are ${found} entries` : `There are ${found} entries or more`;
}
