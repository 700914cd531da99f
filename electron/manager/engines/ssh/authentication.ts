import type { AnyAuthMethod, BaseAgent, ParsedKey, Prompt } from 'ssh2';
import type { Terminal } from '../shell.ts';
import { readPrivateKey } from './privateKey.ts';
import type { SshSettings } from './sshArguments.ts';

/**
 * Logs in (RFC 4252), with what was stored first, and with what the person types into the terminal where that isn't enough. A
 * stored password that is refused is not followed by questions: the broker has to hear of it.
 */
export interface Authentication {
  /** What to try next; `offered` is what the host still takes, `undefined` at first. */
  next(offered: readonly string[] | undefined, isPartialSuccess: boolean): Promise<NextAttempt>;
}

export type NextAttempt =
  | { readonly kind: 'try'; readonly method: AnyAuthMethod }
  /** The person has left the dialogue. */
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly text: string };

const mostAttempts = 3;
const mostRounds = 20;
const mostPrompts = 8;
const longestPrompt = 500;
const mostInstructionLines = 20;

type Asks = Pick<Terminal, 'ask' | 'say'>;

export interface AuthenticationOptions {
  readonly settings: SshSettings;
  readonly terminal: Asks;
  /** Its keys are tried as well. */
  readonly agent: BaseAgent | undefined;
  /** The stored key, once it was read. */
  readonly key: ParsedKey | undefined;
  /** The person doesn't answer any more. */
  readonly onCancel: () => void;
}

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { settings, terminal, agent, key, onCancel } = options;
  let username = settings.username === '' ? undefined : settings.username;
  let storedPassword = settings.password === '' ? undefined : settings.password;
  let isKeyUntried = key !== undefined;
  let isAgentUntried = agent !== undefined;
  let attempts = 0;
  let rounds = 0;
  /** What the attempt that was just answered had in it. */
  let last: 'stored password' | 'typed' | 'key' | undefined;

  const attempt = (method: AnyAuthMethod): NextAttempt => ({ kind: 'try', method });
  const cancelled: NextAttempt = { kind: 'cancelled' };

  const tryPassword = async (name: string): Promise<NextAttempt> => {
    let password = storedPassword;
    storedPassword = undefined;
    last = password === undefined ? 'typed' : 'stored password';
    password ??= await terminal.ask(`${name}@${settings.hostName}'s password: `, { isSecret: true });
    if (password === undefined) return cancelled;
    return attempt({ type: 'password', username: name, password });
  };

  const answer = async (prompt: Prompt, isOnly: boolean): Promise<string | undefined> => {
    const isHidden = prompt.echo !== true;
    if (isOnly && isHidden && storedPassword !== undefined && /passwor/i.test(prompt.prompt)) {
      const password = storedPassword;
      storedPassword = undefined;
      last = 'stored password';
      return password;
    }
    last = 'typed';
    const lines = prompt.prompt.slice(0, longestPrompt).split('\n');
    const question = lines.pop() ?? '';
    for (const line of lines) terminal.say(line);
    // As OpenSSH has it: the question is the host's, not one of ours.
    return await terminal.ask(`(${username}@${settings.hostName}) ${question}`, { isSecret: isHidden });
  };

  const tryPrompts = (name: string): NextAttempt =>
    attempt({
      type: 'keyboard-interactive',
      username: name,
      prompt(title, instructions, _language, prompts, finish) {
        (async () => {
          rounds += 1;
          if (rounds > mostRounds || prompts.length > mostPrompts) return onCancel();
          for (const line of `${title}\n${instructions}`.split('\n').slice(0, mostInstructionLines))
            if (line.trim() !== '') terminal.say(line.slice(0, longestPrompt));
          const answers: string[] = [];
          for (const prompt of prompts) {
            const text = await answer(prompt, prompts.length === 1);
            if (text === undefined) return onCancel();
            answers.push(text);
          }
          finish(answers);
        })().catch(() => onCancel());
      },
    });

  return {
    async next(offered, isPartialSuccess) {
      for (let asked = 0; username === undefined && asked < mostAttempts; asked += 1) {
        const typed = await terminal.ask('login as: ', { isSecret: false });
        if (typed === undefined) return cancelled;
        if (typed.trim() !== '') username = typed.trim();
      }
      if (username === undefined) return cancelled;
      if (offered === undefined) return attempt({ type: 'none', username });
      if (last !== undefined && !isPartialSuccess) {
        if (last === 'stored password')
          return { kind: 'failed', text: 'The host did not accept the password.' };
        if (last === 'key') terminal.say('The host did not accept the key.');
        if (last === 'typed') terminal.say('Permission denied, please try again.');
      }
      last = undefined;
      if (offered.includes('publickey')) {
        if (isKeyUntried && key) {
          isKeyUntried = false;
          last = 'key';
          return attempt({ type: 'publickey', username, key });
        }
        if (isAgentUntried && agent) {
          isAgentUntried = false;
          return attempt({ type: 'agent', username, agent });
        }
      }
      const canAsk = attempts < mostAttempts;
      const takesPassword = offered.includes('password');
      const takesPrompts = offered.includes('keyboard-interactive');
      if ((takesPassword || takesPrompts) && canAsk) {
        attempts += 1;
        // With nothing stored the host's own questions are better than one for a password.
        if (takesPassword && (storedPassword !== undefined || !takesPrompts))
          return await tryPassword(username);
        last = 'typed';
        return tryPrompts(username);
      }
      return { kind: 'failed', text: explainFailure(offered, attempts > 0, settings) };
    },
  };
}

function explainFailure(offered: readonly string[], hasTried: boolean, settings: SshSettings): string {
  if (hasTried) return 'The host did not accept what was typed.';
  const takes = offered.slice(0, mostPrompts).join(', ').slice(0, longestPrompt) || 'nothing';
  return settings.privateKey === ''
    ? `The host takes none of what can be given to it; it takes: ${takes}.`
    : `The host did not accept the key; besides it takes: ${takes}.`;
}

/** Reads the stored key, and asks for its passphrase where that is missing or wrong. */
export async function unlockKey(
  settings: SshSettings,
  terminal: Asks,
): Promise<ParsedKey | undefined | NextAttempt> {
  if (settings.privateKey.trim() === '') return undefined;
  let { passphrase } = settings;
  for (let asked = 0; ; asked += 1) {
    const reading = readPrivateKey(settings.privateKey, passphrase);
    if (reading.kind === 'read') return reading.key;
    if (reading.kind === 'unreadable')
      return { kind: 'failed', text: `The private key can not be read: ${reading.why}.` };
    if (passphrase !== '') terminal.say('The passphrase does not open the private key.');
    if (asked === mostAttempts)
      return { kind: 'failed', text: 'The passphrase does not open the private key.' };
    const typed = await terminal.ask('Passphrase for the private key: ', { isSecret: true });
    if (typed === undefined) return { kind: 'cancelled' };
    passphrase = typed;
  }
}
