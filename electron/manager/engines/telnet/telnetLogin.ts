import { compilePattern, type Pattern } from './posixPattern.ts';

export type LoginStep =
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed' };

export interface TelnetLogin {
  /** Whether it is still to be seen that the login succeeds or fails: its screen is of no interest until then. */
  readonly isUndecided: boolean;
  /** Looks at what the host wrote. */
  watch(text: Uint8Array): readonly LoginStep[];
}

const longestLineBytes = 1_023;
const lineFeed = 10;
const defaultUsernamePattern = '[Ll]ogin:';
const defaultPasswordPattern = '[Pp]assword:';

/**
 * Answers the host's prompts as guacd does: each once, with what is stored, found by regular expressions in the line that is
 * being written. Failure and success are looked for only where there are patterns of both.
 */
export function createTelnetLogin(
  parameters: Readonly<Record<string, string>>,
  onBadPattern: (argument: string) => void,
): TelnetLogin {
  const read = (name: string, fallback = ''): Pattern | undefined => {
    const text = parameters[name] || fallback;
    if (text === '') return undefined;
    const pattern = compilePattern(text);
    if (!pattern) onBadPattern(name);
    return pattern;
  };
  const given = (name: string) => parameters[name] ?? '';
  let username = given('username') === '' ? undefined : read('username-regex', defaultUsernamePattern);
  let password = given('password') === '' ? undefined : read('password-regex', defaultPasswordPattern);
  let success = read('login-success-regex');
  let failure = read('login-failure-regex');
  if (!success || !failure) success = failure = undefined;
  const stop = () => (username = password = success = failure = undefined);

  const search = (line: string): LoginStep[] => {
    const steps: LoginStep[] = [];
    if (username?.matches(line)) {
      username = undefined;
      steps.push({ kind: 'send', text: given('username') });
    }
    if (password?.matches(line)) {
      username = password = undefined;
      steps.push({ kind: 'send', text: given('password') });
    }
    if (success?.matches(line)) {
      stop();
      steps.push({ kind: 'succeeded' });
    } else if (failure?.matches(line)) {
      stop();
      steps.push({ kind: 'failed' });
    }
    return steps;
  };

  let line: number[] = [];
  const searchLine = () => search(Buffer.from(line).toString().replaceAll('\r', ''));
  return {
    get isUndecided() {
      return success !== undefined;
    },
    watch(text) {
      if (!username && !password && !success) return [];
      const steps: LoginStep[] = [];
      for (const byte of text) {
        if (byte !== lineFeed) {
          if (line.length < longestLineBytes) line.push(byte);
          continue;
        }
        if (line.length > 0) steps.push(...searchLine());
        line = [];
      }
      // A prompt is a line that isn't ended.
      if (line.length > 0) steps.push(...searchLine());
      return steps;
    },
  };
}
