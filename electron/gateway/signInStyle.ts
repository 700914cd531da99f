/** The stylesheet of the sign-in pages; the policy allows none inside of them. Colours and sizes are the app's (renderer/ui/tokens.css). */
export const signInStyle = `
:root {
  color-scheme: light dark; --bg: #f6f6f8; --card: #ffffff; --field: #ffffff; --border: #e2e2e7; --border-strong: #8b8c97;
  --text: #1b1b20; --muted: #5b5c66; --accent: #4a4fc4; --accent-hover: #3d42ab; --accent-text: #4146b8; --hover: #ececf0;
  --danger: #b3261e; --danger-soft: #fcebe9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #17171b; --card: #26262c; --field: #1b1b20; --border: #303038; --border-strong: #6d6e7a; --text: #ececf1;
    --muted: #a6a7b3; --accent: #6065da; --accent-hover: #5358cb; --accent-text: #a5a9ff; --hover: #2f2f37;
    --danger: #ff8f86; --danger-soft: #3b1c1b;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--bg); color: var(--text);
  font: 13px / 20px system-ui, -apple-system, 'Segoe UI Variable Text', 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif;
}
main { width: 100%; max-width: 420px; padding: 32px; background: var(--card); border: 1px solid var(--border); border-radius: 10px; }
p.product { margin-bottom: 16px; color: var(--muted); font-size: 12px; }
h1 { margin-bottom: 8px; font-size: 20px; font-weight: 600; line-height: 28px; overflow-wrap: anywhere; }
main p + p { margin-top: 8px; color: var(--muted); }
form { display: grid; gap: 12px; margin-top: 16px; }
label { display: grid; gap: 4px; font-weight: 600; }
label small { color: var(--muted); font-size: 12px; font-weight: 400; }
input, select {
  width: 100%; height: 36px; padding: 0 10px; background: var(--field); color: inherit; font: inherit; font-weight: 400;
  border: 1px solid var(--border-strong); border-radius: 6px;
}
button, a.button {
  display: block; width: 100%; min-height: 36px; padding: 7px 16px; font: inherit; font-weight: 600; text-align: center;
  text-decoration: none; border: 1px solid var(--accent); border-radius: 6px; cursor: pointer;
}
button, a.primary { background: var(--accent); color: #ffffff; }
button:hover, a.primary:hover { background: var(--accent-hover); }
a { color: var(--accent-text); }
a.plain { background: none; color: var(--text); border-color: var(--border-strong); }
a.plain:hover { background: var(--hover); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
nav { display: grid; gap: 8px; margin-top: 16px; }
nav.others { padding-top: 16px; border-top: 1px solid var(--border); }
div.failure { margin-top: 12px; padding: 8px 12px; background: var(--danger-soft); border-radius: 6px; }
div.failure strong { color: var(--danger); }
svg { display: block; width: 208px; height: 208px; margin: 16px auto 0; border-radius: 6px; }
svg + p { margin-top: 12px; }
code, ol { font: 13px / 20px ui-monospace, 'Cascadia Mono', 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace; overflow-wrap: anywhere; }
ol { display: grid; grid-template-columns: 1fr 1fr; gap: 4px 16px; margin-top: 16px; padding: 0; list-style: none; }
@media (max-width: 480px) { body { padding: 12px; } main { padding: 20px; } ol { grid-template-columns: 1fr; } }
`;

export const signInStylePath = '/sign-in.css';
