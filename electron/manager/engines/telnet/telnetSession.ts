import type { Socket } from 'node:net';
import { dialHost } from '../dialHost.ts';
import type { Shell, Terminal } from '../shell.ts';
import type { Stage, StageEnd } from '../stage.ts';
import { createTelnetReader, encodeText, type TelnetEvent } from './telnetCodec.ts';
import { createTelnetLogin, type LoginStep } from './telnetLogin.ts';
import { createTelnetOptions } from './telnetOptions.ts';

export interface TelnetSessionOptions {
  readonly hostname: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly stage: Stage;
  readonly terminal: Terminal;
}

const mostUnsentBytes = 1_048_576;
const mostAnswers = 1_000;
const answerWindowMs = 10_000;
/** A login whose outcome nobody recognises is shown in the end: the person may know better. */
const undecidedMs = 10_000;
const mostWithheldBytes = 65_536;

/** Connects and runs the host's terminal. Whatever comes of it ends the stage once, and leaves nothing behind. */
export function runTelnetSession(options: TelnetSessionOptions): { close(): void } {
  const { hostname, port, timeoutMs, parameters, stage, terminal } = options;
  const abort = new AbortController();
  let socket: Socket | undefined;
  let isOver = false;
  /** Everything that the terminal gets, in order. */
  let written: Promise<void> = Promise.resolve();
  let withheld: Uint8Array[] | undefined;
  let patience: NodeJS.Timeout | undefined;
  let answers = 0;
  let answersSince = Date.now();

  const close = () => {
    isOver = true;
    clearTimeout(patience);
    abort.abort();
    socket?.destroy();
  };
  const finish = (reason?: StageEnd) => {
    if (isOver) return;
    close();
    void written.then(() => stage.end(reason));
  };
  const show = (bytes: Uint8Array) => {
    written = written.then(() => terminal.write(bytes));
  };
  const reveal = () => {
    clearTimeout(patience);
    terminal.attach(shell);
    for (const bytes of withheld ?? []) show(bytes);
    withheld = undefined;
  };

  const send = (bytes: Uint8Array) => {
    if (socket && !isOver && socket.writableLength + bytes.length <= mostUnsentBytes) socket.write(bytes);
  };
  const login = createTelnetLogin(parameters, (argument) =>
    terminal.say(`The regular expression in ${argument} can not be read, and is not used.`),
  );
  const negotiation = createTelnetOptions(
    {
      terminalType: parameters['terminal-type'] || 'xterm-256color',
      username: parameters['username'] ?? '',
    },
    send,
  );
  const takeEvent = (event: TelnetEvent) => {
    const now = Date.now();
    if (now - answersSince > answerWindowMs) {
      answers = 0;
      answersSince = now;
    }
    answers += 1;
    if (answers > mostAnswers)
      finish({ status: 515, text: 'The host keeps negotiating instead of going on.' });
    else negotiation.take(event);
  };
  const takeStep = (step: LoginStep) => {
    if (step.kind === 'send') send(encodeText(Buffer.from(`${step.text}\r`)));
    else if (step.kind === 'succeeded' && withheld) reveal();
    else if (step.kind === 'failed')
      finish({ status: 769, text: 'The host did not accept the user name or the password.' });
  };

  const shell: Shell = {
    send(bytes) {
      send(encodeText(bytes));
      if (!negotiation.hostEchoes) show(echo(bytes));
    },
    resize: ({ columns, rows }) => negotiation.resize(columns, rows),
  };

  const run = async () => {
    const dialled = await dialHost({ hostname, port, timeoutMs }, abort.signal);
    if (dialled.kind === 'failed') return finish(dialled.end);
    if (isOver) return void dialled.socket.destroy();
    const connected = (socket = dialled.socket);
    const reader = createTelnetReader(takeEvent);
    if (login.isUndecided) {
      withheld = [];
      patience = setTimeout(reveal, undecidedMs);
    } else terminal.attach(shell);
    let isEnded = false;
    connected.on('data', (bytes) => {
      const text = reader.read(bytes);
      if (isOver) return;
      if (withheld) withheld.push(text);
      else if (text.length > 0) show(text);
      for (const step of login.watch(text)) takeStep(step);
      if ((withheld?.reduce((sum, { length }) => sum + length, 0) ?? 0) > mostWithheldBytes) reveal();
      connected.pause();
      void written.then(() => connected.resume());
    });
    const endOnce = (reason?: StageEnd) => {
      if (isEnded) return;
      isEnded = true;
      if (withheld) reveal();
      finish(reason);
    };
    connected.on('error', () => endOnce({ status: 515, text: 'The connection to the host broke off.' }));
    connected.on('end', () => endOnce());
    connected.on('close', () => endOnce());
  };
  run().catch(() => finish({ status: 512, text: 'The session failed unexpectedly.' }));
  return { close };
}

/** What a host that doesn't echo would have shown: text, line ends and erasing. */
function echo(bytes: Uint8Array): Uint8Array {
  const shown = [...bytes].flatMap((byte) => {
    if (byte === 13) return [13, 10];
    if (byte === 8 || byte === 127) return [8, 32, 8];
    return byte >= 32 ? [byte] : [];
  });
  return Uint8Array.from(shown);
}
