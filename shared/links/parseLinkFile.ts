import { z } from 'zod';
import { type Result, succeed } from '../contract/failure.ts';
import { protocolSchema } from '../model/protocol.ts';
import { describeHost, type ParsedLink } from './linkedHost.ts';
import { hasHiddenCharacters, listIgnored, refuse, withoutHiddenCharacters } from './linkText.ts';
import { describeRdpHost, type RdpSetting } from './rdpSettings.ts';

/** A signed .rdp file is a few kilobytes. */
export const largestLinkFileBytes = 64 * 1024;

/** Reads an `.rdp` or `.proxima` file; which of them, its name says. Refuses with `link_refused`; total. */
export function parseLinkFile(name: string, content: Uint8Array): Result<ParsedLink> {
  const [, extension] = /\.([a-z]+)$/i.exec(name.slice(-20).trim()) ?? [];
  const kind = extension?.toLowerCase();
  if (kind !== 'rdp' && kind !== 'proxima') return refuse('it is neither an .rdp nor a .proxima file');
  if (content.length > largestLinkFileBytes)
    return refuse(`it is larger than ${largestLinkFileBytes / 1024} KiB`);
  const text = decodeText(content);
  if (hasHiddenCharacters(text.replace(/[\t\r\n]/g, '')))
    return refuse('it contains characters that can not be seen');
  return kind === 'rdp' ? parseRdpFile(text) : parseProximaFile(text);
}

/** Which file it was, for a person: its name, without the way to it. */
export function describeLinkFile(name: string): string {
  const base = withoutHiddenCharacters(name.slice(-500))
    .replace(/^.*[/\\]/, '')
    .trim();
  return base === '' ? 'a file' : base.slice(-100);
}

/** Remote Desktop writes UTF-16LE with a byte order mark; other programs UTF-8, and old ones the ANSI code page. */
function decodeText(content: Uint8Array): string {
  const [first, second] = content;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(content);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return new TextDecoder('windows-1252').decode(content);
  }
}

function parseRdpFile(text: string): Result<ParsedLink> {
  const settings = text
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trim() !== '')
    .map((line): RdpSetting => {
      const [, name = '', type, value = ''] = /^([^:]+):([sib]):(.*)$/i.exec(line) ?? [];
      return type === undefined
        ? undefined
        : { name: name.trim(), type: type.toLowerCase() as 's' | 'i' | 'b', value: value.trim() };
    });
  const described = describeRdpHost(settings);
  if (!described.ok) return described;
  const { host, ignored } = described.value;
  return succeed({ source: 'rdp-file', target: { kind: 'described', host }, ignored });
}

const kindOfFile = 'proxima-host';

const fileSchema = z.object({
  kind: z.literal(kindOfFile),
  version: z.literal(1),
  host: z.object({
    name: z.string().optional(),
    address: z.string(),
    protocol: protocolSchema,
    port: z.int().optional(),
    username: z.string().optional(),
    domain: z.string().optional(),
  }),
});
const fileFields = Object.keys(fileSchema.shape);
const hostFields = Object.keys(fileSchema.shape.host.shape);

/** One host as JSON, without secrets (`docs/links.md`). */
function parseProximaFile(text: string): Result<ParsedLink> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return refuse('it is not JSON');
  }
  const version = z.object({ kind: z.literal(kindOfFile), version: z.int().min(2) }).safeParse(content);
  if (version.success) return refuse('it was made by a newer version of Proxima');
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) {
    // The path is made of the schema's own names.
    const field = parsed.error.issues[0]?.path.join('.');
    return refuse(`it is not a .proxima file of version 1${field ? `: see “${field}”` : ''}`);
  }
  const { port, ...fields } = parsed.data.host;
  const host = describeHost({ ...fields, ...(port !== undefined && { port: String(port) }) });
  if (!host.ok) return host;
  const given = content as { host: object };
  const ignored = listIgnored([
    ...Object.keys(given).filter((name) => !fileFields.includes(name)),
    ...Object.keys(given.host).filter((name) => !hostFields.includes(name)),
  ]);
  return succeed({ source: 'proxima-file', target: { kind: 'described', host: host.value }, ignored });
}
