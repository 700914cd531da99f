import { renderSVG } from 'uqr';
import { describeFailure, type Failure } from '../../shared/contract/failure.ts';
import { failureTable } from '../../shared/contract/failureTable.ts';
import { type Html, join, markup, trusted } from './markup.ts';
import { signInStylePath } from './signInStyle.ts';

interface PageText {
  readonly title: string;
  readonly paragraphs?: readonly (string | Html)[];
  readonly failure?: Failure | undefined;
  readonly rest?: Html;
  readonly head?: Html;
}

/** A page of its own: no script, no style inside. */
function renderPage({ title, paragraphs = [], failure, rest = markup``, head = markup`` }: PageText): string {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title === 'Proxima' ? title : `${title} – Proxima`}</title>
<link rel="stylesheet" href="${signInStylePath}">
${head}
</head>
<body>
<main>
<p class="product">Proxima</p>
<h1>${title}</h1>
${join(paragraphs.map((text) => markup`<p>${text}</p>\n`))}${failure ? renderFailure(failure) : markup``}${rest}
</main>
</body>
</html>
`;
  return page.text;
}

function renderFailure(failure: Failure): Html {
  const { what, next } = describeFailure(failure);
  // Strangers see these pages: what a provider or the store said is for the log.
  const detail = failure.code === 'input_invalid' ? failure.detail : undefined;
  return markup`<div class="failure" role="alert"><strong>${what}</strong> ${next}${detail === undefined ? '' : ` (${detail})`}</div>`;
}

/** What somebody sees who isn't signed in, where there is nothing but the one-time token to sign in with. */
export const signInNeeded = renderPage({
  title: failureTable.sign_in_needed.what,
  paragraphs: [
    failureTable.sign_in_needed.next,
    'It works once, in one browser. Whoever used it stays signed in there until Proxima stops, for a week at most.',
  ],
});

/** What somebody sees whose one-time address was used before, was cut off, or belongs to an earlier start. */
export const tokenRefused = renderPage({
  title: 'This sign-in address is not valid any more.',
  paragraphs: [
    'It was used before, is incomplete, or belongs to an earlier start of Proxima.',
    'If you signed in before, use the same browser. If not, start Proxima again and open the new address that it prints.',
  ],
});

export const tokenThrottled = renderPage({
  title: 'Too many wrong sign-in addresses came from here.',
  paragraphs: ['Wait a few seconds, then open the address that Proxima printed at its start.'],
});

/** A page that loads the app. From a link on another site, browsers don't send our cookie along; from this page, they do. */
export const passOnPage = (path: string): string =>
  renderPage({
    title: 'Opening Proxima …',
    head: markup`<meta http-equiv="refresh" content="0; url=${path}">`,
  });

/** A failure that leaves nothing to fill in. */
export function renderFailurePage(failure: Failure, next: { path: string; name: string }): string {
  const { what, safe, next: advice } = describeFailure(failure);
  return renderPage({
    title: what,
    paragraphs: [safe, advice],
    rest: markup`<nav><a class="button plain" href="${next.path}">${next.name}</a></nav>`,
  });
}

export interface ProviderChoice {
  readonly id: string;
  readonly name: string;
  readonly kind: 'form' | 'redirect';
}

export function renderSignIn({
  providers,
  returnPath,
  entered = {},
  failure,
}: {
  readonly providers: readonly ProviderChoice[];
  readonly returnPath: string;
  readonly entered?: { readonly providerId?: string; readonly name?: string };
  readonly failure?: Failure | undefined;
}): string {
  const forms = providers.filter(({ kind }) => kind === 'form');
  const redirects = providers.filter(({ kind }) => kind === 'redirect');
  const [onlyForm] = forms;
  const choice =
    forms.length > 1
      ? markup`<label>Account of <select name="provider">${join(forms.map(({ id, name }) => markup`<option value="${id}"${id === entered.providerId ? trusted(' selected') : ''}>${name}</option>`))}</select></label>`
      : markup`<input type="hidden" name="provider" value="${onlyForm?.id ?? ''}">`;
  const form = markup`<form method="post" action="/sign-in">
${choice}<input type="hidden" name="to" value="${returnPath}">
<label>Name <input name="name" value="${entered.name ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="128"${entered.name === undefined ? trusted(' autofocus') : ''}></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required maxlength="256"${entered.name === undefined ? '' : trusted(' autofocus')}></label>
<button>Sign in</button>
</form>`;
  const others = markup`<nav class="others" aria-label="Other ways to sign in">${join(
    redirects.map(
      ({ id, name }) =>
        markup`<a class="button plain" href="/sign-in/with/${id}?to=${encodeURIComponent(returnPath)}">Sign in with ${name}</a>`,
    ),
  )}</nav>`;
  return renderPage({
    title: 'Sign in',
    failure,
    rest: markup`${forms.length > 0 ? form : ''}${redirects.length > 0 ? others : ''}`,
  });
}

/** No digits-only keyboard: recovery codes have letters. */
const codeField = markup`<label>Code <input name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required maxlength="64" autofocus></label>`;
const startAgain = markup`<nav><a class="button plain" href="/sign-in">Start again</a></nav>`;

export const renderCode = (failure?: Failure): string =>
  renderPage({
    title: 'Enter your code',
    paragraphs: ['The six digits that your authenticator app shows now, or one of your recovery codes.'],
    failure,
    rest: markup`<form method="post" action="/sign-in/code">${codeField}<button>Go on</button></form>${startAgain}`,
  });

export const renderSetUp = (offer: { uri: string; secret: string }, failure?: Failure): string =>
  renderPage({
    title: 'Set up your second factor',
    paragraphs: [
      'Signing in here takes a code from an authenticator app beside the password. Scan this with the app, and enter the code that it shows.',
    ],
    failure,
    rest: markup`${trusted(renderSVG(offer.uri, { border: 2 }).replace('<svg ', '<svg role="img" aria-label="QR code for the authenticator app" '))}
<p>Can’t scan it? Type this key into the app: <code>${offer.secret.replaceAll(/.{4}(?=.)/g, '$& ')}</code></p>
<form method="post" action="/sign-in/set-up">${codeField}<button>Go on</button></form>${startAgain}`,
  });

export const renderRecoveryCodes = (codes: readonly string[], returnPath: string): string =>
  renderPage({
    title: 'Keep your recovery codes',
    paragraphs: [
      'Each signs you in once, should your authenticator app be lost. Print them or store them where only you can find them: they are not shown again.',
    ],
    rest: markup`<ol>${join(codes.map((code) => markup`<li>${code}</li>`))}</ol>
<nav><a class="button primary" href="${returnPath}">I have kept them</a></nav>`,
  });

const passwordFields = markup`<label>Password <small>At least 12 characters; four unrelated words are a good one.</small>
<input name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="256"></label>
<label>Password again <input name="again" type="password" autocomplete="new-password" required maxlength="256"></label>`;

export const renderInvitation = (token: string, name: string, failure?: Failure): string =>
  renderPage({
    title: `Welcome, ${name}`,
    paragraphs: ['Choose the password that you sign in with from now on. This invitation works once.'],
    failure,
    rest: markup`<form method="post" action="/invitation">
<input type="hidden" name="token" value="${token}">
<input name="name" autocomplete="username" value="${name}" readonly hidden>
${passwordFields}<button>Choose this password</button></form>`,
  });

export const renderFirstAdministrator = (
  entered: { readonly name?: string; readonly displayName?: string } = {},
  failure?: Failure,
): string =>
  renderPage({
    title: 'Make the administrator’s account',
    paragraphs: [
      'With it you sign in from any browser, invite other people and say what they may do. The address that Proxima printed is not needed any more then.',
    ],
    failure,
    rest: markup`<form method="post" action="/first-administrator">
<label>Name to sign in with <input name="name" value="${entered.name ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="128" autofocus></label>
<label>Full name <small>As other people see it; may stay empty.</small><input name="displayName" value="${entered.displayName ?? ''}" autocomplete="name" maxlength="200"></label>
${passwordFields}<button>Make the account</button></form>
<nav class="others"><a class="button plain" href="/">Go on as the owner of this machine</a></nav>`,
  });

export const signedOutPage = renderPage({
  title: 'You are signed out.',
  paragraphs: [
    'This browser knows nothing of you any more. Sessions that you left open go on until you close them.',
  ],
  rest: markup`<nav><a class="button primary" href="/sign-in">Sign in again</a></nav>`,
});

/** `checkWord` is what the app shows as well: whoever was sent here by somebody else sees none, or another. */
export const renderDesktopQuestion = (name: string, challenge: string, checkWord: string): string =>
  renderPage({
    title: 'Sign in the Proxima app?',
    paragraphs: [
      markup`The Proxima app of this computer will be signed in as <strong>${name}</strong>.`,
      markup`Go on only where you started this in the app yourself, and it shows <strong>${checkWord}</strong>.`,
    ],
    rest: markup`<form method="post" action="/desktop-sign-in">
<input type="hidden" name="challenge" value="${challenge}">
<button>Sign in the app</button></form>
<nav class="others"><a class="button plain" href="/">No, stay in this browser</a></nav>`,
  });

/** The link goes to the app; where the system doesn't know it, the code is pasted there. */
export const renderDesktopCode = (code: string, link: string): string =>
  renderPage({
    title: 'Go back to the Proxima app',
    head: markup`<meta http-equiv="refresh" content="0; url=${link}">`,
    paragraphs: [
      'It opens by itself. Where nothing happens, press the button, or paste this code into its window within two minutes:',
    ],
    rest: markup`<p><code>${code}</code></p>
<nav><a class="button primary" href="${link}">Open the Proxima app</a></nav>`,
  });
