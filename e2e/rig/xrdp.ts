import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertifiedKey } from '../../electron/secrets/certificateAuthority.ts';
import { createFolder, writePrivateFile } from './account.ts';
import { startDesktop } from './desktop.ts';
import { reservePort } from './ports.ts';
import type { RigContext } from './process.ts';
import { runProgram, startServer } from './process.ts';

export interface RdpHandle {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly background: string;
  /** Home of the shell in the desktop's terminal. */
  readonly home: string;
  screenshot(): Promise<Buffer>;
  stop(): Promise<void>;
}

/**
 * An RDP server without network-level authentication: xrdp in front of a desktop of its own. It takes any user name,
 * and passes the password on to the desktop, so that a wrong one is refused (as a picture: xrdp sends no error).
 */
export async function startXrdp(context: RigContext, certificate: CertifiedKey): Promise<RdpHandle> {
  const { account } = context;
  const desktop = await startDesktop(context, {
    name: 'rdp',
    title: 'Connected over RDP.',
    background: '#1e6b4f',
    terminalBackground: '#0e3026',
  });
  const folder = await createFolder(account, join(context.folder, 'rdp'));
  const port = reservePort();
  const certificateFile = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'key.pem');
  const configurationFile = join(folder, 'xrdp.ini');
  await writePrivateFile(account, certificateFile, certificate.certificatePem);
  await writePrivateFile(account, keyFile, certificate.privateKeyPem);
  const configuration = `[Globals]
ini_version=1
fork=true
port=tcp://127.0.0.1:${port}
use_vsock=false
tcp_nodelay=true
tcp_keepalive=true
security_layer=negotiate
; guacd 1.3.0 can't do the RC4 of the other levels
crypt_level=fips
certificate=${certificateFile}
key_file=${keyFile}
ssl_protocols=TLSv1.2, TLSv1.3
autorun=desktop
allow_channels=true
allow_multimon=false
bitmap_cache=true
bitmap_compression=true
bulk_compression=true
max_bpp=32
new_cursors=true
use_fastpath=both

[Logging]
LogFile=${join(context.folder, 'xrdp-sessions.log')}
LogLevel=INFO
EnableSyslog=false

[Channels]
rdpdr=true
rdpsnd=true
drdynvc=true
cliprdr=true
rail=false

[desktop]
name=Desktop
lib=libvnc.so
ip=127.0.0.1
port=${desktop.port}
username=ask
password=ask
`;
  await writePrivateFile(account, configurationFile, configuration);
  await writePrivateFile(account, join(context.folder, 'xrdp-sessions.log'), '');
  // For RDP's own encryption. xrdp looks for them in this one place, where only its own user may read.
  const ownKeysFile = join(folder, 'rsakeys.ini');
  await runProgram('xrdp-keygen', ['xrdp', ownKeysFile, '2048']);
  if (account.isRoot) await chown(ownKeysFile, account.uid, account.gid);
  const server = await startServer(context, {
    name: 'xrdp',
    home: desktop.home,
    port,
    preparation: [
      'mount -t tmpfs -o mode=1777 tmpfs /run',
      `mount --bind '${ownKeysFile}' /etc/xrdp/rsakeys.ini`,
    ],
    command: ['xrdp', '--nodaemon', '--config', configurationFile],
  });
  return {
    host: '127.0.0.1',
    port,
    username: account.name,
    password: desktop.password,
    background: desktop.background,
    home: desktop.home,
    screenshot: desktop.screenshot,
    stop: async () => {
      await server.stop();
      await desktop.stop();
    },
  };
}
