import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page } from 'playwright/test';
import { openApp, openByDoubleClick, sessionPane, typeCommand, waitForPicture } from './app.ts';
import { settingsOf, test } from './fixtures.ts';
import { type GatewayProcess, sampleHost, startGateway } from './gateway.ts';
import { hostsOf, type RigHost } from './rig/hosts.ts';
import type { Rig } from './rig/rig.ts';

// The pictures of docs/, made by `npm run screenshots`.

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, process.env['PROXIMA_SCREENSHOTS'] ?? 'out/screenshots');
const wide = { width: 1280, height: 800 };
const narrow = { width: 480, height: 800 };

test.use({ viewport: wide });
test.setTimeout(180_000);

async function take(page: Page, name: string, scheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
  // Where nothing lights up under it.
  await page.mouse.move(1, 799);
  await expect(page.getByRole('tooltip')).toHaveCount(0);
  await page.screenshot({ path: join(folder, `${name}-${scheme}.png`), animations: 'disabled' });
}

/** A small company: four hosts that answer, and some that are only there to be looked at. */
function describeVaults(rig: Rig): Record<string, readonly RigHost[]> {
  const rename = (from: string, name: string, tags: string[]) => {
    const host = hostsOf(rig).find(({ draft }) => draft.name === from);
    if (!host) throw new Error(`the rig has no ${from}`);
    return { ...host, draft: { ...host.draft, name, tags } };
  };
  const shown = (number: number, name: string, protocol: 'rdp' | 'ssh' | 'vnc' | 'telnet', address: string) =>
    sampleHost(number, {
      name,
      protocol,
      address,
      port: { rdp: 3389, ssh: 22, vnc: 5900, telnet: 23 }[protocol],
    });
  return {
    'Head office': [
      rename('RDP desktop', 'Accounting', ['windows', 'finance']),
      rename('VNC desktop', 'Reception display', ['display']),
      shown(11, 'Print server', 'rdp', 'print.corp.example'),
      shown(12, 'Meeting room 2', 'vnc', '10.0.4.22'),
    ],
    'Data centre': [
      rename('SSH shell', 'Build server', ['linux', 'ci']),
      rename('Telnet shell', 'Core switch', ['network']),
      sampleHost(
        21,
        { name: 'Database 1', protocol: 'ssh', port: rig.ssh.port, username: rig.ssh.username },
        { password: 'of last year' },
      ),
      shown(22, 'Database 2', 'ssh', 'db2.corp.example'),
      shown(23, 'Mail gateway', 'ssh', '2001:db8:40::25'),
    ],
  };
}

/** A gateway with these vaults; a host file brings one of them along at each start. */
async function startWithVaults(rig: Rig): Promise<GatewayProcess> {
  const files = await mkdtemp(join(tmpdir(), 'proxima-screenshots-'));
  let gateway: GatewayProcess | undefined;
  for (const [vault, hosts] of Object.entries(describeVaults(rig))) {
    const file = join(files, 'hosts.json');
    await writeFile(file, JSON.stringify({ vault, hosts }), { mode: 0o600 });
    await gateway?.stop();
    gateway = await startGateway({
      settings: settingsOf(rig),
      flags: ['--add-hosts', file],
      ...(gateway && { dataFolder: gateway.dataFolder }),
    });
  }
  await rm(files, { recursive: true });
  if (!gateway) throw new Error('no vaults');
  return gateway;
}

test('pictures for the documentation', async ({ page, rig }) => {
  await mkdir(folder, { recursive: true });
  const gateway = await startWithVaults(rig);
  await openApp(page, gateway);
  for (const vault of ['Head office', 'Data centre']) {
    const row = page.getByRole('treeitem', { name: new RegExp(`^${vault}`) });
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.click();
  }
  await page.getByRole('textbox', { name: 'Search hosts' }).focus();
  await take(page, 'home', 'light');
  await take(page, 'home', 'dark');

  await page.keyboard.press('Alt+N');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Web server');
  await dialog.getByLabel('Address', { exact: true }).fill('web1.corp.example');
  await dialog.getByLabel('User name').fill('deploy');
  await dialog.getByLabel('Password', { exact: true }).fill('correct horse');
  await take(page, 'new-host', 'light');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();

  const commands: readonly (readonly [host: string, command: string])[] = [
    ['Build server', 'clear; ls -lh --color=always --time-style=+ /usr/share/zoneinfo | head -28'],
    ['Core switch', 'clear; head -16 /etc/protocols'],
    ['Reception display', 'clear; ls --color=always /usr'],
    ['Accounting', 'clear; cat /etc/os-release'],
  ];
  for (const [host, command] of commands) {
    const pane = await openByDoubleClick(page, host);
    await waitForPicture(pane);
    await typeCommand(pane, command);
  }
  await waitForPicture(sessionPane(page, 'Accounting'));
  await take(page, 'session', 'light');
  await page.getByRole('button', { name: 'Side by side' }).click();
  for (const [host] of commands) await waitForPicture(page.getByRole('group', { name: host }));
  await take(page, 'side-by-side', 'light');
  await take(page, 'side-by-side', 'dark');
  await page.getByRole('button', { name: 'Side by side' }).click();

  const build = sessionPane(page, 'Build server');
  await page.getByRole('tab', { name: /^Build server/ }).click();
  await build.getByRole('button', { name: 'Why here?' }).click();
  await expect(page.getByRole('dialog', { name: 'Why here?' })).toBeVisible();
  await take(page, 'why-here', 'light');
  await page.keyboard.press('Escape');

  await page.setViewportSize(narrow);
  await waitForPicture(build);
  await take(page, 'narrow-session', 'dark');
  await page.getByRole('button', { name: 'Hosts', exact: true }).click();
  await take(page, 'narrow-hosts', 'light');
  await page.setViewportSize(wide);

  const failed = await openByDoubleClick(page, 'Database 1');
  await expect(failed.getByRole('alert')).toBeVisible();
  await take(page, 'failed', 'dark');
  await gateway.dispose();
});
