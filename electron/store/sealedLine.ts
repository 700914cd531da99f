import { crc32 } from 'node:zlib';

const sealStart = ',"CRC32":"';
const sealEnd = '"}\n';
const digestLength = 8;
const sealLength = sealStart.length + digestLength + sealEnd.length;

const digestOf = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(digestLength, '0');

/**
 * One line of a sealed NDJSON document: the object with a last member `CRC32`, the CRC-32 (as in gzip, RFC 1952 §8) of all
 * bytes before that member, and the line feed. So a flipped bit is told from a change that somebody made.
 */
export function sealLine(entry: object): string {
  const body = JSON.stringify(entry).slice(0, -1);
  return `${body}${sealStart}${digestOf(Buffer.from(body))}${sealEnd}`;
}

/** The object behind one line, given with its line feed and returned without its seal; `undefined` where the line is damaged. */
export function openLine(line: Buffer): object | undefined {
  const bodyLength = line.length - sealLength;
  if (bodyLength < 1) return undefined;
  const seal = line.toString('latin1', bodyLength);
  const body = line.subarray(0, bodyLength);
  if (seal !== `${sealStart}${digestOf(body)}${sealEnd}`) return undefined;
  try {
    const entry: unknown = JSON.parse(`${body.toString()}}`);
    return typeof entry === 'object' && entry !== null ? entry : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What a last part without line feed is. `torn`: an append that a crash cut short, and so was never acknowledged. `whole`: only
 * what follows `length` bytes is missing or wrong. `damaged`: it has been a whole line once, and isn't any more.
 */
export function judgeTail(
  tail: Buffer,
):
  | { readonly kind: 'torn' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'whole'; readonly line: Buffer } {
  const start = tail.lastIndexOf(sealStart);
  const end = start + sealLength - 1;
  if (start < 0 || tail.length < end) return { kind: 'torn' };
  const line = Buffer.concat([tail.subarray(0, end), Buffer.from('\n')]);
  return openLine(line) === undefined ? { kind: 'damaged' } : { kind: 'whole', line };
}
