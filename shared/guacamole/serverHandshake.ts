import { encodeInstruction, type Instruction } from './instruction.ts';

/** What a client says of itself between `select` and `connect`, and with it. */
export interface ClientGreeting {
  /** As on the wire: `VERSION_1_5_0`; `''` where the client doesn't say, as those before 1.1.0. */
  readonly version: string;
  /** Device pixels, and dots per inch; whole numbers above 0. */
  readonly display: {
    readonly width: number;
    readonly height: number;
    readonly dpi: number;
    /** An IANA time zone. */
    readonly timezone?: string | undefined;
  };
  /** Media types that the client can play and show. */
  readonly audio: readonly string[];
  readonly video: readonly string[];
  readonly image: readonly string[];
  /** How other users of the connection see this one; `''` before 1.5.0. */
  readonly name: string;
  /** By the names that were offered. Holds credentials. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A failure as it is said to the client: a status of the protocol and a sentence. */
export interface HandshakeRefusal {
  readonly status: number;
  readonly text: string;
}

/** What follows from an instruction of the client. */
export type ServerStep =
  | { readonly kind: 'waiting' }
  /** A protocol's name, or the id (`$…`) of a connection. `offer` or a refusal comes next. */
  | { readonly kind: 'selected'; readonly select: string }
  | { readonly kind: 'greeted'; readonly greeting: ClientGreeting }
  /** The client only wanted to know the arguments, and says so by an empty `connect`. */
  | { readonly kind: 'left' }
  | { readonly kind: 'refused'; readonly refusal: HandshakeRefusal };

export interface ServerHandshake {
  /** Takes the next instruction of the client. Not to be called any more after `greeted`, `left` or `refused`. */
  receive(instruction: Instruction): ServerStep;
  /** What to send for the `select`: which version is spoken, and which arguments are asked for. */
  offer(version: string, names: readonly string[]): string;
}

/** The opcodes that a handshake consists of; others are ignored, as by guacd. */
export const handshakeOpcodes = [
  'select',
  'size',
  'audio',
  'video',
  'image',
  'timezone',
  'name',
  'connect',
] as const;

/** A status of the protocol (https://guacamole.apache.org/doc/gug/protocol-reference.html#status-codes). */
const badRequest = 768;

/** guacd lists at most this many arguments of an instruction (LIBGUAC, `GUAC_INSTRUCTION_MAX_ELEMENTS`). */
const mostMediaTypes = 127;
const longestName = 256;
const largestSide = 16_384;
const largestDpi = 4_096;

const selectable = /^(?:[a-z][a-z0-9-]{0,31}|\$[\w-]{1,64})$/;
const versionShape = /^VERSION_\d{1,3}_\d{1,3}_\d{1,3}$/;
const timezoneShape = /^[\w+/-]{1,64}$/;

const refuse = (text: string): ServerStep => ({ kind: 'refused', refusal: { status: badRequest, text } });

/**
 * The server's half of the handshake, for clients of protocol 1.0.0 to 1.5.0: `select`, then what the client can draw in any
 * order, then `connect` with as many values as were asked for
 * (https://guacamole.apache.org/doc/gug/guacamole-protocol.html#handshake-phase). No I/O and no clock.
 *
 * Refuses what guacd itself stumbles over: a missing or empty `size` ends its process, and a wrong number of values leaves the
 * client without any answer.
 */
export function expectHandshake(): ServerHandshake {
  let isSelected = false;
  let offered: readonly string[] | undefined;
  let size: ClientGreeting['display'] | undefined;
  let timezone: string | undefined;
  let name = '';
  const media: Record<'audio' | 'video' | 'image', readonly string[]> = { audio: [], video: [], image: [] };

  function takeSize([width, height, dpi]: readonly string[]): ServerStep {
    const [pixelsWide, pixelsHigh, dots] = [width, height, dpi ?? '96'].map(readNumber);
    const isUsable =
      isWithin(pixelsWide, largestSide) && isWithin(pixelsHigh, largestSide) && isWithin(dots, largestDpi);
    if (!isUsable) return refuse('the size of the screen is not one');
    size = { width: pixelsWide, height: pixelsHigh, dpi: dots };
    return { kind: 'waiting' };
  }

  function greet([version = '', ...values]: readonly string[]): ServerStep {
    if (offered === undefined) return refuse('connect came before the arguments were asked for');
    if (values.length !== offered.length)
      return refuse(`${values.length} values came for ${offered.length} arguments`);
    if (!size) return refuse('the size of the screen is missing');
    const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
    offered.forEach((argument, index) => (parameters[argument] = values[index] ?? ''));
    return {
      kind: 'greeted',
      greeting: {
        version: versionShape.test(version) ? version : '',
        display: { ...size, ...(timezone !== undefined && { timezone }) },
        ...media,
        name,
        parameters,
      },
    };
  }

  return {
    receive([opcode, ...args]) {
      if (opcode === 'select') {
        const [select = ''] = args;
        if (isSelected) return refuse('select came twice');
        if (!selectable.test(select))
          return refuse('what was selected is neither a protocol nor a connection');
        isSelected = true;
        return { kind: 'selected', select };
      }
      if (!isSelected) return refuse('the first instruction is not select');
      switch (opcode) {
        case 'size':
          return takeSize(args);
        case 'audio':
        case 'video':
        case 'image':
          if (args.length > mostMediaTypes) return refuse('too many media types');
          // An empty list is sometimes sent as one empty element.
          media[opcode] = args.filter((type) => type !== '');
          return { kind: 'waiting' };
        case 'timezone':
          timezone = timezoneShape.test(args[0] ?? '') ? args[0] : undefined;
          return { kind: 'waiting' };
        case 'name':
          name = (args[0] ?? '').slice(0, longestName);
          return { kind: 'waiting' };
        case 'connect':
          return args.length === 0 ? { kind: 'left' } : greet(args);
        default:
          return { kind: 'waiting' };
      }
    },
    offer(version, names) {
      offered = names;
      return encodeInstruction(['args', version, ...names]);
    },
  };
}

const readNumber = (text: string | undefined) => (/^\d{1,6}$/.test(text ?? '') ? Number(text) : undefined);

const isWithin = (value: number | undefined, limit: number): value is number =>
  value !== undefined && value > 0 && value <= limit;
