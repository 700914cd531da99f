import { execFileSync } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../electron/secrets/certificateAuthority.ts';
import { composeBrowserArguments, findBrowser, hasDisplay, readPublicKeyHash } from './browser.ts';

describe('findBrowser', () => {
  const having =
    (...paths: string[]) =>
    (path: string) =>
      paths.includes(path);

  it('prefers Chromium wherever it lies on the PATH', () => {
    const environment = { PATH: '/usr/local/bin:/usr/bin' };
    const exists = having('/usr/local/bin/google-chrome', '/usr/bin/chromium');
    expect(findBrowser('linux', environment, exists)).toBe('/usr/bin/chromium');
    expect(findBrowser('linux', environment, having('/usr/bin/microsoft-edge'))).toBe(
      '/usr/bin/microsoft-edge',
    );
  });

  it('knows where macOS and Windows have it', () => {
    const chrome = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
    expect(findBrowser('darwin', {}, having(chrome))).toBe(chrome);
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
    expect(findBrowser('win32', { 'PROGRAMFILES(X86)': 'C:\\Program Files (x86)' }, having(edge))).toBe(edge);
  });

  it('finds nothing where there is nothing', () => {
    expect(findBrowser('linux', {}, () => true)).toBeUndefined();
    expect(findBrowser('linux', { PATH: '/usr/bin' }, () => false)).toBeUndefined();
  });
});

it('tells whether a window can be opened', () => {
  expect(hasDisplay('linux', { DISPLAY: ':0' })).toBe(true);
  expect(hasDisplay('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(hasDisplay('linux', { DISPLAY: '' })).toBe(false);
  expect(hasDisplay('darwin', {})).toBe(true);
});

it('gives up the sandbox for root only, and never certificate checks as such', () => {
  const window = { url: 'https://127.0.0.1:1/', profileFolder: '/p', publicKeyHash: 'hash' };
  const ordinary = composeBrowserArguments({ ...window, isRoot: false });
  expect(ordinary).toContain('--app=https://127.0.0.1:1/');
  expect(ordinary).not.toContain('--no-sandbox');
  expect(ordinary).not.toContain('--ignore-certificate-errors');
  expect(composeBrowserArguments({ ...window, isRoot: true })).toContain('--no-sandbox');
});

describe('readPublicKeyHash', () => {
  let certificatePem: string;
  const server = createServer();

  beforeAll(async () => {
    const authority = await createAuthority({ commonName: 'test', lifetimeDays: 1 });
    certificatePem = authority.certificatePem;
    server.setSecureContext({ cert: authority.certificatePem, key: authority.privateKeyPem });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('agrees with OpenSSL on the certificate that the server shows', async () => {
    const publicKey = execFileSync('openssl', ['x509', '-pubkey', '-noout'], { input: certificatePem });
    const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'der'], { input: publicKey });
    const hash = execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der }).toString('base64');
    const { port } = server.address() as AddressInfo;
    expect(await readPublicKeyHash(`https://127.0.0.1:${port}/sign-in?token=x`)).toBe(hash);
  });

  it('rejects where nobody listens', async () => {
    await expect(readPublicKeyHash('https://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED');
  });
});
