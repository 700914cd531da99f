import { createHash, X509Certificate } from 'node:crypto';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createPlainServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import type { FarmChoice } from '../../shared/model/farmChoice.ts';
import { createAuthority, issueCertificate } from '../secrets/certificateAuthority.ts';
import { connectVerified } from './verifiedSocket.ts';

const authority = await createAuthority({ commonName: 'Farm authority', lifetimeDays: 1 });
const otherAuthority = await createAuthority({ commonName: 'Another authority', lifetimeDays: 1 });
const forLoopback = {
  commonName: 'farm',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  usage: 'server',
} as const;
const right = await issueCertificate(authority, forLoopback);
const otherName = await issueCertificate(authority, {
  ...forLoopback,
  dnsNames: ['elsewhere.example'],
  ipAddresses: ['127.0.0.2'],
});
const pinOf = (pem: string) =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const servers: { close(): void }[] = [];
let received: string;
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** What is sent to it is kept: nothing may be, where the certificate is wrong. */
async function serve({ certificatePem, privateKeyPem }: typeof right): Promise<string> {
  received = '';
  const server: Server = createServer({ cert: certificatePem, key: privateKeyPem }, (socket) => {
    socket.on('data', (data) => (received += data.toString()));
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const chain = (pem: string): FarmChoice['verification'] => ({ kind: 'authorities', certificatesPem: pem });
const connect = async (address: string, verification: FarmChoice['verification']) => {
  const connected = await connectVerified({ address, verification });
  if (connected.ok) connected.value.destroy();
  return connected.ok ? 'verified' : connected.failure;
};
const untrusted = (detail: string) => ({ code: 'farm_certificate_untrusted', detail });

it.each([
  ['the authority that issued it', chain(authority.certificatePem), 'verified'],
  [
    'another authority',
    chain(otherAuthority.certificatePem),
    untrusted('no authority that is trusted here issued it'),
  ],
  [
    'the system, which does not know the authority',
    { kind: 'system' },
    untrusted('no authority that is trusted here issued it'),
  ],
  [
    'its key',
    { kind: 'pins', pins: [pinOf(otherName.certificatePem), pinOf(right.certificatePem)] },
    'verified',
  ],
  [
    'another key',
    { kind: 'pins', pins: [pinOf(otherName.certificatePem)] },
    untrusted('its key is not the pinned one'),
  ],
  [
    'nonsense',
    chain('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'),
    untrusted('no authority that is trusted here issued it'),
  ],
] as const)('verifies by %s', async (_what, verification, outcome) => {
  const address = await serve(right);
  expect(await connect(address, verification as FarmChoice['verification'])).toEqual(outcome);
  expect(received).toBe('');
});

it('takes the name into account, unless the key is pinned', async () => {
  const address = await serve(otherName);
  expect(await connect(address, chain(authority.certificatePem))).toEqual(
    untrusted('it was made for another name'),
  );
  expect(await connect(address, { kind: 'pins', pins: [pinOf(otherName.certificatePem)] })).toBe('verified');
});

it('trusts what this computer trusts', async () => {
  const address = await serve(right);
  const folder = await mkdtemp(join(tmpdir(), 'proxima-trust-'));
  const file = join(folder, 'authority.pem');
  await writeFile(file, authority.certificatePem);
  const source = new URL('./verifiedSocket.ts', import.meta.url).href;
  const script = `import { connectVerified } from '${source}';
const { ok, value } = await connectVerified({ address: '${address}', verification: { kind: 'system' } });
value?.destroy();
console.log(ok);`;
  // Read at the start of a process only.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', script],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
    },
  );
  await rm(folder, { recursive: true });
  expect(stdout.trim()).toBe('true');
});

it('says where nobody listens, and where something else does', async () => {
  expect(await connect('https://127.0.0.1:1', { kind: 'system' })).toMatchObject({
    code: 'farm_unreachable',
  });
  const server = createPlainServer((_request, response) => response.end('hello'));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await connect(`https://127.0.0.1:${port}`, { kind: 'system' })).toMatchObject({
    code: 'farm_answer_invalid',
  });
});
