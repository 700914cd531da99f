import type { StageEnd } from '../stage.ts';

/**
 * Why a VNC session can't begin or go on. Thrown inside of this folder only; the session's users are told `end`.
 *
 * The statuses are those of Guacamole: 519 not to be reached or nothing in common, 514 silent, 515 broke off or not RFB, 769 wrong
 * credential, 512 not the host that was expected.
 */
export class HostFault extends Error {
  readonly end: StageEnd;
  /** Whether the same may succeed a moment later. */
  readonly isWorthAnotherTry: boolean;

  constructor(status: number, text: string, isWorthAnotherTry = false) {
    super(text);
    this.name = 'HostFault';
    this.end = { status, text };
    this.isWorthAnotherTry = isWorthAnotherTry;
  }
}

export const nothingInCommon = (text: string) => new HostFault(519, text);
export const silent = (text: string) => new HostFault(514, text);
export const brokeOff = (text: string) => new HostFault(515, text);
export const wrongCredential = (text: string) => new HostFault(769, text);
export const untrusted = (text: string) => new HostFault(512, text);

/** The host doesn't keep to the protocol; `what` completes “The VNC server …”. */
export const outOfProtocol = (what: string) => brokeOff(`The VNC server ${what}.`);

const longestQuoteCharacters = 200;

/** Words of the host, for a sentence of ours: one line, bounded, without control characters. */
export function quote(words: string): string {
  const line = words.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return `“${line.slice(0, longestQuoteCharacters)}”`;
}
