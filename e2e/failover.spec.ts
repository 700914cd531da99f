import { expect } from 'playwright/test';
import { openApp, openByDoubleClick, paint, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';

test('a manager that is killed before the first picture gives way to the other, and the card says so', async ({
  page,
  launch,
  rig,
}) => {
  await openApp(page, await launch());
  const { tlsA, tlsB } = rig.guacd;
  // Hung managers accept, and answer nothing: the opening stays before its first `sync` for as long as the test wants.
  tlsA.pause();
  tlsB.pause();
  const pane = await openByDoubleClick(page, 'SSH shell');
  const step = pane.getByRole('status').filter({ hasText: /guacd-[ab]/ });
  await expect(step).toBeVisible();
  const chosen = (await step.innerText()).includes('guacd-a') ? 'guacd-a' : 'guacd-b';
  const [killed, other] = chosen === 'guacd-a' ? [tlsA, tlsB] : [tlsB, tlsA];
  other.resume();
  await killed.kill();

  await waitForPicture(pane);
  await paint(pane, 'green');
  await pane.getByRole('button', { name: 'Why here?' }).click();
  const card = page.getByRole('dialog', { name: 'Why here?' });
  const attempts = card.getByRole('region', { name: 'What was tried' }).getByRole('listitem');
  await expect(attempts).toHaveCount(2);
  await expect(attempts.nth(0)).toContainText(chosen);
  await expect(attempts.nth(0)).toContainText('closed the connection');
  await expect(attempts.nth(1)).toContainText(chosen === 'guacd-a' ? 'guacd-b' : 'guacd-a');
});

test('openings spread over the managers of a group, fewest sessions first', async ({ page, launch }) => {
  await openApp(page, await launch());
  const names = ['SSH shell', 'Telnet shell', 'VNC desktop', 'SSH by key'];
  const managers: string[] = [];
  for (const name of names) {
    const pane = await openByDoubleClick(page, name);
    managers.push(await pane.getByText(/^via guacd-[ab]$/).innerText());
  }
  expect(managers.toSorted()).toEqual(['via guacd-a', 'via guacd-a', 'via guacd-b', 'via guacd-b']);
});

test('while every manager is down the opening waits in sight, and goes on when one is back', async ({
  page,
  launch,
  rig,
}) => {
  const { tlsA, tlsB } = rig.guacd;
  await Promise.all([tlsA.stop(), tlsB.stop()]);
  await openApp(page, await launch());
  const pane = await openByDoubleClick(page, 'SSH shell');
  await expect(pane.getByRole('status').filter({ hasText: /wait/i })).toBeVisible();
  await expect(pane.getByRole('button', { name: 'Cancel' })).toBeVisible();
  await tlsB.start();
  await waitForPicture(pane);
  await expect(pane.getByText('via guacd-b')).toBeVisible();
});

test('a manager that dies under a live session is told, other sessions go on, and Reconnect opens it on the other', async ({
  page,
  launch,
  rig,
}) => {
  await openApp(page, await launch());
  const first = await openByDoubleClick(page, 'SSH shell');
  await waitForPicture(first);
  const second = await openByDoubleClick(page, 'Telnet shell');
  await waitForPicture(second);
  const tab = (name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) });
  await tab('SSH shell').click();
  const isOnA = await first.getByText('via guacd-a').isVisible();
  await (isOnA ? rig.guacd.tlsA : rig.guacd.tlsB).kill();

  await expect(first.getByRole('alert')).toContainText('The connection to the session manager');
  await expect(first.getByText('manager_lost')).toBeVisible();
  await first.getByRole('button', { name: 'Reconnect' }).click();
  await waitForPicture(first);
  await expect(first.getByText(isOnA ? 'via guacd-b' : 'via guacd-a')).toBeVisible();
  await tab('Telnet shell').click();
  await paint(second, 'magenta');
});
