import type { ClipboardWays } from '../../app/restrictions.ts';

/** guacd's own limit (GUAC_COMMON_CLIPBOARD_MAX_LENGTH), in bytes of UTF-8; what is longer it cuts. */
export const clipboardLimitBytes = 262_144;

/** Why text didn't get from one clipboard to the other; each is worth telling once. */
export type ClipboardProblem = 'write-denied' | 'too-long' | 'paste-forbidden' | 'copy-forbidden';

export interface ClipboardPorts {
  /** Fails where the browser doesn't allow it. */
  writeText(text: string): Promise<void>;
  /** `undefined` where the browser doesn't allow it. */
  readText(): Promise<string | undefined>;
  /** Whether this session has the keyboard; only then may it touch the local clipboard. */
  hasFocus(): boolean;
  /** Which way a policy lets text go. */
  ways(): ClipboardWays;
  sendToHost(text: string): void;
  onProblem(problem: ClipboardProblem): void;
}

/** Keeps the clipboard text of a host and the local one the same, as far as the browser lets it. */
export interface ClipboardBridge {
  /** The host's clipboard has changed. */
  received(text: string): Promise<void>;
  /** The session got the keyboard. */
  focused(): Promise<void>;
  /** Text of the local clipboard that is about to be pasted. */
  pasted(text: string): void;
}

const byteLength = (text: string) => new TextEncoder().encode(text).length;

export function createClipboardBridge(ports: ClipboardPorts): ClipboardBridge {
  /** What both sides are known to have; sending it again would be an echo. */
  let shared: string | undefined;
  /** Text of the host that waits until it may be written. */
  let waiting: string | undefined;
  const told = new Set<ClipboardProblem>();
  const tellOnce = (problem: ClipboardProblem) => {
    if (told.has(problem)) return;
    told.add(problem);
    ports.onProblem(problem);
  };

  const write = async () => {
    const text = waiting;
    if (text === undefined || !ports.hasFocus()) return;
    try {
      await ports.writeText(text);
      if (waiting === text) waiting = undefined;
    } catch {
      if (ports.hasFocus()) tellOnce('write-denied');
    }
  };
  const send = (text: string) => {
    if (text === '' || text === shared) return;
    if (byteLength(text) > clipboardLimitBytes) return tellOnce('too-long');
    shared = text;
    // What is copied here now is newer than what the host still waited to hand over.
    waiting = undefined;
    ports.sendToHost(text);
  };

  return {
    async received(text) {
      if (text === shared) return;
      if (!ports.ways().fromHost) return tellOnce('copy-forbidden');
      shared = text;
      waiting = text;
      await write();
    },
    async focused() {
      if (waiting !== undefined) return write();
      if (!ports.ways().toHost) return;
      const text = await ports.readText();
      if (text !== undefined && ports.hasFocus()) send(text);
    },
    pasted: (text) => (ports.ways().toHost ? send(text) : tellOnce('paste-forbidden')),
  };
}

let askedToRead = false;

/** The browser's clipboard. It is asked for leave to read at most once; pasting by keyboard needs none. */
export const browserClipboard: Pick<ClipboardPorts, 'readText' | 'writeText'> = {
  writeText: (text) => navigator.clipboard.writeText(text),
  async readText() {
    try {
      const { state } = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName });
      if (state === 'denied' || (state === 'prompt' && askedToRead)) return undefined;
      askedToRead = true;
      return await navigator.clipboard.readText();
    } catch {
      // Not every browser knows this permission, and a person may say no.
      return undefined;
    }
  },
};
