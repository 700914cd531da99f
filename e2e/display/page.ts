import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { securityHeaders } from '../../shared/contract/contentSecurityPolicy.ts';
import { readRecording, recordingNames } from './recordings.ts';

const pageFolder = fileURLToPath(new URL('page', import.meta.url));
const rendererConfig = fileURLToPath(new URL('../../build/vite.renderer.config.ts', import.meta.url));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** A page with both displays, ours and guacamole-common-js'. */
export interface DisplayPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the page as the renderer is built, and serves it on loopback under the policy that the product's pages have. */
export async function serveDisplayPage(): Promise<DisplayPage> {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-display-'));
  // Loading vite takes longer than all the rest.
  const { build } = await import('vite');
  await build({
    configFile: rendererConfig,
    root: pageFolder,
    logLevel: 'warn',
    build: { outDir: folder, sourcemap: false },
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const recording = recordingNames.find((name) => path === `/recordings/${name}`);
    const file = path === '/' ? '/index.html' : path;
    const read = recording === undefined ? readFile(join(folder, file)) : readRecording(recording);
    read.then(
      (body) => {
        response.writeHead(200, {
          ...securityHeaders,
          'Content-Type': types[extname(file)] ?? 'application/octet-stream',
        });
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
