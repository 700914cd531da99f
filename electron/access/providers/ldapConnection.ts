import { Client, ResultCodeError, type Entry, type Filter } from 'ldapts';
import type { FailureCode } from '../../../shared/contract/failure.ts';
import type { LdapProvider } from '../../../shared/model/access.ts';
import { openLdapSocket } from './ldapSocket.ts';
import { findProviderError, ProviderError, toProviderError } from './providerError.ts';

/** What a directory is asked over one connection. All of it throws {@link ProviderError}. */
export interface LdapConnection {
  /** The version of TLS, for people. */
  readonly protocol: string;
  /** Whether the password is that of the entry. An empty one is never sent (RFC 4513, section 5.1.2). */
  verify(dn: string, password: string): Promise<boolean>;
  /** From now on asks as whoever searches; anonymously where there is nobody for that. */
  bindSearcher(searchDn: string | undefined, password: string | undefined): Promise<void>;
  /** At most `limit` entries below `baseDn`, or that entry alone. */
  search(
    baseDn: string,
    scope: 'base' | 'sub',
    filter: Filter,
    attributes: string[],
    limit: number,
  ): Promise<Entry[]>;
}

/** A person's entry has some KiB; a thousand groups some hundreds. */
const maximumBytes = 1024 * 1024;
const searchTimeLimitSeconds = 5;

/** RFC 4511, appendix A.1: the password is wrong, or whoever it is may not sign in now. */
const wrongPasswordCodes = new Set([32, 48, 49, 53]);
/** Busy, unavailable, time limit, administrative limit. */
const passingCodes = new Set([3, 11, 51, 52]);
/** What Proxima may not do, or not this way. */
const refusedCodes = new Set([7, 8, 13, 32, 34, 48, 49, 50, 53]);

/**
 * Opens a connection, lets `ask` use it, and closes it, whatever comes.
 *
 * @throws ProviderError of the connection, of `ask`, or `provider_unreachable` once `timeoutMs` is over.
 */
export async function withLdapConnection<T>(
  settings: Pick<LdapProvider, 'url' | 'authoritiesPem'>,
  timeoutMs: number,
  ask: (connection: LdapConnection) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new ProviderError('provider_unreachable', 'it did not answer in time')),
    timeoutMs,
  );
  let ended: ProviderError | undefined;
  try {
    const socket = await openLdapSocket(settings, late.signal);
    const end = (error: ProviderError) => {
      ended ??= error;
      socket.destroy();
    };
    late.signal.addEventListener('abort', () => end(late.signal.reason as ProviderError));
    const client = new Client({
      // The connection is there already; the library never makes one.
      url: 'ldap://127.0.0.1',
      createConnection: () => {
        let length = 0;
        socket.on('data', (chunk: Buffer) => {
          length += chunk.length;
          if (length > maximumBytes)
            end(
              new ProviderError(
                'provider_answer_invalid',
                `its answers are longer than ${maximumBytes} bytes`,
              ),
            );
        });
        return socket;
      },
    });
    try {
      return await ask(createConnection(client, socket.getProtocol() ?? 'TLS'));
    } finally {
      await client.unbind().catch(() => {});
      socket.destroy();
    }
  } catch (error) {
    throw (
      ended ?? findProviderError(late.signal.aborted ? late.signal.reason : error) ?? toProviderError(error)
    );
  } finally {
    clearTimeout(timer);
  }
}

function createConnection(client: Client, protocol: string): LdapConnection {
  /** @throws ProviderError for anything but success and `expected`, which resolve to whether it was done. */
  async function bind(dn: string, password: string, expected: ReadonlySet<number>): Promise<boolean> {
    try {
      await client.bind(dn, password);
      return true;
    } catch (error) {
      if (error instanceof ResultCodeError && expected.has(error.code)) return false;
      throw toLdapError(error);
    }
  }

  return {
    protocol,
    async verify(dn, password) {
      if (dn === '' || password === '') return false;
      return bind(dn, password, wrongPasswordCodes);
    },
    async bindSearcher(searchDn = '', password = '') {
      if (searchDn !== '' && password === '')
        throw new ProviderError('provider_refused', 'there is no password for the search');
      await bind(searchDn, searchDn === '' ? '' : password, new Set());
    },
    async search(baseDn, scope, filter, attributes, limit) {
      try {
        const { searchEntries } = await client.search(baseDn, {
          scope,
          filter,
          attributes,
          sizeLimit: limit,
          timeLimit: searchTimeLimitSeconds,
          derefAliases: 'never',
        });
        return searchEntries.slice(0, limit);
      } catch (error) {
        throw toLdapError(error);
      }
    },
  };
}

/** Of an operation; the connection's own errors stay as they are. */
function toLdapError(error: unknown): ProviderError {
  // The library marks what it couldn't parse.
  if (error instanceof Error && 'messageDetails' in error)
    return new ProviderError('provider_answer_invalid', 'it does not answer as LDAP does', { cause: error });
  if (!(error instanceof ResultCodeError)) return toProviderError(error);
  const code: FailureCode = passingCodes.has(error.code)
    ? 'provider_unreachable'
    : refusedCodes.has(error.code)
      ? 'provider_refused'
      : 'provider_answer_invalid';
  return new ProviderError(code, `it answered with result ${error.code} of LDAP`);
}
