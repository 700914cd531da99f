import type { Socket } from 'node:net';
import { Client, type AnyAuthMethod, type BaseAgent } from 'ssh2';
import type { Terminal } from '../shell.ts';
import type { StageEnd } from '../stage.ts';
import { chooseAlgorithms } from './algorithms.ts';
import { createAuthentication, unlockKey, type Authentication, type NextAttempt } from './authentication.ts';
import type { Deadline } from './deadline.ts';
import type { HostKeyCheck } from './hostKeyCheck.ts';
import { SessionAgent } from './sessionAgent.ts';
import { explainSshError, type SshError, type SshStep } from './sshFailure.ts';
import type { SshSettings } from './sshArguments.ts';

export interface SshConnectionOptions {
  /** Connected; belongs to the connection from now on. */
  readonly socket: Socket;
  readonly settings: SshSettings;
  readonly terminal: Pick<Terminal, 'ask' | 'say'>;
  readonly hostKeyCheck: HostKeyCheck;
  /** The agent that the process runs beside, for sessions without a key of their own. */
  readonly machineAgent: BaseAgent | undefined;
  readonly deadline: Deadline;
  readonly stepTimeoutMs: number;
  /** Logged in. */
  readonly onReady: (isAgentForwarded: boolean) => void;
  /** The connection is no good any more; also after `onReady`, and maybe more than once. */
  readonly onEnd: (reason?: StageEnd) => void;
}

const mostBannerLines = 100;
const longestBannerLine = 500;
const mostKeyExchanges = 10;
const keyExchangeWindowMs = 60_000;

/** Does the handshake (RFC 4253) over a socket, checks the host and logs in. */
export function connectSsh(options: SshConnectionOptions): Client {
  const { socket, settings, terminal, hostKeyCheck, machineAgent, deadline, stepTimeoutMs } = options;
  const { onReady, onEnd } = options;
  const client = new Client();
  let step: SshStep = 'handshake';
  let accepted: Buffer | undefined;
  let refusal: StageEnd | undefined;
  let authentication: Authentication | undefined;
  let bannerLines = 0;
  let keyExchanges: readonly number[] = [];
  const sessionAgent = settings.privateKey === '' ? undefined : new SessionAgent();
  const agent = settings.wantsAgent ? (sessionAgent ?? machineAgent) : undefined;

  const giveUp = () => onEnd({ status: 512, text: 'The session failed unexpectedly.' });
  const verifyHost = async (key: Buffer): Promise<boolean> => {
    // The same key as before, where keys are exchanged anew.
    if (accepted) {
      if (accepted.equals(key)) return true;
      refusal = { status: 512, text: 'The host shows another key than at the beginning of the session.' };
      return false;
    }
    refusal = await hostKeyCheck.verify(key);
    if (!refusal) accepted = Buffer.from(key);
    return !refusal;
  };
  const chooseNext = async (
    offered: readonly string[] | undefined,
    isPartial: boolean,
  ): Promise<NextAttempt> => {
    if (!authentication) {
      const key = await unlockKey(settings, terminal);
      if (key && 'kind' in key) return key;
      if (key) sessionAgent?.hold(key);
      // The key of the session was tried by itself already.
      const otherAgent = sessionAgent ? undefined : agent;
      authentication = createAuthentication({ settings, terminal, key, agent: otherAgent, onCancel: onEnd });
    }
    return await authentication.next(offered, isPartial);
  };

  const tryNext = async (
    offered: readonly string[] | undefined,
    isPartial: boolean,
    next: (method: AnyAuthMethod) => void,
  ) => {
    const attempt = await chooseNext(offered, isPartial);
    if (attempt.kind === 'try') next(attempt.method);
    else onEnd(attempt.kind === 'failed' ? { status: 769, text: attempt.text } : undefined);
  };

  client.on('error', (error: SshError) => {
    // What the agent can't do is no end: other keys and other ways follow.
    if (error.level !== 'agent') onEnd(refusal ?? explainSshError(error, step));
  });
  client.on('close', () => onEnd(refusal ?? explainSshError(undefined, step)));
  client.on('handshake', () => {
    const now = Date.now();
    keyExchanges = [...keyExchanges.filter((at) => now - at < keyExchangeWindowMs), now];
    if (keyExchanges.length > mostKeyExchanges)
      onEnd({ status: 515, text: 'The host keeps exchanging keys instead of going on.' });
  });
  client.on('banner', (text) => {
    for (const line of text.trimEnd().split(/\r?\n/, mostBannerLines)) {
      bannerLines += 1;
      if (bannerLines <= mostBannerLines) terminal.say(line.slice(0, longestBannerLine));
    }
  });
  client.on('change password', () =>
    onEnd({ status: 769, text: 'The host wants the password to be changed before it lets anybody in.' }),
  );
  client.on('ready', () => {
    step = 'running';
    onReady(agent !== undefined);
  });

  deadline.arm(stepTimeoutMs);
  client.connect({
    sock: socket,
    // The true one goes with each attempt: it may have to be asked for.
    username: settings.username,
    ident: 'Proxima',
    algorithms: chooseAlgorithms(hostKeyCheck.knownTypes),
    readyTimeout: 0,
    keepaliveInterval: settings.aliveIntervalMs,
    ...(agent && { agent }),
    hostVerifier: (key: Buffer, verify: (isGood: boolean) => void) => {
      verifyHost(key).then(verify).catch(giveUp);
    },
    authHandler(offered: readonly string[] | null, isPartial: boolean | null, next) {
      step = 'login';
      deadline.arm(stepTimeoutMs);
      tryNext(offered ?? undefined, isPartial ?? false, next).catch(giveUp);
    },
  });
  return client;
}
