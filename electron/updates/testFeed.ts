import type { AppImageUpdater } from 'electron-updater';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { createServer, request, type RequestOptions } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { FeedSession } from './feed.ts';
import { pinOfCertificate } from './feed.ts';
import type { Updater } from './updates.ts';

/** electron-updater's own parts, which are CommonJS; its entry would make an updater of Electron. */
const load = createLoader();

type Handler = (path: string) => {
  readonly status?: number;
  readonly body?: string;
  readonly endless?: true;
  readonly to?: string;
};

/** A feed on loopback, over TLS. */
export async function startFeed(certificate: {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}) {
  const { certificatePem, privateKeyPem } = certificate;
  let answer: Handler = () => ({ status: 404 });
  const asked: string[] = [];
  const told: Record<string, unknown>[] = [];
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (incoming, response) => {
    const path = (incoming.url ?? '').replace(/\?.*/, '');
    asked.push(path);
    told.push(incoming.headers);
    const { status = 200, body = '', endless, to } = answer(path);
    const length = endless ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(to === undefined ? status : 302, to === undefined ? length : { location: to });
    if (!endless) {
      response.end(body);
      return;
    }
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', pour);
    pour();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}/updates/`,
    pin: pinOfCertificate(certificatePem),
    asked,
    /** Headers of the requests. */
    told,
    answer: (handler: Handler) => {
      answer = handler;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** electron-updater's updater for AppImages as it runs in Electron, but for its network and its app. */
export async function openTestUpdater(authorityPem: string, version = '1.0.0') {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-updates-'));
  const appImage = join(folder, 'app', 'Proxima.AppImage');
  await mkdir(join(folder, 'app'));
  await writeFile(appImage, '#!/bin/sh\n');
  await chmod(appImage, 0o755);
  const configFile = join(folder, 'app-update.yml');
  await writeFile(configFile, 'provider: generic\nurl: https://localhost:1/\nupdaterCacheDirName: proxima\n');
  const before = process.env['APPIMAGE'];
  process.env['APPIMAGE'] = appImage;

  const onQuit: ((exitCode: number) => void)[] = [];
  const { AppImageUpdater: Real } = load('electron-updater/out/AppImageUpdater.js') as {
    AppImageUpdater: typeof AppImageUpdater;
  };
  const updater = new Real(null, {
    version,
    name: 'Proxima',
    isPackaged: true,
    appUpdateConfigPath: configFile,
    userDataPath: join(folder, 'data'),
    baseCachePath: join(folder, 'cache'),
    whenReady: () => Promise.resolve(),
    relaunch: () => undefined,
    quit: () => undefined,
    onQuit: (handler: (exitCode: number) => void) => void onQuit.push(handler),
  });
  const session = createSession();
  Object.defineProperty(updater, 'httpExecutor', { value: createExecutor(session, authorityPem) });
  Object.defineProperty(updater, 'netSession', { value: session });
  // Electron's part of it quits the app; the installation is real.
  Object.defineProperty(updater, 'quitAndInstall', { value: () => updater.install(true, false) });
  return {
    updater: updater as unknown as Updater,
    appImage,
    userFolder: join(folder, 'data'),
    cacheFolder: join(folder, 'cache', 'proxima', 'pending'),
    /** As if Electron didn't ask about answers. */
    ignoreAnswers: () => {
      session.webRequest.onHeadersReceived = () => undefined;
    },
    quit: () => onQuit.forEach((handler) => handler(0)),
    close: async () => {
      if (before === undefined) delete process.env['APPIMAGE'];
      else process.env['APPIMAGE'] = before;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What `latest-linux.yml` says of a file, and changes to that. */
export function announce(content: string, version: string, change: object = {}): string {
  const url = `Proxima-${version}.AppImage`;
  const sha512 = createHash('sha512').update(content).digest('base64');
  const file = { url, sha512, size: content.length };
  // JSON is YAML, too.
  return JSON.stringify({ version, files: [file], path: url, sha512, releaseDate: '2026-11-20', ...change });
}

type PinCheck = Parameters<FeedSession['setCertificateVerifyProc']>[0];
type RequestCheck = Parameters<FeedSession['webRequest']['onBeforeRequest']>[0];
type AnswerCheck = Parameters<FeedSession['webRequest']['onHeadersReceived']>[0];

interface TestSession extends FeedSession {
  readonly webRequest: {
    -readonly [Name in keyof FeedSession['webRequest']]: FeedSession['webRequest'][Name];
  };
  checkCertificate?: PinCheck;
  checkRequest?: RequestCheck;
  checkAnswer?: AnswerCheck;
}

function createSession(): TestSession {
  const session: TestSession = {
    setCertificateVerifyProc: (check) => {
      session.checkCertificate = check;
    },
    webRequest: {
      onBeforeRequest: (check) => {
        session.checkRequest = check;
      },
      onHeadersReceived: (check) => {
        session.checkAnswer = check;
      },
    },
  };
  return session;
}

interface Executor {
  createRequest(options: RequestOptions, callback: (response: IncomingMessage) => void): ClientRequest;
}

/** electron-updater's executor over Node's TLS; it asks the session as Chromium does. */
function createExecutor(session: TestSession, authorityPem: string): unknown {
  const { ElectronHttpExecutor } = load('electron-updater/out/electronHttpExecutor.js') as {
    ElectronHttpExecutor: new () => Executor;
  };
  class NodeExecutor extends ElectronHttpExecutor {
    override createRequest(options: RequestOptions, callback: (response: IncomingMessage) => void) {
      const url = `${options.protocol}//${options.hostname}${options.path}`;
      let mayGo = true;
      session.checkRequest?.({ url }, ({ cancel }) => {
        mayGo = !cancel;
      });
      if (!mayGo) throw new Error('net::ERR_BLOCKED_BY_CLIENT');
      const made = request({ ...options, ca: authorityPem, agent: false }, (response) => {
        const { statusCode = 0, headers } = response;
        const length = headers['content-length'];
        const responseHeaders = length === undefined ? {} : { 'Content-Length': [length] };
        const ask: AnswerCheck = session.checkAnswer ?? ((_, go) => go({ cancel: false }));
        ask({ url, statusCode, responseHeaders }, ({ cancel }) => {
          if (cancel) made.destroy(new Error('net::ERR_BLOCKED_BY_CLIENT'));
          else callback(response);
        });
      });
      made.on('socket', (socket) =>
        (socket as TLSSocket).on('secureConnect', () => {
          const data = (socket as TLSSocket).getPeerX509Certificate()?.toString() ?? '';
          session.checkCertificate?.({ hostname: 'localhost', certificate: { data } }, (answer) => {
            if (answer !== -3) made.destroy(new Error('net::ERR_FAILED'));
          });
        }),
      );
      return made;
    }
  }
  return new NodeExecutor();
}

function createLoader() {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve('electron-updater/package.json'));
  return (name: string): unknown => theirs(name);
}
