import { encodeNegotiation, encodeSubnegotiation, telnetCommands, type TelnetEvent } from './telnetCodec.ts';

const option = {
  /** RFC 857. */
  echo: 1,
  /** RFC 858. */
  suppressGoAhead: 3,
  /** RFC 1091. */
  terminalType: 24,
  /** RFC 1073. */
  windowSize: 31,
  /** RFC 1572. */
  environment: 39,
  /** RFC 2066. */
  charset: 42,
} as const;

/** What this side does where the host asks for it, and what the host may do. */
const ours: readonly number[] = [
  option.suppressGoAhead,
  option.terminalType,
  option.windowSize,
  option.environment,
  option.charset,
];
const theirs: readonly number[] = [option.echo, option.suppressGoAhead];

const is = 0;
const send = 1;
const environmentVariable = 0;
const environmentValue = 1;
const environmentEscape = 2;
const environmentUserVariable = 3;
const charsetRequest = 1;
const charsetAccepted = 2;
const charsetRejected = 3;

export interface TelnetOptions {
  /** Whether the host echoes: what is typed has to be shown here otherwise. */
  readonly hostEchoes: boolean;
  take(event: TelnetEvent): void;
  /** Tells the host, as soon as it wants to know. */
  resize(columns: number, rows: number): void;
}

export interface TelnetIdentity {
  readonly terminalType: string;
  /** `''` where none is to be told. */
  readonly username: string;
}

/**
 * Negotiates options (RFC 1143): answers only what changes something, or what it refuses, so that two sides never go on about
 * it for ever. Begins nothing by itself, as guacd, so that other services than Telnet's aren't confused.
 */
export function createTelnetOptions(
  { terminalType, username }: TelnetIdentity,
  write: (bytes: Uint8Array) => void,
): TelnetOptions {
  const enabledHere = new Set<number>();
  const enabledThere = new Set<number>();
  let size: readonly [number, number] | undefined;
  const { will, wont, do: doIt, dont } = telnetCommands;

  const tellSize = () => {
    if (!size || !enabledHere.has(option.windowSize)) return;
    const content = Buffer.alloc(4);
    content.writeUInt16BE(Math.min(size[0], 65_535), 0);
    content.writeUInt16BE(Math.min(size[1], 65_535), 2);
    write(encodeSubnegotiation(option.windowSize, content));
  };
  const negotiate = (
    isWanted: boolean,
    code: number,
    supported: readonly number[],
    enabled: Set<number>,
    [agree, refuse]: readonly [number, number],
  ) => {
    if (isWanted === enabled.has(code)) return;
    if (isWanted && !supported.includes(code)) return write(encodeNegotiation(refuse, code));
    if (isWanted) enabled.add(code);
    else enabled.delete(code);
    write(encodeNegotiation(isWanted ? agree : refuse, code));
    if (code === option.windowSize && isWanted) tellSize();
  };
  const answer = (code: number, bytes: Uint8Array) => {
    if (!enabledHere.has(code)) return;
    const [verb] = bytes;
    if (code === option.terminalType && verb === send)
      write(encodeSubnegotiation(code, Buffer.concat([Buffer.of(is), Buffer.from(terminalType, 'latin1')])));
    if (code === option.environment && verb === send)
      write(encodeSubnegotiation(code, composeEnvironment(bytes.subarray(1), username)));
    if (code === option.charset && verb === charsetRequest)
      write(encodeSubnegotiation(code, chooseCharset(bytes.subarray(1))));
  };

  return {
    get hostEchoes() {
      return enabledThere.has(option.echo);
    },
    take(event) {
      if (event.kind === 'subnegotiation') return answer(event.option, event.bytes);
      const { command, option: code } = event;
      if (command === will || command === wont)
        return negotiate(command === will, code, theirs, enabledThere, [doIt, dont]);
      return negotiate(command === doIt, code, ours, enabledHere, [will, wont]);
    },
    resize(columns, rows) {
      size = [columns, rows];
      tellSize();
    },
  };
}

/** The user's name, where the host asks for it or for everything; of the process's own environment nothing is told. */
function composeEnvironment(asked: Uint8Array, username: string): Uint8Array {
  const names = Buffer.from(asked)
    .toString('latin1')
    .replaceAll(String.fromCharCode(environmentUserVariable), '\0')
    .split('\0')
    .filter((name) => name !== '');
  const isAsked = names.length === 0 || names.includes('USER');
  if (!isAsked || username === '') return Uint8Array.of(is);
  const value = [...Buffer.from(username)].flatMap((byte) =>
    byte <= environmentUserVariable ? [environmentEscape, byte] : [byte],
  );
  return Uint8Array.of(is, environmentVariable, ...Buffer.from('USER'), environmentValue, ...value);
}

/** UTF-8, if it is among those that the host names. */
function chooseCharset(request: Uint8Array): Uint8Array {
  const [separator = '', ...rest] = Buffer.from(request).toString('latin1');
  const found = rest
    .join('')
    .split(separator)
    .find((name) => /^utf-?8$/i.test(name));
  return found === undefined
    ? Uint8Array.of(charsetRejected)
    : Uint8Array.of(charsetAccepted, ...Buffer.from(found, 'latin1'));
}
