import { z } from 'zod';
import { sessionIdSchema } from '../../shared/model/session.ts';
import { settingsPages } from './views.ts';

const sessionId = sessionIdSchema;

/** What the windows of one person tell one another; each is its own page with its own connection. */
const windowMessageSchema = z.discriminatedUnion('kind', [
  /** A window of its own shows this session from now on. */
  z.object({ kind: z.literal('shown'), sessionId }),
  /** It was opened anew there, as another session. */
  z.object({ kind: z.literal('replaced'), sessionId, bySessionId: sessionId }),
  /** Its window gave it back. */
  z.object({ kind: z.literal('let-go'), sessionId }),
  /** Its person ended it there. */
  z.object({ kind: z.literal('ended'), sessionId }),
  /** To the window that shows this session: close. */
  z.object({ kind: z.literal('take-back'), sessionId }),
  /** To the window that shows this session: come to the front. */
  z.object({ kind: z.literal('focus'), sessionId }),
  /** To the main window: come to the front with this session. */
  z.object({ kind: z.literal('show-session'), sessionId }),
  /** To the settings window: come to the front, with this page. */
  z.object({
    kind: z.literal('show-settings'),
    page: z.enum(settingsPages).optional(),
    item: z.string().max(100).optional(),
  }),
]);
export type WindowMessage = z.infer<typeof windowMessageSchema>;

const channel = new BroadcastChannel('proxima.windows');

/** Tells every other window of this browser, or desktop app. */
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a BroadcastChannel is of one origin
export const tellWindows = (message: WindowMessage): void => channel.postMessage(message);

/** Hears what the others tell; returns how to stop. */
export function hearWindows(listener: (message: WindowMessage) => void): () => void {
  const hear = ({ data }: MessageEvent<unknown>) => {
    const message = windowMessageSchema.safeParse(data);
    if (message.success) listener(message.data);
  };
  channel.addEventListener('message', hear);
  return () => channel.removeEventListener('message', hear);
}

/**
 * A lock says that a window is there for as long as it is, however it ends (https://www.w3.org/TR/web-locks/): a page that crashed
 * tells nobody.
 */
const lockPrefix = 'proxima.session.';
const lockOf = (id: string) => `${lockPrefix}${id}`;

/** Says that this window shows the session, until the returned function is called or the window is gone. Resolves once it is said. */
export function holdSession(id: string): Promise<() => void> {
  return new Promise((resolve) => {
    void navigator.locks.request(lockOf(id), () => new Promise<void>((release) => resolve(() => release())));
  });
}

/** The sessions that have a window of their own. */
export async function heldSessions(): Promise<readonly string[]> {
  const { held = [] } = await navigator.locks.query();
  return held.flatMap(({ name }) => (name?.startsWith(lockPrefix) ? [name.slice(lockPrefix.length)] : []));
}

/** Resolves once no window holds the session. */
export const whenLetGo = (id: string): Promise<void> =>
  navigator.locks.request(lockOf(id), { mode: 'shared' }, () => undefined);
