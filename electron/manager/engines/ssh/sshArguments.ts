import type { EngineHandshake } from '../../engine.ts';
import { terminalArgumentNames } from '../shell.ts';
import type { StageEnd } from '../stage.ts';

/** As guacd's SSH calls them. `public-key` isn't among them: the public half is read out of the private one. */
export const sshArgumentNames = [
  'hostname',
  'host-key',
  'port',
  'timeout',
  'username',
  'password',
  'private-key',
  'passphrase',
  'command',
  'locale',
  'timezone',
  'server-alive-interval',
  'enable-sftp',
  'sftp-root-directory',
  'sftp-disable-download',
  'sftp-disable-upload',
  'enable-agent',
  ...terminalArgumentNames,
] as const;

/** What a session over SSH is to do. Texts are `''` where nothing was given. */
export interface SshSettings {
  /** What is dialled. */
  readonly hostname: string;
  /** What the person calls it, and its keys are known by: the address that is dialled may change. */
  readonly hostName: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly username: string;
  readonly password: string;
  readonly privateKey: string;
  readonly passphrase: string;
  /** Lines of known_hosts, or bare keys: one of them has to be the host's. */
  readonly hostKey: string;
  readonly command: string;
  /** For the host's shell, where the host accepts it. */
  readonly environment: Readonly<Record<string, string>>;
  /** 0 where the host isn't asked whether it is still there. */
  readonly aliveIntervalMs: number;
  /** Like `ssh -A`: keys of the agent are tried, and the host may have the agent sign while the session runs. */
  readonly wantsAgent: boolean;
  readonly files:
    { readonly root: string; readonly allowsDownload: boolean; readonly allowsUpload: boolean } | undefined;
  readonly terminalType: string;
}

const defaultTimeoutSeconds = 10;
const longestTimeoutSeconds = 120;
const shortestAliveSeconds = 2;
const longestAliveSeconds = 3_600;

/** Arguments that make no sense end the session with 768; numbers out of range become the nearest that are in it. */
export function readSshArguments({ parameters, display, hostName }: EngineHandshake): SshSettings | StageEnd {
  const text = (name: (typeof sshArgumentNames)[number]) => parameters[name] ?? '';
  const isOn = (name: (typeof sshArgumentNames)[number]) => text(name) === 'true';
  const port = text('port') === '' ? 22 : Number(text('port'));
  if (text('hostname') === '') return { status: 512, text: 'The host has no address.' };
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return { status: 768, text: 'The port is not a number from 1 to 65535.' };
  const locale = text('locale');
  const timezone = text('timezone') || (display.timezone ?? '');
  const aliveSeconds = readSeconds(text('server-alive-interval'), 0, longestAliveSeconds);
  return {
    hostname: text('hostname'),
    hostName: hostName || text('hostname'),
    port,
    connectTimeoutMs:
      1_000 * (readSeconds(text('timeout'), 0, longestTimeoutSeconds) || defaultTimeoutSeconds),
    username: text('username'),
    password: text('password'),
    privateKey: text('private-key'),
    passphrase: text('passphrase'),
    hostKey: text('host-key'),
    command: text('command'),
    environment: {
      ...(locale !== '' && { LANG: locale, LC_ALL: locale }),
      ...(timezone !== '' && { TZ: timezone }),
    },
    aliveIntervalMs: aliveSeconds === 0 ? 0 : 1_000 * Math.max(aliveSeconds, shortestAliveSeconds),
    wantsAgent: isOn('enable-agent'),
    files: isOn('enable-sftp')
      ? {
          root: text('sftp-root-directory') || '/',
          allowsDownload: !isOn('sftp-disable-download'),
          allowsUpload: !isOn('sftp-disable-upload'),
        }
      : undefined,
    terminalType: text('terminal-type') || 'xterm-256color',
  };
}

/** Whole seconds; `least` where the text is no number. */
function readSeconds(text: string, least: number, most: number): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : least;
  return Math.min(Math.max(seconds, least), most);
}
