import { open } from 'node:fs/promises';
import { fail, succeed, type Result } from '../../../../shared/contract/failure.ts';
import { replaceFile } from '../../../disk/replaceFile.ts';
import { readKeyType } from './hostKey.ts';
import { findKnownKeys, judgeHostKey, nameHost, parseKnownHosts } from './knownHostLines.ts';
import type { KnownHosts } from './knownHosts.ts';

const largestFileBytes = 1_048_576;

/**
 * Keeps them in a file of OpenSSH's known_hosts format, which an administrator may write to as well: it is read anew for each
 * session. Lines that aren't understood stay where they are.
 */
export function openKnownHosts(path: string): KnownHosts {
  let writing: Promise<unknown> = Promise.resolve();
  const read = async (): Promise<Result<string>> => {
    try {
      return await readBounded(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return succeed('');
      return fail('store_failed', `the known hosts can not be read: ${codeOf(error)}`);
    }
  };
  const append = async (hostname: string, port: number, key: Buffer): Promise<Result<void>> => {
    const text = await read();
    if (!text.ok) return text;
    const known = findKnownKeys(parseKnownHosts(text.value), hostname, port);
    if (judgeHostKey(known, key).kind === 'known') return succeed(undefined);
    const next = `${text.value}${text.value === '' || text.value.endsWith('\n') ? '' : '\n'}${composeLine(hostname, port, key)}\n`;
    if (Buffer.byteLength(next) > largestFileBytes)
      return fail('store_failed', 'the file of known hosts is full');
    try {
      await replaceFile(path, next);
      return succeed(undefined);
    } catch (error) {
      return fail('store_failed', `the known hosts can not be written: ${codeOf(error)}`);
    }
  };
  return {
    async find(hostname, port) {
      const text = await read();
      return text.ok ? succeed(findKnownKeys(parseKnownHosts(text.value), hostname, port)) : text;
    },
    remember(hostname, port, key) {
      const appended = writing.then(() => append(hostname, port, key));
      writing = appended;
      return appended;
    },
  };
}

async function readBounded(path: string): Promise<Result<string>> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > largestFileBytes) return fail('store_failed', 'the file of known hosts is larger than 1 MiB');
    return succeed(await file.readFile('utf8'));
  } finally {
    await file.close();
  }
}

const composeLine = (hostname: string, port: number, key: Buffer) =>
  `${nameHost(hostname, port)} ${readKeyType(key)} ${key.toString('base64')}`;

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown error';
