import { join } from 'node:path';
import { createPassword, writePrivateFile } from './account.ts';
import { startDesktop } from './desktop.ts';
import { reservePort } from './ports.ts';
import type { RigContext } from './process.ts';
import { runProgram, startServer } from './process.ts';
import type { RdpHandle } from './xrdp.ts';

export interface RdpNlaHandle extends RdpHandle {
  readonly domain: string;
}

/** An RDP server that demands network-level authentication: FreeRDP's shadow server on a desktop of its own. */
export async function startRdpNla(context: RigContext): Promise<RdpNlaHandle> {
  const { account } = context;
  const desktop = await startDesktop(context, {
    name: 'rdpNla',
    title: 'Connected over RDP with NLA.',
    background: '#6b3a7d',
    terminalBackground: '#301a38',
  });
  const port = reservePort();
  const password = createPassword(16);
  const accountsFile = join(context.folder, 'rdpNla', 'sam');
  const entry = await runProgram('winpr-hash', ['-u', account.name, '-p', password, '-f', 'sam']);
  await writePrivateFile(account, accountsFile, `${entry.toString().trim()}\n`);
  const server = await startServer(context, {
    name: 'freerdp-shadow',
    home: desktop.home,
    port,
    environment: { DISPLAY: desktop.display, XAUTHORITY: desktop.authorityFile },
    command: [
      'freerdp-shadow-cli',
      `/port:${port}`,
      '/bind-address:127.0.0.1',
      '/sec:nla',
      '+auth',
      `/sam-file:${accountsFile}`,
    ],
  });
  return {
    host: '127.0.0.1',
    port,
    username: account.name,
    password,
    domain: '',
    background: desktop.background,
    home: desktop.home,
    screenshot: desktop.screenshot,
    stop: async () => {
      await server.stop();
      await desktop.stop();
    },
  };
}
