/** How a VNC server without the extended clipboard writes its text: guacd's `clipboard-encoding`. */
export interface TextEncoding {
  decode(bytes: Uint8Array): string;
  /** What it has no sign for becomes a question mark. */
  encode(text: string): Uint8Array;
}

const latin1: TextEncoding = {
  decode: (bytes) => Buffer.from(bytes).toString('latin1'),
  encode: (text) => encodeBytes(text, (code) => (code < 256 ? code : undefined)),
};

/** What Windows-1252 has from 0x80 to 0x9f, where Latin-1 has control characters. Node's own decoder knows none of them. */
const windowsSigns = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';
const firstWindowsSign = 0x80;
const windows: TextEncoding = {
  decode: (bytes) =>
    latin1
      .decode(bytes)
      .replaceAll(/[\u0080-\u009f]/g, (sign) => windowsSigns[sign.charCodeAt(0) - firstWindowsSign] ?? sign),
  encode: (text) =>
    encodeBytes(text, (code) => {
      const index = windowsSigns.indexOf(String.fromCodePoint(code));
      if (index !== -1) return firstWindowsSign + index;
      return code < 256 ? code : undefined;
    }),
};

const textEncodings: Readonly<Record<string, TextEncoding>> = {
  'ISO8859-1': latin1,
  'UTF-8': {
    decode: (bytes) => new TextDecoder().decode(bytes),
    encode: (text) => Buffer.from(text),
  },
  'UTF-16': {
    decode: (bytes) => new TextDecoder('utf-16le').decode(bytes),
    encode: (text) => Buffer.from(text, 'utf16le'),
  },
  CP1252: windows,
};

/** By guacd's name; Latin-1, which the protocol has, for anything else. */
export const findTextEncoding = (name: string): TextEncoding => textEncodings[name] ?? latin1;

function encodeBytes(text: string, find: (code: number) => number | undefined): Uint8Array {
  const questionMark = 0x3f;
  return Uint8Array.from(Array.from(text), (sign) => find(sign.codePointAt(0) ?? 0) ?? questionMark);
}
