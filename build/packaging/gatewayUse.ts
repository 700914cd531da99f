import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Child, startChild } from '../childProcess.ts';
import { expectNone, expectSame } from './outcome.ts';

/** Nobody's user and group on Debian: as little as the dynamic user of the unit. */
const nobody = 65534;
const startLimitMs = 20_000;

/**
 * Starts the installed gateway as its unit says, but as nobody and without a service manager; signs in, fetches the page, makes a
 * call over WebSocket, asks the container's health check, and ends it.
 *
 * @throws where any of that goes wrong; nothing of it runs on then.
 */
export async function startAndUse(): Promise<string> {
  const data = '/var/lib/proxima';
  const credentials = mkdtempSync(join(tmpdir(), 'proxima-credentials-'));
  mkdirSync(data, { mode: 0o700 });
  for (const path of [data, credentials]) chownSync(path, nobody, nobody);
  const key = join(credentials, 'gateway.key');
  writeFileSync(key, readFileSync('/etc/proxima/gateway.key'), { mode: 0o400 });
  chownSync(key, nobody, nobody);
  const command = composeCommand('/usr/lib/systemd/system/proxima-gateway.service', credentials);
  const gateway = startAs(command);
  try {
    const address = await gateway.address;
    await callGateway(address);
    const port = new URL(address).port;
    const health = spawnSync(process.execPath, ['/usr/lib/proxima-gateway/healthCheck.cjs', port]);
    expectSame('exit code of the health check', health.status, 0);
    const code = await endOrderly(gateway.child);
    expectSame('its exit code', code, 0);
    return 'sign-in page and a WebSocket call answered, as nobody';
  } finally {
    await gateway.child.end();
    rmSync(credentials, { recursive: true, force: true });
  }
}

async function endOrderly(child: Child): Promise<number> {
  await child.end();
  return child.exited;
}

/** What systemd makes of ExecStart=, for the specifiers and the variable that are in it; on a free port. */
function composeCommand(unit: string, credentials: string): string[] {
  const line = /^ExecStart=(.*)$/m.exec(readFileSync(unit, 'utf8'))?.[1] ?? '';
  const given =
    /^PROXIMA_GATEWAY_OPTIONS=(.*)$/m.exec(readFileSync('/etc/proxima/gateway.conf', 'utf8'))?.[1] ?? '';
  const words = line
    .replaceAll('%S', '/var/lib')
    .replaceAll('%d', credentials)
    .replace('$PROXIMA_GATEWAY_OPTIONS', given.replace(/:\d+/, ':0'))
    .split(' ');
  expectNone(
    'not understood in ExecStart',
    words.filter((word) => /[%$]/.test(word)),
  );
  return [...words, '--local-manager', 'built-in'];
}

function startAs(command: readonly string[]) {
  let output = '';
  let tell: (address: string) => void = () => undefined;
  const told = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const collect = (text: string) => {
    output += text;
    const address = /^Proxima is at (https:\S+)$/m.exec(output)?.[1];
    if (address !== undefined) tell(address);
  };
  const identity = [
    '--pdeathsig',
    'TERM',
    '--reuid',
    String(nobody),
    '--regid',
    String(nobody),
    '--clear-groups',
    '--no-new-privs',
  ];
  const child = startChild('/usr/bin/setpriv', [...identity, ...command], {
    cwd: '/',
    environment: { HOME: '/nonexistent' },
    onOutput: collect,
    onErrorOutput: collect,
  });
  const failed = child.exited.then((code): never => {
    throw new Error(`the gateway ended with ${code}: ${output.trim()}`);
  });
  const late = sleep(startLimitMs, undefined, { ref: false }).then((): never => {
    throw new Error(`the gateway printed no address: ${output.trim()}`);
  });
  const address = Promise.race([told, failed, late]);
  for (const promise of [failed, late]) promise.catch(() => undefined);
  return { child, address };
}

/** Its certificate is its own; that it's the one on this loopback port is all that counts here. */
const ownCertificate = { rejectUnauthorized: false } as const;

async function callGateway(address: string): Promise<void> {
  const { origin, host } = new URL(address);
  const signedOut = await fetchPage(origin, {});
  expectSame('status of the page without a sign-in', signedOut.status, 401);
  const signIn = await fetchPage(address, {});
  const cookie = signIn.cookie?.split(';')[0];
  if (cookie === undefined) throw new Error(`signing in gave status ${signIn.status} and no cookie`);
  const page = await fetchPage(origin, { headers: { cookie } });
  expectSame('status of the page', page.status, 200);
  if (!page.body.includes('<title>Proxima')) throw new Error('the page isn’t Proxima’s');
  const answer = await callOnce(`wss://${host}/rpc`, origin, cookie);
  if (!answer.includes('"runsIn":"gateway"'))
    throw new Error(`the call was answered by ${answer.slice(0, 200)}`);
}

function fetchPage(address: string, options: RequestOptions) {
  return new Promise<{ status: number; body: string; cookie: string | undefined }>((resolve, reject) => {
    get(address, { ...options, ...ownCertificate, timeout: startLimitMs }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, cookie: response.headers['set-cookie']?.[0] }),
      );
    }).on('error', reject);
  });
}

/** `app.describe` of the contract, as oRPC frames a call. */
function callOnce(address: string, origin: string, cookie: string): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const socket = new WebSocket(address, { ...ownCertificate, origin, headers: { cookie } });
    const limit = setTimeout(() => socket.terminate(), startLimitMs);
    socket.on('open', () =>
      socket.send(JSON.stringify({ i: '1', p: { u: '/app/describe', b: { json: {} } } })),
    );
    socket.on('message', (data: Buffer) => {
      resolve(data.toString());
      socket.close();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(limit);
      reject(new Error('the WebSocket closed without an answer'));
    });
  });
}
