import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BaseAgent, Client } from 'ssh2';
import { dialHost } from '../dialHost.ts';
import type { Terminal } from '../shell.ts';
import type { Stage, StageEnd } from '../stage.ts';
import { createDeadline } from './deadline.ts';
import { prepareHostKeyCheck } from './hostKeyCheck.ts';
import type { KnownHosts } from './knownHosts.ts';
import { createSftpFiles } from './sftpFiles.ts';
import { openShell, runShell, type RunningShell } from './shellChannel.ts';
import type { SshSettings } from './sshArguments.ts';
import { connectSsh } from './sshConnection.ts';
import { watchTraffic, type Traffic } from './traffic.ts';

export interface SshSessionOptions {
  readonly settings: SshSettings;
  readonly stage: Stage;
  readonly terminal: Terminal;
  readonly knownHosts: KnownHosts;
  readonly machineAgent: BaseAgent | undefined;
  readonly stepTimeoutMs: number;
}

const drainTimeoutMs = 1_000;

/** Connects, checks the host, logs in and runs the shell. Whatever comes of it ends the stage once, and leaves nothing behind. */
export function runSshSession(options: SshSessionOptions): { close(): void } {
  const { settings, stage, terminal, knownHosts, machineAgent, stepTimeoutMs } = options;
  const abort = new AbortController();
  const deadline = createDeadline(() => finish({ status: 514, text: 'The host did not answer in time.' }));
  let socket: Socket | undefined;
  let client: Client | undefined;
  let shell: RunningShell | undefined;
  let isOver = false;

  const close = () => {
    isOver = true;
    deadline.clear();
    abort.abort();
    client?.end();
    socket?.destroy();
  };
  const finish = (reason?: StageEnd) => {
    if (isOver) return;
    close();
    const end = () => stage.end(shell?.hasExited ? undefined : reason);
    if (!shell) return end();
    // The last words of the host, before the sentence about its end.
    void Promise.race([shell.drained, sleep(drainTimeoutMs, undefined, { ref: false })]).then(end);
  };
  const attempt = (work: Promise<void>) => {
    work.catch(() => finish({ status: 512, text: 'The session failed unexpectedly.' }));
  };
  const asking: Pick<Terminal, 'ask' | 'say'> = {
    say: terminal.say,
    ask: (question, how) => deadline.whileAsking(() => terminal.ask(question, how)),
  };

  const startShell = async (connected: Client, traffic: Traffic, forwardsAgent: boolean) => {
    deadline.arm(stepTimeoutMs);
    const opened = await openShell(connected, settings, terminal.size, forwardsAgent, (channel) => {
      shell = runShell(channel, terminal, traffic, () => finish());
    });
    if (isOver) return;
    if (opened instanceof Error)
      return finish({ status: 515, text: 'The host gave no shell, though it let the user in.' });
    deadline.clear();
    if (settings.files) {
      stage.offerFiles(
        createSftpFiles({
          client: connected,
          hostname: settings.hostname,
          ...settings.files,
          traffic,
          stepTimeoutMs,
        }),
      );
    }
  };
  const run = async () => {
    const hostKeyCheck = await prepareHostKeyCheck(settings, knownHosts, asking);
    if ('status' in hostKeyCheck) return finish(hostKeyCheck);
    const { hostname, port, connectTimeoutMs } = settings;
    const dialled = await dialHost({ hostname, port, timeoutMs: connectTimeoutMs }, abort.signal);
    if (dialled.kind === 'failed') return finish(dialled.end);
    socket = dialled.socket;
    if (isOver) return close();
    const connecting = connectSsh({
      socket,
      settings,
      terminal: asking,
      hostKeyCheck,
      machineAgent,
      deadline,
      stepTimeoutMs,
      onReady: (forwardsAgent) => attempt(startShell(connecting, traffic, forwardsAgent)),
      onEnd: finish,
    });
    client = connecting;
    const traffic = watchTraffic(socket, (text) => finish({ status: 515, text }));
  };
  attempt(run());
  return { close };
}
