import { join } from 'node:path';
import type { CertifiedKey } from '../../electron/secrets/certificateAuthority.ts';
import { issueCertificate } from '../../electron/secrets/certificateAuthority.ts';
import { createFolder, writePrivateFile } from './account.ts';
import { startGuacd } from './guacd.ts';
import { reservePort } from './ports.ts';
import type { RigContext } from './process.ts';
import { startServer } from './process.ts';

/** A guacd that can only be reached with a client certificate of the rig's authority. */
export interface MutualTlsHandle {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** What a client has to show. */
  readonly client: CertifiedKey;
  readonly logFile: string;
  stop(): Promise<void>;
}

export async function startMutualTls(
  context: RigContext,
  authority: CertifiedKey,
  serverCertificate: CertifiedKey,
): Promise<MutualTlsHandle> {
  const { account } = context;
  const folder = await createFolder(account, join(context.folder, 'mutualTls'));
  const port = reservePort();
  const [guacd, client] = await Promise.all([
    startGuacd(context, 'guacd-behind-stunnel'),
    issueCertificate(authority, {
      commonName: 'Proxima rig client',
      dnsNames: [],
      ipAddresses: [],
      usage: 'client',
    }),
  ]);
  const files = {
    'authority.pem': authority.certificatePem,
    'certificate.pem': serverCertificate.certificatePem,
    'key.pem': serverCertificate.privateKeyPem,
    'stunnel.conf': `foreground = yes
pid =
syslog = no
debug = notice
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[guacd]
accept = 127.0.0.1:${port}
connect = 127.0.0.1:${guacd.port}
cert = ${join(folder, 'certificate.pem')}
key = ${join(folder, 'key.pem')}
CAfile = ${join(folder, 'authority.pem')}
verifyChain = yes
requireCert = yes
sslVersionMin = TLSv1.2
TIMEOUTclose = 0
`,
  };
  for (const [name, text] of Object.entries(files)) await writePrivateFile(account, join(folder, name), text);
  const server = await startServer(context, {
    name: 'stunnel',
    home: folder,
    port,
    command: ['stunnel4', join(folder, 'stunnel.conf')],
  });
  return {
    host: '127.0.0.1',
    port,
    client,
    logFile: server.logFile,
    stop: async () => {
      await server.stop();
      await guacd.stop();
    },
  };
}
