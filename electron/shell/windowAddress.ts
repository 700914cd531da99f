import { sessionIdSchema } from '../../shared/model/session.ts';
import { appUrl } from './appScheme.ts';

/** Which window a page is: the main one, the settings, or a session that was torn off. */
export type WindowAddress =
  | { readonly kind: 'main' }
  | { readonly kind: 'settings' }
  | { readonly kind: 'session'; readonly sessionId: string };

export type WindowKind = WindowAddress['kind'];

/** The window that an address is for: `/`, `/?window=settings` or `/?window=session&id=UUID` of our own origin, and nothing else. */
export function parseWindowAddress(url: string): WindowAddress | undefined {
  const [address = ''] = url.split('#');
  if (!address.startsWith(appUrl)) return undefined;
  const rest = address.slice(appUrl.length);
  if (rest === '') return { kind: 'main' };
  if (!rest.startsWith('?')) return undefined;
  const entries = [...new URLSearchParams(rest.slice(1))];
  const { window: kind, id, ...more } = Object.fromEntries(entries);
  if (Object.keys(more).length > 0 || entries.length !== (id === undefined ? 1 : 2)) return undefined;
  if (kind === 'settings' && id === undefined) return { kind };
  const sessionId = sessionIdSchema.safeParse(id);
  return kind === 'session' && sessionId.success ? { kind, sessionId: sessionId.data } : undefined;
}

export function urlOf(address: WindowAddress): string {
  switch (address.kind) {
    case 'main':
      return appUrl;
    case 'settings':
      return `${appUrl}?window=settings`;
    case 'session':
      return `${appUrl}?window=session&id=${address.sessionId}`;
    default:
      return address satisfies never;
  }
}
