import type { IncomingMessage } from 'node:http';
import { routeSchema } from '../../shared/model/farm.ts';

/** Who is signed in. Names with the `__Host-` prefix come from this host over HTTPS only, and can't be set twice by a browser. */
const cookieName = '__Host-proxima';
/** Where somebody is who is signing in; sealed. */
const stepCookieName = '__Host-proxima-step';
const stepLifetimeSeconds = 600;

export interface SignInCookie {
  /** 256 bits, base64url: who has them is signed in. */
  readonly secret: string;
  /** The node that it belongs to; anybody can change it, and nothing but the way of a request follows from it. */
  readonly route: string;
}

/** Our cookie out of a `Cookie` header (RFC 6265, section 4.2.1); `undefined` where there is none, or it can't be one of ours. */
export function readSignInCookie(header: string | undefined): SignInCookie | undefined {
  const match = /^([\w-]{43})\.(.+)$/.exec(readCookie(header, cookieName) ?? '');
  const [, secret, route] = match ?? [];
  return secret !== undefined && routeSchema.safeParse(route).success
    ? { secret, route: route ?? '' }
    : undefined;
}

export const readStepCookie = (request: IncomingMessage): string | undefined =>
  readCookie(request.headers.cookie, stepCookieName);

function readCookie(header: string | undefined, name: string): string | undefined {
  const prefix = `${name}=`;
  return header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length);
}

/**
 * Without `Max-Age`: it ends with the browser, or with its lifetime here. Strict: no page of another site makes a browser send it; who
 * comes from one is passed on by a page of ours.
 */
export const signInCookieHeader = ({ secret, route }: SignInCookie): string =>
  `${cookieName}=${secret}.${route}; Path=/; Secure; HttpOnly; SameSite=Strict`;

/** Lax: a browser that comes back from another site's sign-in page has to send it. By itself it signs nobody in. */
export const stepCookieHeader = (carried: string): string =>
  `${stepCookieName}=${carried}; Path=/; Max-Age=${stepLifetimeSeconds}; Secure; HttpOnly; SameSite=Lax`;

export const noSignInCookieHeader = `${cookieName}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict`;
export const noStepCookieHeader = `${stepCookieName}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax`;
