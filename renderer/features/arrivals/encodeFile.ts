import { fail, succeed } from '../../../shared/contract/failure.ts';
import type { Result } from '../../../shared/contract/failure.ts';

/** Files of links are a few kilobytes; the contract takes no more than this. A wrong one isn't read into memory. */
const fileLimitBytes = 256 * 1024;

/** The content of a file in base64, or why it can't be one that is meant. */
export async function encodeFile(file: File): Promise<Result<string>> {
  if (file.size > fileLimitBytes) return fail('link_refused', 'it is too large for a file of a link');
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    return succeed(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')));
  } catch {
    // A folder, or a file that went away.
    return fail('link_refused', 'it can not be read');
  }
}
