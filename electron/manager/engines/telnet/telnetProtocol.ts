import type { EngineHandshake } from '../../engine.ts';
import { deferTerminal } from '../deferTerminal.ts';
import { terminalArgumentNames, type Terminal } from '../shell.ts';
import type { Protocol, Stage } from '../stage.ts';
import { runTelnetSession } from './telnetSession.ts';

export interface TelnetOptions {
  readonly createTerminal: (
    stage: Stage,
    parameters: Readonly<Record<string, string>>,
    display: EngineHandshake['display'],
  ) => Terminal;
}

/** As guacd's Telnet calls them. */
const telnetArgumentNames = [
  'hostname',
  'port',
  'timeout',
  'username',
  'username-regex',
  'password',
  'password-regex',
  'login-success-regex',
  'login-failure-regex',
  ...terminalArgumentNames,
] as const;

const defaultTimeoutSeconds = 10;
const longestTimeoutSeconds = 120;

/** Telnet (RFC 854) in a terminal. */
export function createTelnetProtocol({ createTerminal }: TelnetOptions): Protocol {
  return {
    name: 'telnet',
    argumentNames: telnetArgumentNames,
    open({ parameters, display }, stage) {
      let session: { close(): void } | undefined;
      const terminal = deferTerminal(
        stage,
        () => createTerminal(stage, parameters, display),
        () => session?.close(),
      );
      const hostname = parameters['hostname'] ?? '';
      const port = Number(parameters['port'] || 23);
      const seconds = /^\d+$/.test(parameters['timeout'] ?? '') ? Number(parameters['timeout']) : 0;
      if (hostname === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
        const text = 'The host has no address, or its port is not a number from 1 to 65535.';
        stage.end({ status: 768, text });
      } else {
        const timeoutMs = 1_000 * Math.min(seconds || defaultTimeoutSeconds, longestTimeoutSeconds);
        session = runTelnetSession({ hostname, port, timeoutMs, parameters, stage, terminal });
      }
      return terminal;
    },
  };
}
