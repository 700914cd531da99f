import { explainDialError } from '../dialHost.ts';
import type { StageEnd } from '../stage.ts';

/** How far a connection has come. */
export type SshStep = 'handshake' | 'login' | 'running';

/** What ssh2 reports: `level` says which part of it, `code` is a reason of RFC 4253 §11.1 or a socket's code. */
export interface SshError extends Error {
  readonly level?: string;
  readonly code?: string | number;
}

const longestDetail = 200;
/** RFC 4253 §11.1: a protocol error is what OpenSSH calls too many attempts, and what others do. */
const loginEndReasons: readonly unknown[] = [2, 14];

/** The end of a session for what went wrong; `undefined` where the host just closed the connection. */
export function explainSshError(error: SshError | undefined, step: SshStep): StageEnd {
  if (!error) {
    return step === 'running'
      ? { status: 523, text: 'The host closed the connection.' }
      : { status: 515, text: `The host closed the connection during the ${nameStep(step)}.` };
  }
  const { message, level, code } = error;
  if (level === 'client-authentication' || (step === 'login' && loginEndReasons.includes(code)))
    return { status: 769, text: 'The host did not accept the log-in.' };
  if (level === 'client-timeout') return { status: 514, text: 'The host does not answer any more.' };
  if (level === 'client-socket') {
    return typeof code === 'string' && /^E(CONNREFUSED|HOSTUNREACH|NETUNREACH)$/.test(code)
      ? explainDialError({ name: error.name, message, code })
      : { status: 515, text: 'The connection to the host broke off.' };
  }
  const unmatched = /no matching (?:[CS]->[CS] )?(.+)$/.exec(message)?.[1];
  if (unmatched !== undefined) {
    return {
      status: 515,
      text: `The host offers no ${unmatched} that is safe enough: it needs newer software or settings.`,
    };
  }
  if (step === 'handshake' && /identification|header|greeting|before handshake/i.test(message))
    return {
      status: 515,
      text: 'The host does not speak SSH: check that the port is the one of its SSH server.',
    };
  // OpenSSL's own words for bytes whose authentication tag is wrong, and ssh2's for their MAC.
  if (/^error:|authenticate data|invalid mac/i.test(message))
    return { status: 515, text: 'What the host sent was damaged on the way.' };
  return { status: 515, text: `The host broke off the SSH ${nameStep(step)}: ${boundText(message)}.` };
}

const nameStep = (step: SshStep) => ({ handshake: 'handshake', login: 'log-in', running: 'session' })[step];

/** A host's own words: without control characters, and not too many. */
const boundText = (text: string) =>
  text
    .replaceAll(/\p{C}+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, longestDetail);
