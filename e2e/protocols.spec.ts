import { expect } from 'playwright/test';
import { openApp, openByDoubleClick, paint, waitForPicture } from './app.ts';
import { test } from './fixtures.ts';

const hosts = ['SSH shell', 'SSH by key', 'Telnet shell', 'VNC desktop', 'RDP desktop', 'RDP with NLA'];

for (const name of hosts) {
  test(`a double-click on “${name}” draws its live screen, and typing works`, async ({
    page,
    launch,
  }, info) => {
    await openApp(page, await launch());
    const pane = await openByDoubleClick(page, name);
    await waitForPicture(pane);
    await expect(pane.getByText('secured', { exact: false })).toBeVisible();
    await paint(pane, 'green');
    await info.attach(`${name}.png`, { body: await page.screenshot(), contentType: 'image/png' });
  });
}
