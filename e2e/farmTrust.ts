import { createHash, X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import type { FarmChoice } from '../shared/model/farmChoice.ts';
import type { GatewayProcess } from './gateway.ts';

/** What whoever runs the gateway would hand out. */
export async function certificatesOf({
  origin,
}: GatewayProcess): Promise<{ own: X509Certificate; authority: X509Certificate }> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
  const { raw, issuerCertificate } = socket.getPeerCertificate(true);
  socket.destroy();
  return { own: new X509Certificate(raw), authority: new X509Certificate(issuerCertificate.raw) };
}

export const pinned = (certificate: X509Certificate): FarmChoice['verification'] => ({
  kind: 'pins',
  pins: [
    createHash('sha256')
      .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64'),
  ],
});
