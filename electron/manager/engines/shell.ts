import type { HostSession } from './stage.ts';

/** A host that speaks through a terminal: its bytes go in, keys come out. */
export interface Shell {
  /** What the person typed, as the terminal encodes it. */
  send(bytes: Uint8Array): void;
  /** The terminal's size, in characters and in pixels. */
  resize(size: TerminalSize): void;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

/** A terminal on a stage: what SSH and Telnet show themselves in, and ask their questions in. */
export interface Terminal extends HostSession {
  readonly size: TerminalSize;
  /** Bytes of the host, UTF-8 that may be cut anywhere. Resolves once they are parsed: read on only then. */
  write(bytes: Uint8Array): Promise<void>;
  /** A line of our own among the host's; `text` is shown as it is, without control characters. */
  say(text: string): void;
  /** Asks in the terminal and waits for a line. `undefined` where the person pressed Ctrl-C or Ctrl-D, or the session is over. */
  ask(question: string, options: { readonly isSecret: boolean }): Promise<string | undefined>;
  /** From now on keys go to this shell; it is told the size at once. */
  attach(shell: Shell): void;
}

/** The arguments of terminals that all protocols with one share, as guacd calls them. */
export const terminalArgumentNames = [
  'font-name',
  'font-size',
  'color-scheme',
  'scrollback',
  'terminal-type',
  'backspace',
  'disable-copy',
  'disable-paste',
  'read-only',
] as const;
