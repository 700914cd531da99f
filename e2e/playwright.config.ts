import { fileURLToPath } from 'node:url';
import { defineConfig } from 'playwright/test';
import { findElectron } from '../build/electronBinary.ts';

const output = fileURLToPath(new URL('../out', import.meta.url));
const chromium = process.env['PROXIMA_CHROMIUM'] ?? '/usr/bin/chromium';

/** Chromium can't use its sandbox as root. */
const rootArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
/** Keeps Chromium from asking the network for anything of its own. */
const quietArguments = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Pictures for docs/ are made on demand: `npm run screenshots`. */
const onDemand = process.env['PROXIMA_SCREENSHOTS'] === undefined ? ['screenshots.spec.ts'] : [];

export default defineConfig({
  testDir: '.',
  outputDir: `${output}/e2e`,
  forbidOnly: true,
  fullyParallel: false,
  // Each has servers and a browser of its own, and waits more than it computes: two take little more than half of the time.
  workers: 2,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: `${output}/e2e.json` }]],
  use: {
    // The gateway's certificate is its own, made at its first start.
    ignoreHTTPSErrors: true,
    actionTimeout: 10_000,
    screenshot: 'only-on-failure',
    // A film of each test would cost a sixth of the time; the picture above shows where it failed.
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
  projects: [
    {
      name: 'chromium',
      testMatch: '*.spec.ts',
      testIgnore: ['electron*.spec.ts', ...onDemand],
      use: {
        browserName: 'chromium',
        launchOptions: { executablePath: chromium, args: [...rootArguments, ...quietArguments] },
      },
    },
    ...(findElectron().kind === 'found' ? [{ name: 'electron', testMatch: 'electron*.spec.ts' }] : []),
  ],
});
