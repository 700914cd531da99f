import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { composeBrowserArguments, readPublicKeyHash } from './browser.ts';
import { type Child, startChild } from './childProcess.ts';

/** A browser that hasn't read the address by then has failed. */
const addressLifetimeMs = 60_000;

/**
 * Opens one window without a browser around it on a gateway's address with its one-time token.
 *
 * The token is in no command line, which everybody on the machine could read: the window begins with a file that only its
 * owner reads, and that leads on to the address. It is removed after a minute, or with the window.
 *
 * @throws when the gateway doesn't answer.
 */
export async function openBrowserWindow(window: {
  readonly browser: string;
  readonly url: string;
  /** For the browser's profile and the file with the address. */
  readonly folder: string;
  readonly isRoot: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Child> {
  const { browser, url, folder, isRoot, environment } = window;
  const publicKeyHash = await readPublicKeyHash(url);
  const profileFolder = join(folder, 'browser');
  mkdirSync(profileFolder, { recursive: true, mode: 0o700 });
  const address = writeAddress(folder, url);
  const args = composeBrowserArguments({ url: address.url, profileFolder, publicKeyHash, isRoot });
  const child = startChild(browser, args, {
    cwd: folder,
    ...(environment && { environment }),
    // A browser has much to say that concerns nobody.
    onOutput: () => {},
    onErrorOutput: () => {},
  });
  const expiry = setTimeout(address.remove, addressLifetimeMs);
  const exited = child.exited.finally(() => {
    clearTimeout(expiry);
    address.remove();
  });
  return { ...child, exited };
}

/** A page for its owner only that leads to the address. Browsers hold a SameSite cookie back there; the gateway knows. */
function writeAddress(folder: string, url: string): { readonly url: string; remove(): void } {
  const privateFolder = mkdtempSync(join(folder, 'opening-'));
  const file = join(privateFolder, 'proxima.html');
  const page = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${url}"><title>Proxima</title>\n`;
  writeFileSync(file, page, { flag: 'wx', mode: 0o600 });
  return {
    url: pathToFileURL(file).href,
    remove: () => rmSync(privateFolder, { recursive: true, force: true }),
  };
}
