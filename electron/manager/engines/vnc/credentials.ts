import type { Stage } from '../stage.ts';
import { brokeOff } from './hostFault.ts';

export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** What the host is told of the user: the stored credential, and what of it was asked for because it was missing. */
export interface Credentials {
  readonly hasUsername: boolean;
  readonly hasPassword: boolean;
  /** Fulfils what the host wants, asking the owner where something lacks. @throws HostFault when the session is over */
  require(wanted: 'password' | 'username and password'): Promise<Credential>;
  /** Called around a question: a person is waited for, not the host. May throw HostFault behind one. */
  onAsking: (isAsking: boolean) => Promise<void>;
}

export function createCredentials(stored: Credential, stage: Pick<Stage, 'ask'>): Credentials {
  let { username, password } = stored;
  const credentials: Credentials = {
    get hasUsername() {
      return username !== '';
    },
    get hasPassword() {
      return password !== '';
    },
    onAsking: async () => {},
    async require(wanted) {
      const missing = [
        ...(wanted === 'username and password' && username === '' ? ['username'] : []),
        ...(password === '' ? ['password'] : []),
      ];
      if (missing.length > 0) {
        await credentials.onAsking(true);
        const answer = await stage.ask(missing);
        if (!answer) throw brokeOff('The session was closed.');
        username = answer['username'] ?? username;
        password = answer['password'] ?? password;
        await credentials.onAsking(false);
      }
      return { username, password };
    },
  };
  return credentials;
}
