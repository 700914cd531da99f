import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { sealLine } from '../electron/store/sealedLine.ts';
import { type GatewayProcess, sampleHost, startGateway } from './gateway.ts';

const program = new URL('../dist/electron/headless.js', import.meta.url).pathname;
let gateway: GatewayProcess;

test.beforeEach(async () => {
  gateway = await startGateway({ hosts: [sampleHost(1, { name: 'Kept', protocol: 'ssh', port: 22 })] });
});
test.afterEach(() => gateway.dispose());

/** Runs one more gateway to its end, on the same data folder. */
function startAnother(...flags: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [program, 'gateway', '--data', gateway.dataFolder, '--local-manager', 'none', ...flags],
    { encoding: 'utf8', timeout: 20_000 },
  );
  return { status, stdout, stderr };
}

/** All but the log, which a refused start may add to. */
async function readDocuments(): Promise<ReadonlyMap<string, string>> {
  const files = [...(await gateway.readFiles())].filter(([path]) => !path.endsWith('.log'));
  return new Map(files.map(([path, content]) => [path, content.toString()]));
}

test('a second gateway on the same data folder says so, ends, and harms nothing', async ({ page }) => {
  const before = await readDocuments();
  const second = startAnother('--listen', 'localhost:0');
  expect(second.stderr).toMatch(
    /^Proxima can't start: Another Proxima is using this data folder\. End the other one first, or start this one with a data folder of its own \(--data\)\. \(process \d+ holds \S+; if that is not a Proxima, delete \S+proxima\.lock\)\n$/,
  );
  expect(second).toMatchObject({ status: 1, stdout: '' });
  expect(await readDocuments()).toEqual(before);
  await page.goto(gateway.signInUrl);
  await expect(page.getByRole('treeitem', { name: /^Kept/ })).toBeVisible();
});

test('a host list of a newer version is left alone, and the person told', async () => {
  await gateway.stop();
  const path = join(gateway.dataFolder, 'hosts.ndjson');
  const newer = `${sealLine({ format: 'proxima-hosts', version: 2 })}{"unheard":"of"}\n`;
  writeFileSync(path, newer);
  const other = startAnother();
  expect(other.stderr).toMatch(
    /^Proxima can't start: What is stored here was written by a newer version of Proxima\. Start the newer version\. \(\S+hosts\.ndjson has format 2; this version reads formats up to 1\)\n$/,
  );
  expect(other).toMatchObject({ status: 1, stdout: '' });
  expect(readFileSync(path, 'utf8')).toBe(newer);
});
