import { createHash, X509Certificate } from 'node:crypto';

/** Answers of Electron's `setCertificateVerifyProc`: as Chromium found it, or refused whatever Chromium says. */
const asVerified = -3;
const refused = -2;

type Decide = (response: { readonly cancel: boolean }) => void;

/** What is used of the session that the updater makes its requests in. */
export interface FeedSession {
  setCertificateVerifyProc(
    check: (
      request: { readonly hostname: string; readonly certificate: { readonly data: string } },
      callback: (answer: number) => void,
    ) => void,
  ): void;
  readonly webRequest: {
    onBeforeRequest(listener: (details: { readonly url: string }, callback: Decide) => void): void;
    onHeadersReceived(
      listener: (
        details: {
          readonly url: string;
          readonly statusCode: number;
          readonly responseHeaders?: Readonly<Record<string, readonly string[]>>;
        },
        callback: Decide,
      ) => void,
    ): void;
  };
}

interface FeedGuards {
  readonly pins: readonly string[] | undefined;
  /** Why an answer of this many bytes isn't wanted; `undefined` where it is. */
  readonly findFault: (path: string, bytes: number | undefined) => string | undefined;
  /** Hears why something was refused. */
  readonly onRefusal: (why: string) => void;
}

/** Base64 SHA-256 of a PEM certificate's SubjectPublicKeyInfo (RFC 7469 §2.4). */
export const pinOfCertificate = (pem: string): string =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

function hasPinnedKey(pem: string, pins: readonly string[]): boolean {
  try {
    return pins.includes(pinOfCertificate(pem));
  } catch {
    return false;
  }
}

/**
 * Keeps the updater's requests to https://, redirects included, to answers of a wanted length, and where there are pins to servers
 * with one of these keys, beyond what Chromium verifies.
 */
export function guardFeed(session: FeedSession, { pins, findFault, onRefusal }: FeedGuards): void {
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    const isSecure = url.startsWith('https://');
    if (!isSecure) onRefusal('the feed leads to an address that is not secure');
    callback({ cancel: !isSecure });
  });
  session.webRequest.onHeadersReceived(({ url, statusCode, responseHeaders = {} }, callback) => {
    const isContent = statusCode >= 200 && statusCode < 300;
    const fault = isContent ? findFault(new URL(url).pathname, readLength(responseHeaders)) : undefined;
    if (fault !== undefined) onRefusal(fault);
    callback({ cancel: fault !== undefined });
  });
  if (pins === undefined) return;
  session.setCertificateVerifyProc(({ hostname, certificate }, callback) => {
    const isPinned = hasPinnedKey(certificate.data, pins);
    if (!isPinned) onRefusal(`${hostname} shows a key that the policy does not pin`);
    callback(isPinned ? asVerified : refused);
  });
}

function readLength(headers: Readonly<Record<string, readonly string[]>>): number | undefined {
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'content-length');
  const text = name === undefined ? undefined : headers[name]?.[0];
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
