import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../../disk/replaceFile.ts';
import type { CertificatePins } from './security/certificateTrust.ts';

/** By host, the SHA-256 of the certificate that was trusted at first use. */
const pinsSchema = z.record(z.string().max(300), z.string().max(200));
const mostPins = 10_000;

/**
 * Keeps the pins of VNC hosts in a JSON file. A file that can't be read counts as empty and is left alone until a host is pinned; one
 * that can't be written is told, and the pins hold for this run.
 */
export async function openPins(path: string, onProblem: (text: string) => void): Promise<CertificatePins> {
  const pins = new Map<string, string>(await readPins(path, onProblem));
  let writing: Promise<unknown> = Promise.resolve();
  return {
    get: (host) => pins.get(host),
    set(host, fingerprint) {
      if (pins.size >= mostPins && !pins.has(host)) return;
      pins.set(host, fingerprint);
      writing = writing
        .then(() => replaceFile(path, `${JSON.stringify(Object.fromEntries(pins), null, 2)}\n`))
        .catch(() => onProblem(`The pins of VNC hosts can not be written to ${path}`));
    },
  };
}

async function readPins(path: string, onProblem: (text: string) => void): Promise<[string, string][]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return [];
  }
  try {
    return Object.entries(pinsSchema.parse(JSON.parse(text)));
  } catch {
    onProblem(`The pins of VNC hosts in ${path} can not be read`);
    return [];
  }
}
