import type { Client, ClientChannel, PseudoTtyOptions } from 'ssh2';
import type { Shell, Terminal } from '../shell.ts';
import type { SshSettings } from './sshArguments.ts';
import type { Traffic } from './traffic.ts';

/** A shell that runs in the terminal. */
export interface RunningShell {
  /** Whether the host has said that it ended. */
  readonly hasExited: boolean;
  /** All that it wrote is in the terminal, and nothing more will come. */
  readonly drained: Promise<void>;
}

const closeAfterExitMs = 1_000;
/** Keys that the host doesn't take: more than anybody types, and a long text that is pasted. */
const mostUnsentBytes = 1_048_576;

/**
 * Opens a terminal on the host, with a shell or a command in it (RFC 4254 §6).
 *
 * @param run is given the channel at once: what the host says with the same packet would otherwise be heard by nobody.
 */
export function openShell<T>(
  client: Client,
  { command, environment, terminalType }: SshSettings,
  { columns, rows, width, height }: Terminal['size'],
  agentForward: boolean,
  run: (channel: ClientChannel) => T,
): Promise<T | Error> {
  const pty: PseudoTtyOptions = { term: terminalType, cols: columns, rows, width, height };
  return new Promise((resolve) => {
    const opened = (error: Error | undefined, channel: ClientChannel) => resolve(error ?? run(channel));
    const env = { ...environment };
    try {
      if (command === '') client.shell(pty, { env, ...(agentForward && { agentForward }) }, opened);
      else client.exec(command, { pty, env, ...(agentForward && { agentForward }) }, opened);
    } catch (error) {
      // ssh2 throws where the connection has ended meanwhile.
      resolve(error as Error);
    }
  });
}

/** Joins a channel and a terminal: neither gets more than it takes. */
export function runShell(
  channel: ClientChannel,
  terminal: Terminal,
  traffic: Traffic,
  onExit: () => void,
): RunningShell {
  let hasExited = false;
  let writing = 0;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let settleDrained: () => void = () => undefined;
  const drained = new Promise<void>((resolve) => (settleDrained = resolve));

  const settle = () => {
    if (!isClosed || writing > 0) return;
    clearTimeout(timer);
    settleDrained();
    onExit();
  };
  for (const output of [channel, channel.stderr]) {
    output.on('data', (bytes: Buffer) => {
      writing += 1;
      output.pause();
      void terminal.write(bytes).then(() => {
        writing -= 1;
        output.resume();
        settle();
      });
    });
  }
  traffic.keepsFor(() => channel.readableLength + channel.stderr.readableLength);
  channel.on('error', () => {});
  channel.on('exit', () => {
    hasExited = true;
    // What still runs behind the shell may keep the channel open.
    timer = setTimeout(onExit, closeAfterExitMs);
  });
  channel.on('close', () => {
    isClosed = true;
    settle();
  });

  const shell: Shell = {
    send(bytes) {
      if (isClosed || !channel.writable || channel.writableLength + bytes.length > mostUnsentBytes) return;
      traffic.count(bytes.length);
      channel.write(Buffer.from(bytes));
    },
    resize({ columns, rows, width, height }) {
      if (!isClosed) channel.setWindow(rows, columns, height, width);
    },
  };
  terminal.attach(shell);
  return {
    get hasExited() {
      return hasExited;
    },
    drained,
  };
}
