import { expect } from 'playwright/test';
import { expectPaint, paint, sessionPane } from './app.ts';
import { test } from './fixtures.ts';
import { beginSession, hostName, routeOf, startTakeoverFarm } from './takeoverFarm.ts';

test('two people keep their shells when their gateway is drained, and come back when the next is killed', async ({
  rig,
  browser,
}) => {
  const farm = await startTakeoverFarm(rig, { users: ['ada', 'grace'], etcdSize: 1 });
  try {
    const hosta = await farm.startNode('hosta');
    const users = await Promise.all(['ada', 'grace'].map((name) => beginSession(browser, farm.origin, name)));
    const panes = users.map(({ page }) => sessionPane(page, hostName));
    const [hostb] = await Promise.all([
      farm.startNode('hostb'),
      ...panes.map((pane) => paint(pane, 'green')),
    ]);

    await test.step('a drain: the same shells go on at the other node, and nobody sees an error', async () => {
      process.kill(hosta.pid, 'SIGTERM');
      for (const user of users) await expect.poll(() => routeOf(user)).toBe('hostb');
      await expect.poll(() => farm.listRoutes()).toEqual(['hostb', 'hostb']);
      for (const pane of panes) await expectPaint(pane, 'green');
      for (const user of users) expect(await user.listErrors()).toEqual([]);
      await hosta.stop();
    });

    await test.step('a death, of the session managers as well: the hosts are opened anew, and that is said', async () => {
      await farm.startNode('hosta');
      process.kill(hostb.pid, 'SIGKILL');
      for (const guacd of [rig.guacd.tlsA, rig.guacd.tlsB]) {
        await guacd.kill();
        await guacd.start();
      }
      await Promise.all(
        panes.map(async (pane) => {
          await expect(
            pane.getByText('The host was opened anew; what ran there may still run.'),
          ).toBeVisible();
          await paint(pane, 'magenta');
        }),
      );
      for (const user of users) expect(await routeOf(user)).toBe('hosta');
      const routes = await farm.listRoutes();
      expect(routes.filter((route) => route === 'hosta')).toHaveLength(2);
    });
  } finally {
    await farm.stop();
  }
});
