import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Logger, pino } from 'pino';

/** Fields that never reach the log, wherever an object carries them; nothing should hand them over in the first place. */
const secretFields = ['password', 'privateKey', 'passphrase', 'secret', 'credential', 'token', 'cookie'];

export const logFileOf = (dataFolder: string): string => join(dataFolder, 'log', 'proxima.log');

/** JSON lines in `FOLDER/log/proxima.log`. Written at once: what led to a crash is there. */
export async function openLog(dataFolder: string): Promise<Logger> {
  const file = logFileOf(dataFolder);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600 });
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino({ redact: { paths, censor: '[removed]' } }, destination);
}
