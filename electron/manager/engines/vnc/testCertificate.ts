import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';

/** A certificate that signed itself, as VNC servers make them: name, key and fingerprint. */
export function createTestCertificate() {
  const keys = forge.pki.rsa.generateKeyPair(2_048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - 86_400_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const name = [{ name: 'commonName', value: 'vnc.example' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return {
    /** SHA-256, as people copy it. */
    fingerprint: new X509Certificate(forge.pki.certificateToPem(certificate)).fingerprint256,
    certificate: forge.pki.certificateToPem(certificate),
    key: forge.pki.privateKeyToPem(keys.privateKey),
  };
}
