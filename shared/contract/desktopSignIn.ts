import { z } from 'zod';

/**
 * How a desktop app signs in to a gateway (RFC 8252, RFC 7636): it opens `ask` in the system's browser with the S256 challenge of a
 * secret of its own, the browser comes back to the app with a code in a link, and the app sends code and secret to `exchange`
 * (a form; `Origin` is the gateway's own), which answers 204 with the app's cookie, or a failure as JSON.
 */
export const desktopSignInPaths = { ask: '/desktop-sign-in', exchange: '/desktop-sign-in/exchange' } as const;

/** SHA-256 in base64url. */
export const signInChallengeSchema = z.string().regex(/^[\w-]{43}$/);

/** 48 bytes in base64url. */
const signInCodeSchema = z.string().regex(/^[\w-]{64}$/);

export const desktopExchangeSchema = z.object({
  code: signInCodeSchema,
  /** RFC 7636, section 4.1. */
  verifier: z.string().regex(/^[\w.~-]{43,128}$/),
});

const linkPrefix = 'proxima://signed-in?code=';

export const signedInLinkOf = (code: string): string => `${linkPrefix}${code}`;

/** The code of a link that a browser came back with, or of what somebody pasted; `undefined` where it is neither. */
export function readSignInCode(text: string): string | undefined {
  const [, ofLink] = /^proxima:\/\/signed-in\/?\?code=([^&#]*)$/i.exec(text.trim()) ?? [];
  return signInCodeSchema.safeParse(ofLink ?? text.trim()).data;
}

/** Whether a link is about signing in; it is none that opens a host then, whatever is in it. */
export const isSignInLink = (text: string): boolean => /^proxima:\/*signed-in(?![\w.-])/i.test(text.trim());

/** What page and app both show, so that people see that it is their own app that they sign in. */
export const checkWordOf = (challenge: string): string =>
  challenge.replaceAll(/[-_]/g, '').slice(0, 6).toUpperCase();
