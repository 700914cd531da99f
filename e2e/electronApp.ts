import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron as electron, type ElectronApplication, expect, type Page } from 'playwright/test';
import { findElectron } from '../build/electronBinary.ts';
import { settingsOf } from './fixtures.ts';
import { hostsOf } from './rig/hosts.ts';
import type { Rig } from './rig/rig.ts';

const main = fileURLToPath(new URL('../dist/electron/main.js', import.meta.url));
const endLimitMs = 15_000;
/** Chromium can't use its sandbox as root. */
const rootArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** A data folder of the desktop app, started in the real Electron as often as a test wants. */
export interface ElectronDesktop {
  readonly dataFolder: string;
  /** Starts it, with these after its own arguments. */
  start(...args: readonly string[]): Promise<ElectronApplication>;
  /** Starts it beside one that runs, as the system does for a link. @returns its exit code. */
  startSecond(...args: readonly string[]): Promise<number | null>;
  dispose(): Promise<void>;
}

/** @param rig where sessions are to be opened; its screen is used then, instead of this person's. */
export function prepareElectron(rig?: Rig): ElectronDesktop {
  const folder = mkdtempSync(join(tmpdir(), 'proxima-electron-'));
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  const hostFile = join(folder, 'hosts.json');
  const hosts = rig === undefined ? [] : hostsOf(rig);
  writeFileSync(hostFile, JSON.stringify({ vault: 'Demo', hosts }), { mode: 0o600 });
  if (rig !== undefined) writeFileSync(join(dataFolder, 'settings.json'), JSON.stringify(settingsOf(rig)));
  const environment = {
    ...(process.env as Record<string, string>),
    ...(rig !== undefined && { DISPLAY: rig.vnc.display, XAUTHORITY: rig.vnc.authorityFile }),
    // Not this person's keychain.
    PROXIMA_KEY: 'the key of this test',
  };
  const running = new Set<ElectronApplication>();
  let isFirst = true;
  const argumentsOf = (args: readonly string[]) => {
    const toAdd = isFirst ? ['--add-hosts', hostFile] : [];
    return [main, '--data', dataFolder, ...toAdd, ...rootArguments, ...args];
  };
  return {
    dataFolder,
    async start(...args) {
      const app = await electron.launch({
        executablePath: binaryPath(),
        args: argumentsOf(args),
        env: environment,
      });
      isFirst = false;
      running.add(app);
      app.once('close', () => running.delete(app));
      return app;
    },
    async startSecond(...args) {
      const child = spawn(binaryPath(), argumentsOf(args), { env: environment, stdio: 'ignore' });
      const limit = setTimeout(() => child.kill('SIGKILL'), endLimitMs);
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      clearTimeout(limit);
      return code;
    },
    async dispose() {
      await Promise.all([...running].map((app) => app.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Its first sign of life: the window is there and has the contract. */
export async function expectAlive(app: ElectronApplication): Promise<Page> {
  const page = await app.firstWindow();
  await expect(page.getByRole('textbox', { name: 'Search hosts' })).toBeVisible();
  return page;
}

function binaryPath(): string {
  const binary = findElectron();
  if (binary.kind === 'missing') throw new Error(binary.why);
  return binary.path;
}
