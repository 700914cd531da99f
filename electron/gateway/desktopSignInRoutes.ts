import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Failure, failureOf } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import {
  checkWordOf,
  desktopExchangeSchema,
  desktopSignInPaths,
  signedInLinkOf,
  signInChallengeSchema,
} from '../../shared/contract/desktopSignIn.ts';
import type { GatewayAccess } from '../access/access.ts';
import { readSignInCookie, signInCookieHeader } from './cookies.ts';
import { readForm } from './formBody.ts';
import type { Log } from './log.ts';
import type { GatewayObserver } from './observer.ts';
import { isFromOwnPage, readAddress } from './ownPage.ts';
import { refuseMethod, reply, replyPage } from './replies.ts';
import { passOnPage, renderDesktopCode, renderDesktopQuestion, renderFailurePage } from './signInPage.ts';
import type { SignInRoutes } from './signInRoutes.ts';

export interface DesktopSignInRoutesOptions {
  readonly access: Pick<GatewayAccess, 'desktop' | 'fetchCaller'>;
  readonly replySignInNeeded: SignInRoutes['replySignInNeeded'];
  readonly route: string;
  readonly observer: GatewayObserver;
  readonly log: Log;
}

type Asked = Parameters<SignInRoutes['answer']>[2];

const questionForm = z.object({ challenge: signInChallengeSchema });

/** The pages by which a browser signs a desktop app in, and where that app exchanges its code for a cookie of its own. */
export function createDesktopSignInRoutes(options: DesktopSignInRoutesOptions): Pick<SignInRoutes, 'answer'> {
  const { access, route, observer, log } = options;

  const refusePage = (response: ServerResponse, failure: Failure) =>
    replyPage(
      response,
      failureTable[failure.code].http,
      renderFailurePage(failure, { path: '/', name: 'Open Proxima here' }),
    );

  async function ask(request: IncomingMessage, response: ServerResponse, url: URL, asked: Asked) {
    const challenge = signInChallengeSchema.safeParse(url.searchParams.get('challenge'));
    if (!challenge.success) {
      refusePage(response, failureOf('input_invalid'));
      return;
    }
    const here = `${url.pathname}?challenge=${challenge.data}`;
    const secret = readSignInCookie(request.headers.cookie)?.secret;
    const caller = secret === undefined ? undefined : await access.fetchCaller(secret, asked.address);
    if (caller) {
      const { displayName, name } = caller.person();
      replyPage(
        response,
        200,
        renderDesktopQuestion(displayName || name, challenge.data, checkWordOf(challenge.data)),
      );
    } else if (request.headers['sec-fetch-site'] === 'cross-site') {
      // SameSite=Strict holds the cookie back when a link on another site led here, also through the redirect after signing in.
      replyPage(response, 200, passOnPage(here));
    } else options.replySignInNeeded(response, here);
  }

  async function giveCode(request: IncomingMessage, response: ServerResponse, { address }: Asked) {
    const form = await readForm(request, questionForm);
    const secret = readSignInCookie(request.headers.cookie)?.secret;
    const visitor = { address, secret };
    const issued = form.ok ? await access.desktop.issueCode(form.value.challenge, visitor) : form;
    if (issued.ok) replyPage(response, 200, renderDesktopCode(issued.value, signedInLinkOf(issued.value)));
    else refusePage(response, issued.failure);
  }

  async function exchange(request: IncomingMessage, response: ServerResponse, { address }: Asked) {
    const form = await readForm(request, desktopExchangeSchema);
    const visitor = { address, secret: readSignInCookie(request.headers.cookie)?.secret };
    const redeemed = form.ok
      ? await access.desktop.redeemCode(form.value.code, form.value.verifier, visitor)
      : form;
    if (redeemed.ok) {
      observer.signedIn();
      log.info({ remoteAddress: address }, 'A desktop app signed in');
      reply(response, 204, '', {
        'Set-Cookie': [signInCookieHeader({ secret: redeemed.value.secret, route })],
      });
      return;
    }
    const { failure } = redeemed;
    observer.signInRefused(failure.code);
    log.warn({ remoteAddress: address, failure }, 'Refused the sign-in of a desktop app');
    const headers = { 'Content-Type': 'application/json', Connection: 'close' };
    reply(response, failureTable[failure.code].http, JSON.stringify({ code: failure.code }), headers);
  }

  return {
    async answer(request, response, asked) {
      const url = readAddress(request, asked.authority);
      const { method } = request;
      const isExchange = url?.pathname === desktopSignInPaths.exchange;
      if (!url || (!isExchange && url.pathname !== desktopSignInPaths.ask)) return false;
      if (method === 'GET' && !isExchange) await ask(request, response, url, asked);
      else if (method !== 'POST') refuseMethod(response, isExchange ? 'POST' : 'GET, POST');
      else if (!isFromOwnPage(request, asked.authority)) {
        response.setHeader('Connection', 'close');
        refusePage(response, failureOf('origin_refused'));
      } else if (isExchange) await exchange(request, response, asked);
      else await giveCode(request, response, asked);
      return true;
    },
  };
}
