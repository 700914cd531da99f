import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { connectFarm, farmFlags, farmFlagsUsage, parseFarmFlags } from './farmFlags.ts';
import { importDataFolder } from './farmImport.ts';
import type { CommandOutput } from './registryCommand.ts';
import { readKey } from './secretsCommand.ts';

const usage = `Usage: node dist/electron/headless.js farm import --data FOLDER --key-file FILE --registry URL,… [options]

proxima farm import brings what a gateway by itself has stored (hosts, vaults, settings, passwords, certificates, accounts) into a farm
that has nothing yet. The gateway must not run; its folder stays as it is.

  --data FOLDER                the gateway's data folder
  --key-file FILE              the key of its encrypted file of passwords, and of the farm from then on. Or PROXIMA_KEY.
${farmFlagsUsage}  --check                      says what would be imported, and changes nothing in the farm
  --replace                    imports into a farm that has something: all of that goes, and everybody is signed out
  --help                       this text
`;

const options = {
  ...farmFlags,
  data: { type: 'string' },
  'key-file': { type: 'string' },
  check: { type: 'boolean', default: false },
  replace: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * `farm import`: 0 where it was done (or, with `--check`, could be), 1 where not, 2 where the flags can't be understood. `givenKey` is
 * that of the environment.
 */
export async function runFarmCommand(
  args: readonly string[],
  output: CommandOutput,
  givenKey?: string,
): Promise<0 | 1 | 2> {
  const [verb, ...rest] = args;
  const order = await readOrder(rest, givenKey).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  if (verb !== 'import' || order === 'help') {
    output.out(usage);
    return verb === 'import' || verb === '--help' ? 0 : 2;
  }
  if (typeof order === 'string') {
    output.error(`${order}\n\n${usage}`);
    return 2;
  }
  try {
    const { sentence, exitCode } = await importDataFolder({
      ...order,
      who: userInfo().username,
      log: pino({ level: 'silent' }),
      now: () => Date.now(),
    });
    (exitCode === 0 ? output.out : output.error)(`${sentence}\n`);
    return exitCode;
  } catch (error) {
    output.error(`Nothing was imported: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** @throws with a sentence for the person. */
async function readOrder(args: readonly string[], givenKey: string | undefined) {
  const { values: flags } = parseArgs({ args: [...args], options });
  if (flags.help) return 'help';
  const folder = flags.data;
  if (folder === undefined) throw new Error('--data is missing: the folder of the gateway to import');
  const key = await readKey(flags['key-file'], givenKey);
  if (key === undefined)
    throw new Error('--key-file is missing: the key of the gateway’s encrypted file, and of the farm');
  const registry = parseFarmFlags(flags);
  if (registry === undefined) throw new Error('--registry is missing: the etcd of the farm');
  return { folder, key, farm: await connectFarm(registry), isCheck: flags.check, isReplacing: flags.replace };
}
