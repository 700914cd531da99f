import { fail, succeed, type Result } from '../../shared/contract/failure.ts';
import type { Certificate } from '../../shared/model/certificate.ts';
import { describeCertificate, linkIssuers } from './certificateRecord.ts';
import type { FileContent } from './importedFile.ts';
import type { KeyVault } from './keyVault.ts';

/**
 * The list after an import, and which certificates are new in it or have got their key. Fails with `input_invalid` where two have
 * one serial, a key belongs to nothing, or nothing is new.
 */
export async function mergeImported(
  present: readonly Certificate[],
  { certificatesPem, keys }: FileContent,
  vault: KeyVault,
): Promise<Result<{ certificates: Certificate[]; touched: readonly Certificate[] }>> {
  const bySerial = new Map(present.map((certificate) => [certificate.serial, certificate]));
  const touched = new Set<string>();
  for (const pem of certificatesPem) {
    const described = describeCertificate(pem, { origin: 'imported', hasPrivateKey: false });
    if (!described.ok) return described;
    const { serial } = described.value;
    const before = bySerial.get(serial);
    if (before && before.certificatePem !== described.value.certificatePem)
      return fail('input_invalid', `another certificate with the serial ${serial} is here already`);
    if (before) continue;
    bySerial.set(serial, described.value);
    touched.add(serial);
  }
  const unpaired = new Set(keys.keys());
  for (const certificate of bySerial.values()) {
    const { serial, pin, hasPrivateKey } = certificate;
    unpaired.delete(pin);
    if (hasPrivateKey && !keys.has(pin)) continue;
    const kept = await vault.read(pin);
    const isKept = kept.ok && kept.value !== undefined;
    // The list may have been lost and the key not, or the key alone.
    if (keys.has(pin) ? hasPrivateKey && isKept : !isKept) continue;
    bySerial.set(serial, { ...certificate, hasPrivateKey: true });
    touched.add(serial);
  }
  if (unpaired.size > 0)
    return fail('input_invalid', 'a private key in it belongs to no certificate in it or in the list');
  if (touched.size === 0) return fail('input_invalid', 'everything in it is here already');
  const certificates = linkIssuers([...bySerial.values()], [...bySerial.values()]);
  return succeed({
    certificates: [...certificates],
    touched: certificates.filter(({ serial }) => touched.has(serial)),
  });
}
