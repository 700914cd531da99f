import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { z } from 'zod';
import { createDesktopFarm } from './app/desktopFarm.ts';
import { createBrowserDrawingStore } from './app/drawing.ts';
import { createHostsStore } from './app/hosts.ts';
import { createOwnWindows } from './app/ownWindows.ts';
import { createSessionStore } from './app/sessions.ts';
import { createSettingsStore } from './app/settings.ts';
import { windowKindOf } from './app/windowKind.ts';
import { Root } from './Root.tsx';
import { connectToHostProcess } from './transport/hostConnection.ts';
import './ui/tokens.css';

// Its compiled parsers need `eval`, which the content security policy denies.
z.config({ jitless: true });

const kind = windowKindOf(location);
const connection = connectToHostProcess();
const farm = window.proximaDesktop === true ? createDesktopFarm() : undefined;
const drawing = createBrowserDrawingStore();
const hosts = createHostsStore(connection);
const sessions = createSessionStore(connection);
const settings = createSettingsStore(connection);
const ownWindows = kind.kind === 'main' ? createOwnWindows(sessions) : undefined;

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <Root
      kind={kind}
      connection={connection}
      farm={farm}
      drawing={drawing}
      hosts={hosts}
      sessions={sessions}
      settings={settings}
      ownWindows={ownWindows}
    />
  </StrictMode>,
);
