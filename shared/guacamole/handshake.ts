import { failureOf, failureOfGuacamoleStatus, type Failure } from '../contract/failure.ts';
import { encodeInstruction, type Instruction } from './instruction.ts';

/** Versions of the protocol in which Proxima knows what to do, oldest first. */
const versions = ['VERSION_1_3_0', 'VERSION_1_5_0'] as const;
type ProtocolVersion = (typeof versions)[number];

/** guacd drops a user without a word who sends an element that is longer (LIBGUAC, `GUAC_INSTRUCTION_MAX_LENGTH`). */
const longestElement = 8192;

/** What the other side may choose from when it draws and sounds. */
const mediaTypes = {
  audio: ['audio/L8', 'audio/L16'],
  video: [],
  image: ['image/png', 'image/jpeg', 'image/webp'],
} as const;

export interface HandshakeRequest {
  /** A protocol's name for a new connection, or the id (`$…`) of one to join. */
  readonly select: string;
  /** By argument name; names that aren't asked for are left out, those asked for beyond them are sent empty. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Device pixels, and dots per inch. */
  readonly display: {
    readonly width: number;
    readonly height: number;
    readonly dpi: number;
    /** An IANA time zone. */
    readonly timezone?: string | undefined;
  };
  /** How other users of the same connection see this one. */
  readonly userName: string;
}

/** What follows from an instruction; `reply` goes out in one write. */
type HandshakeStep =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'reply'; readonly reply: string }
  | { readonly kind: 'ready'; readonly connectionId: string }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Handshake {
  /** The first thing to send. */
  readonly opening: string;
  /** Takes the next instruction of the session manager. Not to be called any more after `ready` or `failed`. */
  receive(instruction: Instruction): HandshakeStep;
}

const failed = (failure: Failure): HandshakeStep => ({ kind: 'failed', failure });
const violated = (detail: string) => failed(failureOf('manager_protocol_error', detail));

/** The newest version that both sides speak; `undefined` where the other is older than all of ours. */
function negotiateVersion(offered: string | undefined): ProtocolVersion | undefined {
  const parse = (version: string) => /^VERSION_(\d+)_(\d+)_(\d+)$/.exec(version)?.slice(1).map(Number);
  const other = parse(offered ?? '');
  if (!other) return undefined;
  return versions.findLast((version) => {
    const own = parse(version) ?? [];
    const difference = own.map((part, index) => part - (other[index] ?? 0)).find((delta) => delta !== 0);
    return (difference ?? 0) <= 0;
  });
}

/**
 * The client's half of the handshake: `select`, `args`, what we can draw, `connect`, `ready`
 * (https://guacamole.apache.org/doc/gug/guacamole-protocol.html#handshake-phase). No I/O and no clock: the caller sends,
 * receives, and gives up in time.
 */
export function beginHandshake(request: HandshakeRequest): Handshake {
  let isConnecting = false;

  function answerArguments([offered, ...names]: readonly string[]): HandshakeStep {
    const version = negotiateVersion(offered);
    if (offered === undefined || version === undefined) {
      return violated('the session manager is older than version 1.3.0 of the protocol');
    }
    const values = names.map((name) =>
      Object.hasOwn(request.parameters, name) ? (request.parameters[name] ?? '') : '',
    );
    const tooLong = names.find((_, index) => (values[index] ?? '').length > longestElement);
    if (tooLong !== undefined) {
      return failed(failureOf('input_invalid', `${tooLong} is longer than ${longestElement} characters`));
    }
    const { width, height, dpi, timezone } = request.display;
    const reply: Instruction[] = [
      ['size', String(width), String(height), String(dpi)],
      ['audio', ...mediaTypes.audio],
      ['video', ...mediaTypes.video],
      ['image', ...mediaTypes.image],
    ];
    if (timezone !== undefined && timezone !== '') reply.push(['timezone', timezone]);
    if (version === 'VERSION_1_5_0') reply.push(['name', request.userName]);
    reply.push(['connect', version, ...values]);
    isConnecting = true;
    return { kind: 'reply', reply: reply.map(encodeInstruction).join('') };
  }

  return {
    opening: encodeInstruction(['select', request.select]),
    receive([opcode, ...args]) {
      switch (opcode) {
        case 'nop':
          return { kind: 'waiting' };
        case 'args':
          return isConnecting ? violated('asked for the arguments twice') : answerArguments(args);
        case 'ready': {
          const [connectionId = ''] = args;
          if (!isConnecting || !connectionId.startsWith('$')) return violated('said ready out of turn');
          return { kind: 'ready', connectionId };
        }
        case 'error':
          return failed(failureOfGuacamoleStatus(Number(args[1]), args[0]));
        case 'disconnect':
          return failed(failureOf('manager_closed'));
        default:
          return violated('an unexpected instruction during the handshake');
      }
    },
  };
}
