import { createAgent } from 'ssh2';
import type { EngineHandshake } from '../../engine.ts';
import { deferTerminal } from '../deferTerminal.ts';
import type { Terminal } from '../shell.ts';
import type { Protocol, Stage } from '../stage.ts';
import type { KnownHosts } from './knownHosts.ts';
import { readSshArguments, sshArgumentNames } from './sshArguments.ts';
import { runSshSession } from './sshSession.ts';

export interface SshOptions {
  readonly createTerminal: (
    stage: Stage,
    parameters: Readonly<Record<string, string>>,
    display: EngineHandshake['display'],
  ) => Terminal;
  readonly knownHosts: KnownHosts;
  /**
   * The agent of whoever this process runs as, for sessions with `enable-agent` and without a key of their own. Only where that
   * is the very person who opens the sessions: the desktop app's own manager.
   */
  readonly agentSocket?: string | undefined;
  /** How long a host has for each step of the handshake; for tests. */
  readonly stepTimeoutMs?: number | undefined;
}

const defaultStepTimeoutMs = 20_000;

/** SSH (RFC 4251 to 4254) in a terminal, with the host's files over SFTP. */
export function createSshProtocol({
  createTerminal,
  knownHosts,
  agentSocket,
  stepTimeoutMs,
}: SshOptions): Protocol {
  return {
    name: 'ssh',
    argumentNames: sshArgumentNames,
    open(handshake, stage) {
      let session: { close(): void } | undefined;
      const terminal = deferTerminal(
        stage,
        () => createTerminal(stage, handshake.parameters, handshake.display),
        () => session?.close(),
      );
      const settings = readSshArguments(handshake);
      if ('status' in settings) stage.end(settings);
      else {
        session = runSshSession({
          settings,
          stage,
          terminal,
          knownHosts,
          machineAgent: agentSocket === undefined ? undefined : createAgent(agentSocket),
          stepTimeoutMs: stepTimeoutMs ?? defaultStepTimeoutMs,
        });
      }
      return terminal;
    },
  };
}
