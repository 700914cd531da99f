import { createSecureContext, type ConnectionOptions } from 'node:tls';
import type { Credentials } from '../credentials.ts';
import { nothingInCommon, outOfProtocol } from '../hostFault.ts';
import { judgeCertificate, mustShowCertificate, readCertificateFacts } from './certificateTrust.ts';
import type { SecurityContext } from './security.ts';

/** What is said within TLS, once it is there. */
export type InnerSecurity = 'none' | 'vnc' | 'plain';

interface Subtype {
  readonly inner: InnerSecurity;
  /** Whether the host shows a certificate; without one TLS keeps out listeners, but not who is in between. */
  readonly hasCertificate: boolean;
}

/** Subtypes (rfbproto, “VeNCrypt”). Plain without TLS (256) isn't among them: it sends the password as it is. */
const subtypes: ReadonlyMap<number, Subtype> = new Map([
  [257, { inner: 'none', hasCertificate: false }],
  [258, { inner: 'vnc', hasCertificate: false }],
  [259, { inner: 'plain', hasCertificate: false }],
  [260, { inner: 'none', hasCertificate: true }],
  [261, { inner: 'vnc', hasCertificate: true }],
  [262, { inner: 'plain', hasCertificate: true }],
]);

const certified: ConnectionOptions = { minVersion: 'TLSv1.2' };
/** Key exchange without certificates ended with TLS 1.2, and is on no list of ciphers by itself. */
const anonymous: ConnectionOptions = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.2',
  ciphers: 'AECDH:ADH:@SECLEVEL=0',
  checkServerIdentity: () => undefined,
};

/** Whether the library of this runtime still knows anonymous TLS: Node's does, Electron's doesn't. */
const knowsAnonymous = (() => {
  try {
    createSecureContext({ ...anonymous });
    return true;
  } catch {
    return false;
  }
})();

/** A certificate first, then what fits the credential: a password alone for VNC's own, a name for accounts of the host. */
export function chooseSubtype(
  offered: readonly number[],
  { hasUsername, hasPassword }: Pick<Credentials, 'hasUsername' | 'hasPassword'>,
): number | undefined {
  const order: readonly InnerSecurity[] = hasUsername
    ? ['plain', 'vnc', 'none']
    : hasPassword
      ? ['vnc', 'plain', 'none']
      : ['none', 'vnc', 'plain'];
  const rank = (number: number) => {
    const subtype = subtypes.get(number);
    return subtype ? order.indexOf(subtype.inner) + (subtype.hasCertificate ? 0 : order.length) : Infinity;
  };
  return offered
    .filter((number) => {
      const subtype = subtypes.get(number);
      return subtype && (subtype.hasCertificate || knowsAnonymous);
    })
    .toSorted((left, right) => rank(left) - rank(right))[0];
}

/** VeNCrypt 0.2, up to where TLS stands and the host is believed to be itself. @throws HostFault */
export async function negotiateVeNCrypt(context: SecurityContext): Promise<InnerSecurity> {
  const { line, credentials, fingerprints, pins, hostKey } = context;
  const { reader } = line;
  const [major = 0, minor = 0] = await reader.read(2);
  if (major === 0 && minor < 2)
    throw nothingInCommon('The VNC server speaks an older VeNCrypt than is known here.');
  line.write(Buffer.from([0, 2]));
  if ((await reader.read(1))[0] !== 0) throw outOfProtocol('refused its own version of VeNCrypt');
  const count = (await reader.read(1))[0] ?? 0;
  const list = await reader.read(count * 4);
  const offered = Array.from({ length: count }, (_, index) => list.readUInt32BE(index * 4));
  const chosen = chooseSubtype(offered, credentials);
  const subtype = chosen === undefined ? undefined : subtypes.get(chosen);
  if (chosen === undefined || !subtype)
    throw nothingInCommon(
      `The VNC server offers only kinds of encryption that are not known here (${offered.join(', ')}).`,
    );
  const answer = Buffer.alloc(4);
  answer.writeUInt32BE(chosen);
  line.write(answer);
  if ((await reader.read(1))[0] !== 1)
    throw nothingInCommon('The VNC server could not begin its encryption.');
  const socket = await line.startTls(subtype.hasCertificate ? certified : anonymous);
  if (subtype.hasCertificate || mustShowCertificate(context)) {
    const fault = judgeCertificate(readCertificateFacts(socket), fingerprints, pins, hostKey);
    if (fault) throw fault;
  }
  return subtype.inner;
}
