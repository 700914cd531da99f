import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, type Page } from 'playwright/test';
import { openApp, openByDoubleClick, sessionPane, typeCommand, waitForPicture } from './app.ts';
import { giveLink, linkDialog } from './desktopFixtures.ts';
import { startDesktop } from './desktopFrame.ts';
import { certificatesOf } from './farmTrust.ts';
import { settingsOf, test } from './fixtures.ts';
import { emptySettings, type Settings } from '../shared/model/settings.ts';
import { type GatewayProcess, sampleHost, sampleManager, settingsFor, startGateway } from './gateway.ts';
import { type EtcdCluster, startEtcd } from './rig/etcd.ts';
import { hostsOf, type RigHost } from './rig/hosts.ts';
import { beginSession, routeOf, startTakeoverFarm } from './takeoverFarm.ts';
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
  // What Proxima says in passing.
  await expect(page.locator('[role=dialog][aria-modal=false]')).toHaveCount(0);
  await page.screenshot({ path: join(folder, `${name}-${scheme}.png`), animations: 'disabled' });
}

async function takeBoth(page: Page, name: string): Promise<void> {
  await take(page, name, 'light');
  await take(page, name, 'dark');
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
async function startWithVaults(rig: Rig, settings: Settings): Promise<GatewayProcess> {
  const files = await mkdtemp(join(tmpdir(), 'proxima-screenshots-'));
  let gateway: GatewayProcess | undefined;
  for (const [vault, hosts] of Object.entries(describeVaults(rig))) {
    const file = join(files, 'hosts.json');
    await writeFile(file, JSON.stringify({ vault, hosts }), { mode: 0o600 });
    await gateway?.stop();
    gateway = await startGateway({
      settings,
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
  const gateway = await startWithVaults(rig, settingsOf(rig));
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

/** Two places, one of them with a manager that isn't encrypted yet. */
function describeCompany({ guacd, authority }: Rig): Settings {
  const berlin = [sampleManager('berlin-1', guacd.tlsA.port), sampleManager('berlin-2', guacd.tlsB.port)];
  const settings = settingsFor(berlin, {
    kind: 'authorities',
    certificatesPem: authority.certificatePem,
  });
  const [standard] = settings.groups;
  if (!standard) throw new Error('no Default group');
  return {
    ...settings,
    managers: [...berlin, sampleManager('lab-1', guacd.plain.port, { sessionLimit: 20 })],
    groups: [
      {
        ...standard,
        id: 'network-lab',
        name: 'Network lab',
        priority: 1,
        selectors: [{ addresses: ['2001:db8:40::/48', '10.40.0.x/24'] }],
        managerIds: ['lab-1'],
        trust: { kind: 'plain' },
        fallbackGroupId: standard.id,
      },
      {
        ...standard,
        id: 'head-office',
        name: 'Head office',
        priority: 2,
        selectors: [{ addresses: ['10.0.4.0/24'] }, { domains: ['*.corp.example'] }],
      },
      { ...standard, priority: 3 },
    ],
  };
}

test('pictures of what administrators see', async ({ page, rig }) => {
  await mkdir(folder, { recursive: true });
  const gateway = await startWithVaults(rig, describeCompany(rig));
  await openApp(page, gateway);
  for (const vault of ['Head office', 'Data centre']) {
    const row = page.getByRole('treeitem', { name: new RegExp(`^${vault}`) });
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.click();
  }
  for (const host of ['Build server', 'Accounting', 'Core switch'])
    await waitForPicture(await openByDoubleClick(page, host));

  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const showPage = (name: string) =>
    page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
  const save = async () => {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(page.getByText('Nothing to save.')).toBeVisible();
  };
  await page.getByRole('button', { name: 'Head office', exact: true }).click();
  await page.getByLabel('Addresses').first().fill('10.0.4.0/24\n127.0.0.x/24');
  await expect(page.getByRole('complementary')).toContainText('5 hosts move');
  await takeBoth(page, 'group');
  await page.getByRole('button', { name: 'All groups' }).click();
  const whatIf = page.getByRole('complementary', { name: 'What saving changes' });
  await expect(whatIf).toContainText('5 hosts move');
  await whatIf.getByLabel('Address of a host').fill('127.0.0.1');
  await expect(whatIf.getByText('on berlin-').last()).toBeVisible();
  await takeBoth(page, 'groups-what-if');
  await save();
  await page.getByLabel(/^Seconds to wait/).fill('20');
  await save();

  await rig.guacd.tlsB.kill();
  await showPage('Session managers');
  await page.getByRole('button', { name: 'Check all' }).click();
  for (const manager of ['berlin-1', 'berlin-2'])
    await page.getByRole('button', { name: `Steps of the check of ${manager}` }).click();
  await expect(page.getByRole('list', { name: 'Check of berlin-2' })).toContainText('failed');
  await expect(page.getByText('checking…')).toHaveCount(0);
  await takeBoth(page, 'managers');

  await showPage('Certificates');
  await page.getByRole('button', { name: 'Create certificates…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.getByRole('button', { name: 'Download bundle for berlin-1' }).click();
  await expect(dialog.getByText('proxima-berlin-1.tar.gz')).toBeVisible();
  await takeBoth(page, 'certificates-created');
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Actions for berlin-2' }).click();
  await page.getByRole('menuitem', { name: 'Revoke…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(page.getByText(/^Revoked/)).toBeVisible();
  await takeBoth(page, 'certificates');
  await showPage('History');
  await expect(page.getByText('In force')).toBeVisible();
  await takeBoth(page, 'history');
  await showPage('Audit log');
  await expect(page.getByText('Intact')).toBeVisible();
  await takeBoth(page, 'audit');

  await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
  await page.getByRole('button', { name: /^Cluster health/ }).click();
  await expect(page.getByText('1 of 3 session managers does not answer')).toBeVisible({ timeout: 20_000 });
  // A line of round trips, as it is after a while.
  for (let looks = 0; looks < 12; looks++) {
    for (const manager of ['berlin-1', 'lab-1']) {
      const look = page.getByRole('button', { name: `Look now at ${manager}` }).first();
      await look.click();
      await expect(look).not.toHaveAttribute('aria-busy');
    }
  }
  await takeBoth(page, 'health');
  await page.getByRole('tab', { name: /^Live sessions/ }).click();
  await takeBoth(page, 'health-sessions');
  await page.getByRole('tab', { name: /^Events/ }).click();
  await takeBoth(page, 'health-events');
  await page.getByRole('tab', { name: /^Managers/ }).click();
  await page.setViewportSize(narrow);
  await takeBoth(page, 'narrow-health');
  await gateway.dispose();
  await rig.guacd.tlsB.start();
});

test('pictures of the session registry, in each of its states', async ({ page, rig }) => {
  await mkdir(folder, { recursive: true });
  const [berlin, munich] = [await startEtcd({ size: 3 }), await startEtcd({ size: 1 })];
  const describePool = (id: string, name: string, { endpoints }: EtcdCluster) => ({
    id,
    name,
    endpoints: [...endpoints],
    slack: 2,
    leaseSeconds: 30,
  });
  const pools = [describePool('berlin', 'Berlin', berlin), describePool('munich', 'Munich', munich)];
  const gateway = await startWithVaults(rig, { ...describeCompany(rig), pools });
  await openApp(page, gateway);
  for (const vault of ['Head office', 'Data centre']) {
    const row = page.getByRole('treeitem', { name: new RegExp(`^${vault}`) });
    if ((await row.getAttribute('aria-expanded')) === 'false') await row.click();
  }
  for (const host of ['Build server', 'Accounting', 'Core switch'])
    await waitForPicture(await openByDoubleClick(page, host));
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const showPage = (name: string) =>
    page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
  await showPage('Session registry');
  for (const name of ['Berlin', 'Munich'])
    await page.getByRole('button', { name: `Members of ${name}` }).click();
  await expect(page.getByText('leader')).toHaveCount(2);
  await takeBoth(page, 'registry-settings');
  await showPage('Sessions');
  await expect(page.getByRole('row').filter({ hasText: 'Build server' })).toContainText('live');
  await takeBoth(page, 'registry-sessions');

  await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
  await page.getByRole('button', { name: /^Cluster health/ }).click();
  await page.getByRole('tab', { name: /^Registry/ }).click();
  const pool = page.getByRole('region', { name: 'Berlin', exact: true });
  await expect(pool.getByText('leader', { exact: true })).toBeVisible();
  await takeBoth(page, 'registry-live');
  const leader = await berlin.findLeader();
  await leader.kill();
  await expect(pool.getByText('failed')).toHaveCount(1, { timeout: 20_000 });
  await expect(pool.getByText('leader', { exact: true })).toBeVisible({ timeout: 20_000 });
  await takeBoth(page, 'registry-member-lost');
  const [second] = berlin.nodes.filter((node) => node !== leader);
  await second?.kill();
  await expect(pool.getByText(/^not current for/)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('New sessions go to Munich.', { exact: true })).toBeVisible();
  await takeBoth(page, 'registry-majority-lost');
  await expect(pool.getByText(/^own sessions not counted for/)).toBeVisible({ timeout: 60_000 });
  await takeBoth(page, 'registry-lease-lost');
  for (const node of [leader, second]) await node?.start();
  await expect(pool.getByText('live', { exact: true })).toBeVisible({ timeout: 30_000 });
  await page.setViewportSize(narrow);
  await takeBoth(page, 'narrow-registry');
  await gateway.dispose();
  await Promise.all([berlin.stop(), munich.stop()]);
});

test('pictures of signing in, people and their rights', async ({ page, rig }) => {
  await mkdir(folder, { recursive: true });
  const gateway = await startWithVaults(rig, describeCompany(rig));
  await openApp(page, gateway);
  await page.goto(`${gateway.origin}/first-administrator`);
  await takeBoth(page, 'sign-in-first-administrator');
  await page.getByLabel('Name to sign in with').fill('ada');
  await page.getByLabel(/^Password At least/).fill('violet tractor seven moons');
  await page.getByLabel('Password again').fill('violet tractor seven moons');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const showPage = (name: string) =>
    page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name, exact: true }).click();
  await showPage('People');
  for (const [name, groups] of [
    ['grace', 'Operations'],
    ['linus', 'Operations, Network'],
  ] as const) {
    await page.getByRole('button', { name: 'New account…' }).click();
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Groups').fill(groups);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await expect(page.getByRole('dialog', { name: `Invitation for ${name}` })).toBeVisible();
    await page.keyboard.press('Escape');
  }
  await takeBoth(page, 'people');
  await showPage('Signing in');
  await takeBoth(page, 'signing-in');
  await showPage('Rights');
  await takeBoth(page, 'rights');
  await page.context().clearCookies();
  await page.goto(`${gateway.origin}/sign-in`);
  await takeBoth(page, 'sign-in');
  await page.setViewportSize(narrow);
  await takeBoth(page, 'narrow-sign-in');
  await gateway.dispose();
});

test('pictures of a farm: its nodes, a drain, and a session that was opened anew', async ({
  rig,
  browser,
}) => {
  await mkdir(folder, { recursive: true });
  const farm = await startTakeoverFarm(rig, { users: ['ada'], etcdSize: 1 });
  try {
    const hosta = await farm.startNode('hosta');
    const user = await beginSession(browser, farm.origin, 'ada');
    const { page } = user;
    await page.setViewportSize(wide);
    const hostb = await farm.startNode('hostb');
    process.kill(hosta.pid, 'SIGTERM');
    await expect(page.getByText(/being stopped/).first()).toBeVisible();
    await page.screenshot({ path: join(folder, 'farm-drain-light.png'), animations: 'disabled' });
    await expect.poll(() => routeOf(user)).toBe('hostb');
    await hosta.stop();
    await farm.startNode('hosta');
    process.kill(hostb.pid, 'SIGKILL');
    for (const guacd of [rig.guacd.tlsA, rig.guacd.tlsB]) {
      await guacd.kill();
      await guacd.start();
    }
    await expect(page.getByText('The host was opened anew; what ran there may still run.')).toBeVisible();
    await takeBoth(page, 'farm-opened-anew');
  } finally {
    await farm.stop();
  }
});

test('pictures of the desktop app, every window', async ({ context, rig }) => {
  await mkdir(folder, { recursive: true });
  const settings = describeCompany(rig);
  const hosts = Object.values(describeVaults(rig)).flat();
  const desktop = await startDesktop(context, { settings, hosts, playsUpdates: true });
  const page = await desktop.openWindow();
  await waitForPicture(await openByDoubleClick(page, 'Accounting'));
  const build = await openByDoubleClick(page, 'Build server');
  await waitForPicture(build);
  await typeCommand(build, 'clear; ls -lh --color=always --time-style=+ /usr/share/zoneinfo | head -28');
  await waitForPicture(build);
  await takeBoth(page, 'desktop-main');

  const opening = context.waitForEvent('page');
  await page.getByRole('button', { name: 'More for Build server' }).click();
  await page.getByRole('menuitem', { name: 'Move to own window' }).click();
  const own = await opening;
  await own.setViewportSize({ width: 1000, height: 700 });
  await waitForPicture(own.getByRole('group', { name: 'Build server' }));
  await takeBoth(own, 'desktop-session-window');
  await expect(page.getByText('Build server has a window of its own')).toBeVisible();
  await takeBoth(page, 'desktop-moved-out');

  await giveLink(page, `ssh://deploy:hunter2@web1.corp.example:2222`);
  await expect(linkDialog(page).getByRole('button', { name: 'Open', exact: true })).toBeEnabled();
  await takeBoth(page, 'desktop-link');
  await linkDialog(page).getByRole('button', { name: 'Cancel' }).click();

  const window = await desktop.openWindow('?window=settings');
  await window.setViewportSize({ width: 1100, height: 760 });
  await expect(window.getByRole('heading', { name: 'Proximity groups' })).toBeVisible();
  await expect(window.getByRole('complementary')).toContainText('Nothing to save.');
  await expect(window.getByRole('complementary').locator('[class*=spinner]')).toHaveCount(0);
  await takeBoth(window, 'desktop-settings');
  const pages = window.getByRole('navigation', { name: 'Settings' });
  await pages.getByRole('button', { name: 'Preferences' }).click();
  await expect(window.getByRole('checkbox', { name: 'ssh:// links' })).toBeVisible();
  await takeBoth(window, 'desktop-preferences');
  await pages.getByRole('button', { name: 'About Proxima' }).click();
  const notes =
    'Faster first pictures of RDP hosts.\nSession managers in two groups are counted once.\nThe search finds tags with accents.';
  desktop.setUpdates({ kind: 'ready', version: '0.2.0', notes });
  await expect(window.getByRole('button', { name: 'Install and start anew' })).toBeVisible();
  await takeBoth(window, 'desktop-about');
  await window.getByRole('button', { name: 'Copy diagnostics…' }).click();
  await expect(window.getByRole('textbox', { name: 'Diagnostics' })).toHaveValue(/Proxima/);
  await takeBoth(window, 'desktop-diagnostics');

  await desktop.crash();
  await desktop.start();
  const next = await desktop.openWindow();
  await expect(next.getByText('Proxima ended unexpectedly.')).toBeVisible();
  await takeBoth(next, 'desktop-after-crash');
  await desktop.dispose();
});

test('pictures of the desktop app on a farm', async ({ context, rig }) => {
  await mkdir(folder, { recursive: true });
  const gateway = await startWithVaults(rig, describeCompany(rig));
  const { authority } = await certificatesOf(gateway);
  const verification = { kind: 'authorities', certificatesPem: authority.toString() } as const;
  const desktop = await startDesktop(context, {
    settings: settingsOf(rig),
    hosts: [],
    farm: { address: gateway.origin, verification },
  });
  const page = await desktop.openWindow();
  await page.setViewportSize(wide);
  await expect(page.getByRole('button', { name: 'Sign in', exact: true })).toBeEnabled();
  await takeBoth(page, 'desktop-farm-sign-in');
  await desktop.dispose();
  await gateway.dispose();
});

test('pictures of the desktop app under a policy', async ({ context, rig }) => {
  await mkdir(folder, { recursive: true });
  const desktop = await startDesktop(context, {
    settings: describeCompany(rig),
    // With nothing stored, as the policy has it.
    hosts: Object.values(describeVaults(rig))
      .flat()
      .map((host) => ({ ...host, secret: {} })),
    policy: {
      version: 1,
      managedBy: 'IT Operations, it@corp.example',
      restrictions: { plainAllowed: false, clipboard: 'to-host', fileTransfer: false, storeSecrets: false },
    },
  });
  const page = await desktop.openWindow();
  await expect(page.getByRole('tree', { name: 'Hosts' })).toBeVisible();
  await page.keyboard.press('Control+N');
  await expect(page.getByText('Passwords and keys are not stored on this machine.')).toBeVisible();
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Web server');
  await takeBoth(page, 'desktop-policy');
  await desktop.dispose();
});

test('the same terminal through both engines, and what RDP needs', async ({ page, rig, launch }) => {
  for (const engine of ['built-in', 'guacd']) {
    const options = { settings: emptySettings, flags: ['--local-manager', engine], hosts: hostsOf(rig) };
    await openApp(page, await launch(options));
    const pane = await openByDoubleClick(page, 'SSH shell');
    if (engine === 'built-in') {
      await waitForPicture(pane);
      await take(page, 'engine-host-key', 'dark');
      await typeCommand(pane, 'yes');
    }
    await waitForPicture(pane);
    await typeCommand(pane, 'vim -u NONE -c "syntax on" -c "set number laststatus=2" /etc/ssh/sshd_config');
    await page.waitForTimeout(1_500);
    await take(page, `engine-${engine}`, 'light');
    if (engine === 'guacd') continue;
    await openByDoubleClick(page, 'RDP desktop');
    await expect(page.getByRole('button', { name: 'I have installed it' })).toBeVisible();
    await takeBoth(page, 'engine-rdp-needs-guacd');
    await page.getByRole('button', { name: 'Settings' }).click();
    const pages = page.getByRole('navigation', { name: 'Settings' });
    await pages.getByRole('button', { name: 'Session managers' }).click();
    await takeBoth(page, 'engine-this-machine');
  }
});
