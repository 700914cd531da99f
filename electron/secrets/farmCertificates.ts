import { z } from 'zod';
import { type Result, succeed } from '../../shared/contract/failure.ts';
import { type Certificate, certificateSchema } from '../../shared/model/certificate.ts';
import type { Collection } from '../collections/collection.ts';
import type { CertificateDocument, CertificateRecords } from './certificateDocument.ts';

/** Beside the certificates, which are found by their serial: which of them the farm shows. */
export const certificateClientId = 'client';

export const certificateDocumentSchema = z.union([
  z.object({ certificate: certificateSchema }),
  z.object({ client: certificateSchema.shape.serial.nullable() }),
]);
export type FarmCertificateDocument = z.infer<typeof certificateDocumentSchema>;

/**
 * The certificates of a farm, a document each. Who writes is asked for whole records; only what differs from what is there is written,
 * and a revocation that another node wrote meanwhile stays.
 */
export function createFarmCertificates(documents: Collection<FarmCertificateDocument>): CertificateDocument {
  function read(): CertificateRecords {
    const all = [...documents.all().values()];
    const certificates = all.flatMap((document) => ('certificate' in document ? [document.certificate] : []));
    const client = documents.all().get(certificateClientId);
    return {
      client: client && 'client' in client ? client.client : null,
      certificates: certificates.toSorted(
        (left, right) => left.notBefore - right.notBefore || (left.serial < right.serial ? -1 : 1),
      ),
    };
  }

  async function putCertificate(certificate: Certificate): Promise<Result<unknown>> {
    return documents.change(certificate.serial, (there) => {
      const revokedAt = there && 'certificate' in there ? there.certificate.revokedAt : undefined;
      return { certificate: { ...certificate, ...(revokedAt !== undefined && { revokedAt }) } };
    });
  }

  return {
    get records() {
      return read();
    },
    notices: [],
    async write(next) {
      const before = read();
      const known = new Map(
        before.certificates.map((certificate) => [certificate.serial, JSON.stringify(certificate)]),
      );
      for (const certificate of next.certificates) {
        if (known.get(certificate.serial) === JSON.stringify(certificate)) continue;
        const put = await putCertificate(certificate);
        if (!put.ok) return put;
      }
      if (before.client === next.client) return succeed(undefined);
      return documents.putAll(new Map([[certificateClientId, { client: next.client }]]));
    },
    onChange: (listener) => documents.onChange(() => listener()),
  };
}
