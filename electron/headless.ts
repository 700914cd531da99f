import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { verifyAudit, verifyFarmAudit } from './auditCommand.ts';
import { runFarmCommand } from './farmCommand.ts';
import { connectFarm, farmFlags, parseFarmFlags } from './farmFlags.ts';
import { runGatewayCommand } from './gatewayCommand.ts';
import { defaultDataFolder, gatewayUsage } from './gatewayOptions.ts';
import { takeKeyFromEnvironment } from './keyedSecrets.ts';
import { openLog } from './log.ts';
import { runRegistryCommand } from './registryCommand.ts';
import { moveStoredSecrets, readKey, rotateSecrets } from './secretsCommand.ts';

const usage = `${gatewayUsage}
Usage: node dist/electron/headless.js audit verify [--data FOLDER | --registry URL,…]
       node dist/electron/headless.js farm import --help
       node dist/electron/headless.js manager --help
       node dist/electron/headless.js registry init --help
       node dist/electron/headless.js secrets rotate [--data FOLDER] [--key-file OLD] [--new-key-file NEW]
       node dist/electron/headless.js secrets move --to keychain|file [--data FOLDER] [--key-file FILE]

proxima audit verify reads the audit log from its first to its last record; exit code 1 where it was tampered with.

proxima farm import brings what a gateway by itself has stored into a farm.
proxima manager is a session manager that is safe to expose; its own help says more.

proxima registry init gives an etcd cluster the roles and users of a pool of the session registry.

proxima secrets rotate seals the encrypted file of passwords with another key (PROXIMA_KEY and PROXIMA_NEW_KEY where no files are
given); proxima secrets move brings the passwords to this account's keychain, or back to the file. No Proxima may run on the folder.
`;

const auditFlags = { ...farmFlags, data: { type: 'string' } } as const;
const secretsFlags = {
  data: { type: 'string' },
  'key-file': { type: 'string' },
  'new-key-file': { type: 'string' },
  to: { type: 'string' },
} as const;

async function verify(args: string[]) {
  const { data, ...flags } = parseArgs({ args, options: auditFlags }).values;
  const registry = parseFarmFlags(flags);
  return registry ? verifyFarmAudit(await connectFarm(registry)) : verifyAudit(data ?? defaultDataFolder());
}

async function runSecrets(action: 'rotate' | 'move', args: string[]) {
  const flags = parseArgs({ args, options: secretsFlags }).values;
  const folder = flags.data ?? defaultDataFolder();
  const [given, givenNext] = [takeKeyFromEnvironment(), takeKeyFromEnvironment('PROXIMA_NEW_KEY')];
  const key = await readKey(flags['key-file'], given);
  if (action === 'rotate')
    return rotateSecrets({ folder, key, newKey: await readKey(flags['new-key-file'], givenNext) });
  return moveStoredSecrets({ folder, key, to: flags.to, log: await openLog(folder) });
}

async function print(
  answer: Promise<{ readonly sentence: string; readonly exitCode: number }>,
): Promise<void> {
  const { sentence, exitCode } = await answer;
  process.stdout.write(`${sentence}\n`);
  process.exitCode = exitCode;
}

const output = {
  out: (text: string) => void process.stdout.write(text),
  error: (text: string) => void process.stderr.write(text),
};

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  const [action, ...flags] = rest;
  if (command === 'gateway') {
    await runGatewayCommand(rest);
  } else if (command === 'audit' && action === 'verify') {
    await print(verify(flags));
  } else if (command === 'registry') {
    process.exitCode = await runRegistryCommand(rest, output);
  } else if (command === 'manager') {
    // Only now: a gateway has no use for engines, and they take memory.
    const { runManagerCommand } = await import('./managerCommand.ts');
    process.exitCode = await runManagerCommand(rest, packageJson.version, output);
  } else if (command === 'farm') {
    process.exitCode = await runFarmCommand(rest, output, takeKeyFromEnvironment());
  } else if (command === 'secrets' && (action === 'rotate' || action === 'move')) {
    await print(runSecrets(action, flags));
  } else {
    process.stdout.write(usage);
    if (command !== '--help') process.exitCode = 2;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`Proxima can't start: ${error instanceof Error ? error.message : String(error)}\n`);
  // Whatever was started before the failure must not keep the process.
  process.exit(1);
});
