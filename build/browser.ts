import { createHash, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { connect } from 'node:tls';

const commands = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'microsoft-edge',
  'microsoft-edge-stable',
];
const macApplications = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const windowsPrograms = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Chromium\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];
const connectTimeoutMs = 5_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** The first browser here that has Chromium's app mode. */
export function findBrowser(
  platform = process.platform,
  environment: Environment = process.env,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  return listCandidates(platform, environment).find((path) => exists(path));
}

function listCandidates(platform: NodeJS.Platform, environment: Environment): string[] {
  if (platform === 'darwin') {
    return macApplications.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (platform === 'win32') {
    const folders = [
      environment['PROGRAMFILES'],
      environment['PROGRAMFILES(X86)'],
      environment['LOCALAPPDATA'],
    ];
    return folders.flatMap((folder) =>
      folder === undefined ? [] : windowsPrograms.map((program) => `${folder}\\${program}`),
    );
  }
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return commands.flatMap((command) => folders.map((folder) => join(folder, command)));
}

/** Whether a window can be opened here. */
export function hasDisplay(platform = process.platform, environment: Environment = process.env): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment['DISPLAY']) || Boolean(environment['WAYLAND_DISPLAY']);
}

/** The command line that opens one window without a browser around it, in a profile of its own. */
export function composeBrowserArguments(window: {
  readonly url: string;
  readonly profileFolder: string;
  /** Of the only certificate that is accepted though no authority vouches for it. */
  readonly publicKeyHash: string;
  readonly isRoot: boolean;
}): string[] {
  return [
    `--app=${window.url}`,
    `--user-data-dir=${window.profileFolder}`,
    `--ignore-certificate-errors-spki-list=${window.publicKeyHash}`,
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--password-store=basic',
    // Keeps Chromium from a bar of its own about the certificate above, or about the sandbox.
    '--test-type',
    ...(window.isRoot ? ['--no-sandbox'] : []),
  ];
}

/**
 * SHA-256 (base64) over the public key (SubjectPublicKeyInfo) of the certificate that a server shows: how Chromium
 * names the one it's to accept.
 *
 * @throws when nobody answers within five seconds.
 */
export async function readPublicKeyHash(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    // Nothing is sent: this only reads the certificate of our own child.
    rejectUnauthorized: false,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.setTimeout(connectTimeoutMs, () => reject(new Error(`no answer from ${hostname}:${port}`)));
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return hashPublicKey(socket.getPeerCertificate().raw);
  } finally {
    socket.destroy();
  }
}

function hashPublicKey(certificate: Buffer): string {
  const { publicKey } = new X509Certificate(certificate);
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}
