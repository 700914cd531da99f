/** What a host says besides its text (RFC 854, RFC 855). */
export type TelnetEvent =
  | { readonly kind: 'negotiation'; readonly command: number; readonly option: number }
  | { readonly kind: 'subnegotiation'; readonly option: number; readonly bytes: Uint8Array };

export const telnetCommands = {
  se: 240,
  sb: 250,
  will: 251,
  wont: 252,
  do: 253,
  dont: 254,
  iac: 255,
} as const;

const { se, sb, will, dont, iac } = telnetCommands;
const carriageReturn = 13;
const longestSubnegotiation = 1_024;

export interface TelnetReader {
  /** Returns the text among the bytes, without commands and with `CR NUL` as `CR`; tells the rest in order. */
  read(bytes: Uint8Array): Uint8Array;
}

/** Takes any bytes, cut anywhere. A subnegotiation that is too long is passed over as a whole. */
export function createTelnetReader(onEvent: (event: TelnetEvent) => void): TelnetReader {
  let state: 'text' | 'return' | 'command' | 'option' | 'subnegotiation' | 'subnegotiation command' = 'text';
  let command = 0;
  let gathered: number[] = [];
  return {
    read(bytes) {
      const text = new Uint8Array(bytes.length);
      let length = 0;
      for (const byte of bytes) {
        const isPadding = state === 'return' && byte === 0;
        if (state === 'return') state = 'text';
        if (isPadding) continue;
        switch (state) {
          case 'text':
            if (byte === iac) {
              state = 'command';
              break;
            }
            if (byte === carriageReturn) state = 'return';
            text[length] = byte;
            length += 1;
            break;
          case 'command':
            if (byte === iac) {
              text[length] = byte;
              length += 1;
              state = 'text';
            } else if (byte === sb) {
              gathered = [];
              state = 'subnegotiation';
            } else if (byte >= will && byte <= dont) {
              command = byte;
              state = 'option';
            } else {
              // Marks, breaks, go-aheads and what nobody knows: a terminal has no use for them.
              state = 'text';
            }
            break;
          case 'option':
            state = 'text';
            onEvent({ kind: 'negotiation', command, option: byte });
            break;
          case 'subnegotiation':
            if (byte === iac) state = 'subnegotiation command';
            else if (gathered.length <= longestSubnegotiation) gathered.push(byte);
            break;
          case 'subnegotiation command':
            state = 'subnegotiation';
            if (byte === iac) {
              if (gathered.length <= longestSubnegotiation) gathered.push(byte);
            } else if (byte === se) {
              state = 'text';
              const [option, ...content] = gathered;
              const isWhole = gathered.length <= longestSubnegotiation;
              gathered = [];
              if (option !== undefined && isWhole)
                onEvent({ kind: 'subnegotiation', option, bytes: Uint8Array.from(content) });
            }
            break;
        }
      }
      return text.subarray(0, length);
    },
  };
}

export const encodeNegotiation = (command: number, option: number): Uint8Array =>
  Uint8Array.of(iac, command, option);

export const encodeSubnegotiation = (option: number, content: Uint8Array): Uint8Array =>
  Uint8Array.of(iac, sb, option, ...escape(content), iac, se);

/** Text for the host: `IAC` doubled, and a lone `CR` as `CR NUL` (RFC 1123 §3.3.1). */
export function encodeText(bytes: Uint8Array): Uint8Array {
  const encoded: number[] = [];
  for (const byte of bytes) {
    encoded.push(byte);
    if (byte === iac) encoded.push(iac);
    if (byte === carriageReturn) encoded.push(0);
  }
  return Uint8Array.from(encoded);
}

const escape = (bytes: Uint8Array) => [...bytes].flatMap((byte) => (byte === iac ? [iac, iac] : [byte]));
