import { open } from 'node:fs/promises';
import { z } from 'zod';
import { failureCodes } from '../../shared/contract/failure.ts';

const mostLines = 200;
const mostBytes = 256 * 1024;
const mostFrames = 6;

/** The last lines of a log, oldest first; none where there is no log. */
export async function readLogTail(path: string): Promise<readonly string[]> {
  const file = await open(path, 'r').catch(() => undefined);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - mostBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    // The first may be a part of one.
    return lines
      .slice(from > 0 ? 1 : 0)
      .filter((line) => line !== '')
      .slice(-mostLines);
  } catch {
    return [];
  } finally {
    await file.close();
  }
}

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

const recordSchema = z.looseObject({ time: z.number(), level: z.number(), msg: z.string().optional() });

/** Proxima's own sentences: words. What has digits, dots or signs in it may be a name, an address or worse. */
const sentence = /^[A-Z](?:[A-Za-z ,;’'-]|\.json\b|\.$){0,200}$/;
/** The fields that are told; the name of any other may itself come from somewhere. */
const toldFields = [
  ...['failure', 'err', 'error', 'code', 'status', 'exitCode'],
  ...['count', 'entries', 'number', 'port', 'removed'],
];
const left = '…';

/**
 * A line of the log with nothing in it that a person or a host could have put there: its time, level and sentence, some numbers,
 * codes of failures and of the system, and where in Proxima an error came from. Everything else is left out.
 */
export function excerptLogLine(line: string, replaceNames: (text: string) => string): string {
  const record = recordSchema.safeParse(parseJson(line));
  if (!record.success) return '(a line that is not of the log)';
  const { time, level, msg = '', ...fields } = record.data;
  const at = Number.isFinite(time) && Math.abs(time) < 8e15 ? new Date(time).toISOString() : left;
  const text = sentence.test(msg) ? replaceNames(msg) : left;
  const details = toldFields
    .filter((name) => Object.hasOwn(fields, name))
    .map((name) => `${name}=${excerptValue(fields[name])}`);
  const trace = frames(fields['err']).map((frame) => `\n    at ${frame}`);
  return [at, levels[level] ?? left, text, ...details].join(' ') + trace.join('');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const systemCode = /^(E[A-Z]{2,15}|ERR_[A-Z_]{2,50})$/;
const isCode = (text: string) => (failureCodes as string[]).includes(text) || systemCode.test(text);

function excerptValue(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'string') return isCode(value) ? value : left;
  const code: unknown = typeof value === 'object' ? (value as { code?: unknown }).code : undefined;
  return typeof code === 'string' && isCode(code) ? code : left;
}

/** Function, file and line of our own code and of Node's. The message that a stack begins with is cut off first. */
function frames(error: unknown): readonly string[] {
  const parsed = z.object({ message: z.string(), stack: z.string() }).safeParse(error);
  if (!parsed.success) return [];
  const { message, stack } = parsed.data;
  const end = stack.indexOf(message);
  // A stack without its message isn't one that can be taken apart.
  if (end < 0) return [];
  return stack
    .slice(end + message.length)
    .split('\n')
    .flatMap((line) => {
      const [, name = '', file] =
        /^\s*at (?:(?:async |new )?([\w$.<>]{1,80}) \()?(?:\S*[/\\])?([\w.-]{1,60}\.[cm]?[jt]s:\d+:\d+)\)?$/.exec(
          line,
        ) ?? [];
      return file === undefined ? [] : [`${name} ${file}`.trim()];
    })
    .slice(0, mostFrames);
}
