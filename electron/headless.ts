import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { verifyAudit } from './auditCommand.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { type HostProcess, startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets, openWithoutSecrets, takeKeyFromEnvironment } from './keyedSecrets.ts';
import { openLog } from './log.ts';
import { runManagerCommand } from './managerCommand.ts';
import { runRegistryCommand } from './registryCommand.ts';
import { readRendererFiles } from './rendererFiles.ts';
import { loadServerCertificate } from './secrets/serverCertificate.ts';
import { moveStoredSecrets, readKey, rotateSecrets } from './secretsCommand.ts';

const usage = `Usage: node dist/electron/headless.js gateway [options]
       node dist/electron/headless.js manager --help
       node dist/electron/headless.js audit verify [--data FOLDER]
       node dist/electron/headless.js registry init --help
       node dist/electron/headless.js secrets rotate [--data FOLDER] [--key-file OLD] [--new-key-file NEW]
       node dist/electron/headless.js secrets move --to keychain|file [--data FOLDER] [--key-file FILE]

proxima audit verify reads the audit log from its first to its last record; exit code 1 where it was tampered with.

proxima manager is a session manager in front of guacd that is safe to expose; its own help says more.

proxima registry init gives an etcd cluster the roles and users of a pool of the session registry.

proxima secrets rotate seals the encrypted file of passwords with another key (PROXIMA_KEY and PROXIMA_NEW_KEY where no files are
given); proxima secrets move brings the passwords to this account's keychain, or back to the file. No Proxima may run on the folder.

proxima gateway is the broker over HTTPS and WebSocket, for browsers. Prints the address to open, with a one-time sign-in token in it.

  --listen ADDRESS:PORT      where to listen; port 0 takes a free one (default 127.0.0.1:0)
  --public-name NAME[:PORT]  a name under which people reach it, as in their address bar; may be repeated
  --certificate FILE         PEM, with the chain (default: one made for the listening address, kept in the data folder)
  --key FILE                 PEM, the certificate's private key
  --data FOLDER              stored hosts, settings and logs (default ${join('~', '.local', 'share', 'proxima')})
  --key-file FILE            opens the encrypted file of passwords; its content is the key. Without it passwords are not
                             stored, but asked for at each opening. Or the environment variable PROXIMA_KEY.
  --client-certificate FILE  PEM, shown to session managers that ask for one
  --client-key FILE          PEM, its private key
  --add-hosts FILE           hosts to save at start: JSON of {"vault", "hosts": [{"id", "draft", "secret"}]}
  --no-local-manager         don't run the guacd of this machine where no session manager is configured
  --help                     this text
`;

const options = {
  listen: { type: 'string', default: '127.0.0.1:0' },
  'public-name': { type: 'string', multiple: true },
  certificate: { type: 'string' },
  key: { type: 'string' },
  data: { type: 'string' },
  'key-file': { type: 'string' },
  'new-key-file': { type: 'string' },
  to: { type: 'string' },
  'client-certificate': { type: 'string' },
  'client-key': { type: 'string' },
  'add-hosts': { type: 'string' },
  'no-local-manager': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

type Flags = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** `127.0.0.1:6443` or `[::1]:6443`. */
function parseListen(text: string): { address: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error(`--listen takes ADDRESS:PORT, not ${text}`);
  return { address: match[1] ?? match[2] ?? '', port };
}

async function readPair(certificate?: string, key?: string) {
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined)
    throw new Error('a certificate and its key are given together');
  const [certificatePem, privateKeyPem] = await Promise.all([
    readFile(certificate, 'utf8'),
    readFile(key, 'utf8'),
  ]);
  return { certificatePem, privateKeyPem };
}

async function openSecrets(folder: string, keyFile: string | undefined) {
  const key = await readKey(keyFile, takeKeyFromEnvironment());
  return key === undefined ? openWithoutSecrets() : openKeyedSecrets(folder, key);
}

async function runSecrets(action: string | undefined, flags: Flags) {
  const folder = dataFolderOf(flags);
  const [given, givenNext] = [takeKeyFromEnvironment(), takeKeyFromEnvironment('PROXIMA_NEW_KEY')];
  const key = await readKey(flags['key-file'], given);
  if (action === 'rotate')
    return rotateSecrets({ folder, key, newKey: await readKey(flags['new-key-file'], givenNext) });
  return moveStoredSecrets({ folder, key, to: flags.to, log: await openLog(folder) });
}

const dataFolderOf = (flags: Flags): string =>
  flags.data ?? join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'proxima');

async function runGateway(flags: Flags): Promise<void> {
  const listen = parseListen(flags.listen);
  const dataFolder = dataFolderOf(flags);
  const log = await openLog(dataFolder);
  const clientCertificate = await readPair(flags['client-certificate'], flags['client-key']);
  const names = isIP(listen.address)
    ? { dnsNames: ['localhost'], ipAddresses: [listen.address] }
    : { dnsNames: [listen.address], ipAddresses: [] };
  const givenCertificate = await readPair(flags.certificate, flags.key);
  const rendererFiles = await readRendererFiles(new URL('../renderer', import.meta.url).pathname);
  const host = await startHostProcess({
    version: packageJson.version,
    runsIn: 'gateway',
    dataFolder,
    openSecrets: () => openSecrets(dataFolder, flags['key-file']),
    log,
    administrator: userInfo().username,
    whatIfWorkerFile: new URL('./whatIfWorker.js', import.meta.url),
    useLocalManager: !flags['no-local-manager'],
    ...(clientCertificate && { clientCertificate }),
    ...(flags['add-hosts'] !== undefined && { hostFile: flags['add-hosts'] }),
  });
  try {
    // Only now: another Proxima that has the data folder would lose its certificate.
    const certified = givenCertificate ?? (await loadServerCertificate(dataFolder, names));
    const gateway = await createGateway({
      listen,
      ...certified,
      ...(flags['public-name'] && { publicAuthorities: flags['public-name'] }),
      rendererFiles,
      router: host.router,
      attachTunnel: (sessionId, wire) => host.attachTunnel(sessionId, wire),
      log,
    });
    if (!gateway.ok) throw new Error(gateway.failure.detail ?? gateway.failure.code);
    process.stdout.write(`Proxima is at ${gateway.value.signInUrl()}\n`);
    closeOnSignal(host, gateway.value);
  } catch (error) {
    await host.close();
    throw error;
  }
}

function closeOnSignal(host: HostProcess, gateway: Gateway): void {
  const stop = async () => {
    await host.close();
    await gateway.close();
    process.exit(0);
  };
  process.once('SIGINT', () => void stop());
  process.once('SIGTERM', () => void stop());
}

async function main(): Promise<void> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'audit' && rest[0] === 'verify') {
    const { values } = parseArgs({ args: rest.slice(1), options });
    const { sentence, exitCode } = await verifyAudit(dataFolderOf(values));
    process.stdout.write(`${sentence}\n`);
    process.exitCode = exitCode;
    return;
  }
  const output = {
    out: (text: string) => void process.stdout.write(text),
    error: (text: string) => void process.stderr.write(text),
  };
  if (command === 'registry') {
    process.exitCode = await runRegistryCommand(rest, output);
    return;
  }
  if (command === 'manager') {
    process.exitCode = await runManagerCommand(rest, packageJson.version, output);
    return;
  }
  if (command === 'secrets' && (rest[0] === 'rotate' || rest[0] === 'move')) {
    const { values } = parseArgs({ args: rest.slice(1), options });
    const { sentence, exitCode } = await runSecrets(rest[0], values);
    process.stdout.write(`${sentence}\n`);
    process.exitCode = exitCode;
    return;
  }
  const { values: flags } = parseArgs({ args: rest, options });
  if (command !== 'gateway' || flags.help) {
    process.stdout.write(usage);
    if (command !== 'gateway' && command !== '--help') process.exitCode = 2;
    return;
  }
  await runGateway(flags);
}

main().catch((error: unknown) => {
  process.stderr.write(`Proxima can't start: ${error instanceof Error ? error.message : String(error)}\n`);
  // Whatever was started before the failure must not keep the process.
  process.exit(1);
});
