import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, type Download, type Page } from 'playwright/test';
import { hostRow, openApp, openByDoubleClick, sessionPane, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';
import { settingsFor } from './gateway.ts';
import { chooseAccount } from './rig/account.ts';
import { startGuacd } from './rig/guacd.ts';
import type { RigContext } from './rig/process.ts';

const run = promisify(execFile);

async function showPage(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name }).click();
}

async function save(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Save', exact: true });
  await button.click();
  await expect(button).toBeDisabled();
}

/** Unpacks the bundle of one machine as its README says, and reads what guacd needs. */
async function unpack(download: Download): Promise<{ certificatePem: string; privateKeyPem: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-bundle-'));
  const archive = join(folder, 'bundle.tar.gz');
  await download.saveAs(archive);
  await run('tar', ['-xzf', archive, '--strip-components=1', '-C', folder]);
  const read = (name: string) => readFile(join(folder, name), 'utf8');
  const files = { certificatePem: await read('certificate.pem'), privateKeyPem: await read('key.pem') };
  await rm(folder, { recursive: true });
  return files;
}

/** What every private key on P-256 begins with (RFC 5958: PKCS#8, id-ecPublicKey, prime256v1), as bytes and as text. */
const keyStart = Buffer.from('308187020100301306072a8648ce3d020106082a8648ce3d030107', 'hex');

/** How a private key could be written down: any of Proxima's, and this one in particular. */
function spellingsOf(privateKeyPem: string): readonly (Buffer | string)[] {
  const body = privateKeyPem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  const der = Buffer.from(body.join(''), 'base64');
  expect(der.subarray(0, keyStart.length)).toEqual(keyStart);
  return [
    'PRIVATE KEY',
    keyStart,
    keyStart.toString('base64'),
    keyStart.toString('hex'),
    der.subarray(keyStart.length),
    ...body,
  ];
}

test('certificates made by the app carry a verified session to a real guacd, until the manager’s is revoked', async ({
  page,
  launch,
  rig,
}) => {
  const gateway = await launch({ settings: settingsFor([], { kind: 'authorities' }) });
  const frames: Buffer[] = [];
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => frames.push(Buffer.from(payload)));
  });
  await openApp(page, gateway);
  await page.keyboard.press('ControlOrMeta+,');

  await showPage(page, 'Certificates');
  await page.getByRole('button', { name: 'Create certificates…' }).click();
  const dialog = page.getByRole('dialog');
  const managers = dialog.getByRole('region', { name: 'Session managers' });
  await managers.getByRole('button', { name: 'Add a machine' }).click();
  await managers.getByLabel('Name', { exact: true }).fill('berlin');
  await managers.getByLabel('Names and addresses').fill('127.0.0.1');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await expect(dialog).toHaveAccessibleName('What to copy where');
  await expect(dialog.getByRole('region', { name: 'To each broker' })).toContainText('broker-1');
  const downloading = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Download bundle for berlin' }).click();
  const certificate = await unpack(await downloading);
  await expect(dialog.getByText('proxima-berlin.tar.gz')).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const authority = page.getByRole('region', { name: 'Proxima authority' });
  await expect(authority.getByRole('listitem').filter({ hasText: 'berlin' })).toContainText('127.0.0.1');
  await expect(authority.getByRole('listitem').filter({ hasText: 'broker-1' })).toContainText('Client');

  // What was unpacked is all that guacd gets.
  const context: RigContext = { folder: rig.folder, account: chooseAccount(), servers: new Set() };
  const guacd = await startGuacd(context, 'guacd-berlin', certificate);
  try {
    await showPage(page, 'Proximity groups');
    await page.getByRole('button', { name: 'Default', exact: true }).click();
    await page.getByRole('radio', { name: /^My own authorities/ }).click();
    await page.getByRole('button', { name: 'Add an authority of Proxima' }).click();
    await page.getByRole('menuitem', { name: 'Proxima authority' }).click();
    await expect(page.getByLabel('Certificates of the authorities')).toHaveValue(/BEGIN CERTIFICATE/);

    await showPage(page, 'Session managers');
    await page.getByRole('button', { name: 'New session manager' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('Berlin');
    await dialog.getByLabel('Address', { exact: true }).fill('127.0.0.1');
    await dialog.getByLabel('Port', { exact: true }).fill(String(guacd.port));
    await dialog.getByRole('button', { name: 'Add and check' }).click();
    const row = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('button', { name: 'Berlin', exact: true }) });
    await expect(row.getByText('secured')).toBeVisible();
    await save(page);
    await expect(row.getByText('secured')).toBeVisible();

    await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
    const pane = await openByDoubleClick(page, 'SSH shell');
    await waitForPicture(pane);
    await expect(pane.getByText('via Berlin')).toBeVisible();
    await expect(pane.getByText('secured')).toBeVisible();
    expect(await readFile(guacd.logFile, 'utf8')).toContain('Communication will require SSL/TLS');

    // The keyboard is the host's now.
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await showPage(page, 'Certificates');
    await page.getByRole('button', { name: 'Actions for berlin' }).click();
    await page.getByRole('menuitem', { name: 'Revoke…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await expect(authority.getByRole('listitem').filter({ hasText: 'berlin' })).toContainText(/revoked/i);
    const words = 'The certificate of the session manager Berlin was revoked.';
    await showPage(page, 'Session managers');
    await page.getByRole('button', { name: 'Check Berlin now' }).click();
    await expect(row.getByText('failed')).toBeVisible();
    await expect(row.getByRole('status')).toContainText(`Certificate: ${words}`);

    // Who is on it stays; nobody else gets there.
    await page.getByRole('button', { name: 'Back to hosts and sessions' }).click();
    await expect(pane.getByText('secured')).toBeVisible();
    await hostRow(page, 'Telnet shell').dblclick();
    const refused = sessionPane(page, 'Telnet shell');
    await expect(refused.getByRole('alert')).toContainText(words);
    await expect(refused.getByText(/^manager_certificate_revoked/)).toBeVisible();
  } finally {
    await guacd.stop();
  }

  const files = await gateway.readFiles();
  expect([...files.keys()].some((path) => path.endsWith('secrets.json'))).toBe(true);
  // What the gateway shows to browsers, in a file of its own as everything that serves HTTPS has it.
  expect(files.delete(join(gateway.dataFolder, 'gateway-key.pem'))).toBe(true);
  expect(frames.length).toBeGreaterThan(20);
  const places = [...files, ...frames.map((frame, index) => [`frame ${index}`, frame] as const)];
  for (const spelling of spellingsOf(certificate.privateKeyPem)) {
    for (const [place, content] of places)
      expect(content.includes(spelling), `a private key in ${place}`).toBe(false);
  }
});
