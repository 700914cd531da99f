import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Failure, failureOf } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import type { GatewayAccess } from '../access/access.ts';
import type { SignInStep, Visitor } from '../access/signInDesk.ts';
import {
  noSignInCookieHeader,
  noStepCookieHeader,
  readSignInCookie,
  readStepCookie,
  signInCookieHeader,
  stepCookieHeader,
} from './cookies.ts';
import { readForm } from './formBody.ts';
import type { Log } from './log.ts';
import { isFromOwnPage, readAddress } from './ownPage.ts';
import type { GatewayObserver } from './observer.ts';
import { refuseMethod, reply, replyPage } from './replies.ts';
import { returnPathOf } from './returnPath.ts';
import {
  renderCode,
  renderFailurePage,
  renderFirstAdministrator,
  renderInvitation,
  renderRecoveryCodes,
  renderSetUp,
  renderSignIn,
  signedOutPage,
  signInNeeded,
  tokenRefused,
  tokenThrottled,
} from './signInPage.ts';

export interface SignInRoutesOptions {
  readonly access: GatewayAccess;
  readonly route: string;
  readonly observer: GatewayObserver;
  readonly log: Log;
}

export interface SignInRoutes {
  /** Answers where the path is one of signing in or out. `authority`: the name that the request was made to, which is ours; `address`: who asks. */
  answer(
    request: IncomingMessage,
    response: ServerResponse,
    asked: { readonly authority: string; readonly address: string },
  ): Promise<boolean>;
  /** What somebody gets who isn't signed in. */
  replySignInNeeded(response: ServerResponse, returnPath: string): void;
}

/** One request, with what all its answers need. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly visitor: Visitor;
}

type Answer = (visit: Visit) => Promise<void> | void;

const retryAfterSeconds = 15;
const text = (limit: number) => z.string().max(limit);
const passwordForm = z.object({ provider: text(32), name: text(128), password: text(256), to: text(500) });
const codeForm = z.object({ code: text(64) });
const invitationForm = z.object({ token: text(64), password: text(256), again: text(256) });
const administratorForm = z.object({
  name: z.string().trim().min(1).max(128),
  displayName: text(200),
  password: text(256),
  again: text(256),
});

/** The pages of signing in. They work without a script; each form is taken from a page of ours only. */
export function createSignInRoutes({ access, route, observer, log }: SignInRoutesOptions): SignInRoutes {
  const { desk } = access;

  function refuse(response: ServerResponse, page: string, failure: Failure): void {
    const headers: OutgoingHttpHeaders =
      failure.code === 'sign_in_throttled' ? { 'Retry-After': retryAfterSeconds } : {};
    replyPage(response, failureTable[failure.code].http, page, headers);
  }

  const refuseWhole = (response: ServerResponse, failure: Failure) =>
    refuse(response, renderFailurePage(failure, { path: '/sign-in', name: 'Sign in' }), failure);

  const signInPage = (given: Omit<Parameters<typeof renderSignIn>[0], 'providers'>) =>
    renderSignIn({ providers: desk.offers(), ...given });

  function goTo(response: ServerResponse, address: string, cookies: readonly string[] = []): void {
    reply(response, 303, '', {
      Location: address,
      ...(cookies.length > 0 && { 'Set-Cookie': [...cookies] }),
    });
  }

  /** Cookies of somebody who is signed in from now on. */
  const cookiesFor = (secret: string) => [signInCookieHeader({ secret, route }), noStepCookieHeader];

  /** The next page, whatever brought somebody here; `refused` draws this one again. */
  function goOn({ response, visitor }: Visit, step: SignInStep, refused: (failure: Failure) => void): void {
    switch (step.kind) {
      case 'signed-in':
        observer.signedIn();
        log.info({ remoteAddress: visitor.address }, 'Somebody signed in');
        goTo(response, step.returnPath, cookiesFor(step.secret));
        return;
      case 'code':
        goTo(response, '/sign-in/code', [stepCookieHeader(step.carried)]);
        return;
      case 'set-up':
        goTo(response, '/sign-in/set-up', [stepCookieHeader(step.carried)]);
        return;
      case 'codes-to-keep':
        observer.signedIn();
        log.info({ remoteAddress: visitor.address }, 'Somebody signed in');
        replyPage(response, 200, renderRecoveryCodes(step.codes, step.returnPath), {
          'Set-Cookie': cookiesFor(step.secret),
        });
        return;
      case 'elsewhere':
        goTo(response, step.address, [stepCookieHeader(step.carried)]);
        return;
      case 'refused':
        observer.signInRefused(step.failure.code);
        log.warn({ remoteAddress: visitor.address, failure: step.failure }, 'Refused a sign-in');
        refused(step.failure);
        return;
      default:
        step satisfies never;
    }
  }

  async function takeForm<T>({ request, response }: Visit, schema: z.ZodType<T>): Promise<T | undefined> {
    const form = await readForm(request, schema);
    if (form.ok) return form.value;
    response.setHeader('Connection', 'close');
    refuseWhole(response, form.failure);
    return undefined;
  }

  const isSignedIn = async ({ secret, address }: Visitor) =>
    secret !== undefined && (await access.fetchCaller(secret, address)) !== undefined;

  async function showSignIn(visit: Visit): Promise<void> {
    const { request, response, url, visitor } = visit;
    const returnPath = returnPathOf(url.searchParams.get('to'));
    if (await isSignedIn(visitor)) {
      goTo(response, returnPath);
      return;
    }
    // It ends in the route of its node, by which a balancer sends it there.
    const token = url.searchParams.get('token')?.split('.', 1)[0];
    if (token === undefined) {
      replySignInNeeded(response, returnPath, access.hasOffers() ? 200 : undefined);
      return;
    }
    // A browser that only looks ahead must not use the token up (https://wicg.github.io/nav-speculation/prefetch.html).
    if (request.headers['sec-purpose'] !== undefined) {
      reply(response, 503, '', {});
      return;
    }
    goOn(visit, await desk.redeemToken(token, visitor, returnPath), (failure) =>
      refuse(response, failure.code === 'sign_in_throttled' ? tokenThrottled : tokenRefused, failure),
    );
  }

  async function takePassword(visit: Visit): Promise<void> {
    const form = await takeForm(visit, passwordForm);
    if (!form) return;
    const { provider: providerId, name, password } = form;
    const returnPath = returnPathOf(form.to);
    const step = await desk.enterPassword({ providerId, name, password, returnPath }, visit.visitor);
    goOn(visit, step, (failure) =>
      refuse(visit.response, signInPage({ returnPath, entered: { providerId, name }, failure }), failure),
    );
  }

  function showCode({ request, response }: Visit): void {
    if (desk.resume(readStepCookie(request) ?? '') === 'code') replyPage(response, 200, renderCode());
    else goTo(response, '/sign-in');
  }

  function showSetUp({ request, response }: Visit): void {
    const step = desk.resume(readStepCookie(request) ?? '');
    if (typeof step === 'object') replyPage(response, 200, renderSetUp(step.offer));
    else goTo(response, '/sign-in');
  }

  async function takeCode(visit: Visit): Promise<void> {
    const form = await takeForm(visit, codeForm);
    if (!form) return;
    const step = await desk.enterCode(readStepCookie(visit.request) ?? '', form.code, visit.visitor);
    goOn(visit, step, (failure) => {
      if (failure.code === 'sign_in_needed') goTo(visit.response, '/sign-in', [noStepCookieHeader]);
      else refuse(visit.response, renderCode(failure), failure);
    });
  }

  async function takeSetUp(visit: Visit): Promise<void> {
    const form = await takeForm(visit, codeForm);
    if (!form) return;
    const carried = readStepCookie(visit.request) ?? '';
    goOn(visit, await desk.confirmSetUp(carried, form.code, visit.visitor), (failure) => {
      const at = desk.resume(carried);
      if (typeof at !== 'object') goTo(visit.response, '/sign-in', [noStepCookieHeader]);
      else refuse(visit.response, renderSetUp(at.offer, failure), failure);
    });
  }

  const returnAddressOf = (authority: string, providerId: string) =>
    `https://${authority}/sign-in/return/${providerId}`;

  async function goElsewhere(visit: Visit, providerId: string): Promise<void> {
    const { request, response, url, visitor } = visit;
    if (request.headers['sec-purpose'] !== undefined) {
      reply(response, 503, '', {});
      return;
    }
    const returnPath = returnPathOf(url.searchParams.get('to'));
    const step = await desk.goElsewhere(
      providerId,
      returnAddressOf(url.host, providerId),
      returnPath,
      visitor,
    );
    goOn(visit, step, (failure) => refuse(response, signInPage({ returnPath, failure }), failure));
  }

  async function comeBack(visit: Visit, providerId: string): Promise<void> {
    const carried = readStepCookie(visit.request) ?? '';
    goOn(visit, await desk.comeBack(providerId, visit.url, carried, visit.visitor), (failure) =>
      refuse(visit.response, signInPage({ returnPath: '/', failure }), failure),
    );
  }

  function showInvitation({ response, url, visitor }: Visit): void {
    const token = url.searchParams.get('token') ?? '';
    const invited = desk.invitee(token, visitor);
    if (invited.ok) replyPage(response, 200, renderInvitation(token, invited.value.name));
    else refuseWhole(response, invited.failure);
  }

  async function takeInvitation(visit: Visit): Promise<void> {
    const form = await takeForm(visit, invitationForm);
    if (!form) return;
    const { token, password, again } = form;
    const invited = desk.invitee(token, visit.visitor);
    const drawAgain = (failure: Failure) => {
      if (!invited.ok || failure.code !== 'password_weak') refuseWhole(visit.response, failure);
      else refuse(visit.response, renderInvitation(token, invited.value.name, failure), failure);
    };
    if (!invited.ok) drawAgain(invited.failure);
    else if (password !== again)
      refuseDifferent(visit, (failure) => renderInvitation(token, invited.value.name, failure));
    else goOn(visit, await desk.acceptInvitation(token, password, visit.visitor), drawAgain);
  }

  function refuseDifferent({ response }: Visit, draw: (failure: Failure) => string): void {
    const failure = failureOf('input_invalid', 'the two passwords differ');
    refuse(response, draw(failure), failure);
  }

  async function showFirstAdministrator({ response, visitor }: Visit): Promise<void> {
    if (await desk.isOwner(visitor)) replyPage(response, 200, renderFirstAdministrator());
    else refuseWhole(response, failureOf('not_permitted'));
  }

  async function takeFirstAdministrator(visit: Visit): Promise<void> {
    const form = await takeForm(visit, administratorForm);
    if (!form) return;
    const { name, displayName, password, again } = form;
    const draw = (failure: Failure) => renderFirstAdministrator({ name, displayName }, failure);
    if (password !== again) {
      refuseDifferent(visit, draw);
      return;
    }
    const step = await desk.makeAdministrator({ name, displayName, password }, visit.visitor);
    goOn(visit, step, (failure) => {
      if (failure.code === 'not_permitted') refuseWhole(visit.response, failure);
      else refuse(visit.response, draw(failure), failure);
    });
  }

  async function showSignedOut({ response, visitor }: Visit): Promise<void> {
    // A link from elsewhere must not sign anybody out.
    if (await isSignedIn(visitor)) goTo(response, '/');
    else
      replyPage(response, 200, signedOutPage, { 'Set-Cookie': [noSignInCookieHeader, noStepCookieHeader] });
  }

  const pages: Readonly<Record<string, { readonly GET: Answer; readonly POST?: Answer }>> = {
    '/sign-in': { GET: showSignIn, POST: takePassword },
    '/sign-in/code': { GET: showCode, POST: takeCode },
    '/sign-in/set-up': { GET: showSetUp, POST: takeSetUp },
    '/invitation': { GET: showInvitation, POST: takeInvitation },
    '/first-administrator': { GET: showFirstAdministrator, POST: takeFirstAdministrator },
    '/signed-out': { GET: showSignedOut },
  };

  function pageAt(path: string): { readonly GET: Answer; readonly POST?: Answer } | undefined {
    if (Object.hasOwn(pages, path)) return pages[path];
    const [, way, providerId = ''] = /^\/sign-in\/(with|return)\/([a-z0-9-]{1,32})$/.exec(path) ?? [];
    if (way === undefined) return undefined;
    return {
      GET: (visit) => (way === 'with' ? goElsewhere(visit, providerId) : comeBack(visit, providerId)),
    };
  }

  function replySignInNeeded(response: ServerResponse, returnPath: string, status = 401): void {
    replyPage(response, status, access.hasOffers() ? signInPage({ returnPath }) : signInNeeded);
  }

  return {
    replySignInNeeded,
    async answer(request, response, { authority, address }) {
      const url = readAddress(request, authority);
      const page = url && pageAt(url.pathname);
      if (!url || !page) return false;
      const secret = readSignInCookie(request.headers.cookie)?.secret;
      const visit = { request, response, url, visitor: { address, secret } };
      if (request.method === 'GET') await page.GET(visit);
      else if (request.method !== 'POST' || !page.POST)
        refuseMethod(response, page.POST ? 'GET, POST' : 'GET');
      else if (isFromOwnPage(request, authority)) await page.POST(visit);
      else {
        response.setHeader('Connection', 'close');
        refuseWhole(response, failureOf('origin_refused'));
      }
      return true;
    },
  };
}
