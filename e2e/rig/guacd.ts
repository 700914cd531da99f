import { join } from 'node:path';
import type { CertifiedKey } from '../../electron/secrets/certificateAuthority.ts';
import { createFolder, writePrivateFile } from './account.ts';
import { reservePort } from './ports.ts';
import type { RigContext, ServerProcess } from './process.ts';
import { startServer } from './process.ts';

/** One guacd. It keeps its port and its certificate over stop and start. */
export interface GuacdHandle {
  readonly name: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Whether it speaks TLS. Its certificate is for `localhost` and `127.0.0.1`. */
  readonly tls: boolean;
  readonly logFile: string;
  /** Leader of its process group; of the last run when it is stopped. */
  readonly pid: number;
  isRunning(): boolean;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Ends it with all its sessions: asked first, after a second at once. */
  stop(): Promise<void>;
  /** Ends it with all its sessions at once (SIGKILL). */
  kill(): Promise<void>;
  /** Makes it hang: SIGSTOP to it and to all its sessions. */
  pause(): void;
  resume(): void;
}

/** Starts one guacd, with TLS when it gets a certificate. */
export async function startGuacd(
  context: RigContext,
  name: string,
  certificate?: CertifiedKey,
): Promise<GuacdHandle> {
  const { account } = context;
  const port = reservePort();
  // Without a writable HOME every RDP connection fails with 519.
  const home = await createFolder(account, join(context.folder, name));
  const certificateFile = join(home, 'certificate.pem');
  const keyFile = join(home, 'key.pem');
  if (certificate) {
    await writePrivateFile(account, certificateFile, certificate.certificatePem);
    await writePrivateFile(account, keyFile, certificate.privateKeyPem);
  }
  const run = (): Promise<ServerProcess> =>
    startServer(context, {
      name,
      home,
      port,
      command: [
        ...['guacd', '-f', '-b', '127.0.0.1', '-l', String(port), '-L', 'info'],
        ...(certificate ? ['-C', certificateFile, '-K', keyFile] : []),
      ],
    });
  let server = await run();
  return {
    name,
    host: '127.0.0.1',
    port,
    tls: certificate !== undefined,
    logFile: server.logFile,
    get pid() {
      return server.pid;
    },
    isRunning: () => server.isRunning(),
    start: async () => {
      if (!server.isRunning()) server = await run();
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    pause: () => server.pause(),
    resume: () => server.resume(),
  };
}
