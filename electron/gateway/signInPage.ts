import { failureTable } from '../../shared/contract/failureTable.ts';

/** The stylesheet of the pages below; the policy allows none inside of them. Colours and sizes are the app's (renderer/ui/tokens.css). */
export const signInStyle = `
:root { color-scheme: light dark; --bg: #f6f6f8; --card: #ffffff; --border: #e2e2e7; --text: #1b1b20; --muted: #5b5c66; }
@media (prefers-color-scheme: dark) {
  :root { --bg: #17171b; --card: #26262c; --border: #303038; --text: #ececf1; --muted: #a6a7b3; }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--bg); color: var(--text);
  font: 13px / 20px system-ui, -apple-system, 'Segoe UI Variable Text', 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif;
}
main { max-width: 420px; padding: 32px; background: var(--card); border: 1px solid var(--border); border-radius: 10px; }
p.product { margin-bottom: 16px; color: var(--muted); font-size: 12px; }
h1 { margin-bottom: 8px; font-size: 20px; font-weight: 600; line-height: 28px; }
main p + p { margin-top: 8px; color: var(--muted); }
`;

export const signInStylePath = '/sign-in.css';

interface PageText {
  readonly title: string;
  readonly paragraphs: readonly string[];
}

/** What somebody sees who isn't signed in. */
export const signInNeeded: PageText = {
  title: failureTable.sign_in_needed.what,
  paragraphs: [
    failureTable.sign_in_needed.next,
    'It works once, in one browser. Whoever used it stays signed in there until Proxima stops, for a week at most.',
  ],
};

/** What somebody sees whose address was used before, was cut off, or belongs to an earlier start. */
export const signInRefused: PageText = {
  title: 'This sign-in address is not valid any more.',
  paragraphs: [
    'It was used before, is incomplete, or belongs to an earlier start of Proxima.',
    'If you signed in before, use the same browser. If not, start Proxima again and open the new address that it prints.',
  ],
};

export const signInThrottled: PageText = {
  title: 'Too many wrong sign-in addresses came from here.',
  paragraphs: ['Wait a few seconds, then open the address that Proxima printed at its start.'],
};

/** A page that loads the app. From a link on another site, browsers don't send our cookie along; from this page, they do. */
export const passOnPage = renderPage(
  { title: 'Opening Proxima …', paragraphs: [] },
  '<meta http-equiv="refresh" content="0; url=/">',
);

export function renderPage({ title, paragraphs }: PageText, head = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Proxima</title>
<link rel="stylesheet" href="${signInStylePath}">
${head}
</head>
<body>
<main>
<p class="product">Proxima</p>
<h1>${title}</h1>
${paragraphs.map((text) => `<p>${text}</p>`).join('\n')}
</main>
</body>
</html>
`;
}
