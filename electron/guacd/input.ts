import { isClientInstruction } from '../../shared/guacamole/clientInstruction.ts';
import { decodeInstructions } from '../../shared/guacamole/instruction.ts';

/** guacd drops a user who sends more; a client has no reason to. */
const elementLimit = 8192;
const messageLimitBytes = 64 * 1024;

/** What of a client's message concerns us; everything else of it is for the session manager. */
export interface ClientInput {
  /** The client wants to go. */
  readonly isLeaving: boolean;
  /** The time stamp of the latest `sync` that it has drawn. */
  readonly acknowledged: number | undefined;
}

const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a client's message; `undefined` where it isn't whole instructions that a client may send. */
export function readInput(bytes: Uint8Array): ClientInput | undefined {
  const instructions =
    bytes.length <= messageLimitBytes ? decodeInstructions(decodeText(bytes) ?? '?') : undefined;
  if (!instructions) return undefined;
  let acknowledged: number | undefined;
  let isLeaving = false;
  for (const instruction of instructions) {
    if (!isClientInstruction(instruction)) return undefined;
    if (instruction.some((element) => element.length > elementLimit)) return undefined;
    if (instruction[0] === 'sync') acknowledged = Number(instruction[1]);
    else if (instruction[0] === 'disconnect') isLeaving = true;
  }
  return { isLeaving, acknowledged };
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return textDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
