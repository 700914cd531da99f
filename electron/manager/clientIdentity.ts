import { TLSSocket, type DetailedPeerCertificate } from 'node:tls';
import type { Socket } from 'node:net';
import { normaliseSerial } from '../../shared/model/serial.ts';

/** Who a client is, as far as TLS says. */
export interface ClientIdentity {
  /** SHA-256 of the client's certificate; `undefined` where none is asked for. */
  readonly fingerprint: string | undefined;
  readonly commonName: string;
  /** Of its certificate and of those above, its own first. */
  readonly serials: readonly string[];
  readonly remoteAddress: string;
}

/** Why a client isn't let in, in words for the log. */
export type Refusal =
  'no client certificate' | 'a client certificate that is not trusted' | 'a revoked certificate';

const mostCertificates = 10;

export function readIdentity(socket: Socket): ClientIdentity {
  const remoteAddress = socket.remoteAddress ?? '';
  const own = socket instanceof TLSSocket ? socket.getPeerCertificate(true) : undefined;
  if (own?.fingerprint256 === undefined)
    return { fingerprint: undefined, commonName: '', serials: [], remoteAddress };
  const chain = new Set<DetailedPeerCertificate>();
  let certificate: DetailedPeerCertificate | undefined = own;
  // A self-signed authority is its own issuer.
  while (
    certificate?.serialNumber !== undefined &&
    !chain.has(certificate) &&
    chain.size < mostCertificates
  ) {
    chain.add(certificate);
    certificate = certificate.issuerCertificate;
  }
  const name: unknown = own.subject?.CN;
  return {
    fingerprint: own.fingerprint256,
    commonName: typeof name === 'string' ? name : '',
    serials: [...chain].map(({ serialNumber }) => normaliseSerial(serialNumber)),
    remoteAddress,
  };
}

/** Whether a client that TLS let through may go on; where certificates are required, it is. */
export function judgeIdentity(
  socket: Socket,
  { fingerprint, serials }: ClientIdentity,
  revoked: ReadonlySet<string>,
): Refusal | undefined {
  if (!(socket instanceof TLSSocket) || fingerprint === undefined) return 'no client certificate';
  if (!socket.authorized) return 'a client certificate that is not trusted';
  return serials.some((serial) => revoked.has(serial)) ? 'a revoked certificate' : undefined;
}
