import { z } from 'zod';
import { sessionIdSchema } from '../../shared/model/session.ts';
import { settingsPages } from './views.ts';
import type { SettingsPage, SettingsPlace } from './views.ts';

/** What a window is for, as its address says: everything, the settings alone, or one session alone. */
export type WindowKind =
  | { readonly kind: 'main' }
  | { readonly kind: 'settings'; readonly view: SettingsPlace }
  | { readonly kind: 'session'; readonly sessionId: string };

const parametersSchema = z.discriminatedUnion('window', [
  z.object({ window: z.literal('settings') }),
  z.object({ window: z.literal('session'), id: sessionIdSchema }),
]);

/** Reads the end of an address; whatever isn't an address of ours is the main window. */
export function windowKindOf({ search, hash }: Pick<Location, 'search' | 'hash'>): WindowKind {
  const parsed = parametersSchema.safeParse(Object.fromEntries(new URLSearchParams(search)));
  if (!parsed.success) return { kind: 'main' };
  if (parsed.data.window === 'session') return { kind: 'session', sessionId: parsed.data.id };
  return { kind: 'settings', view: placeOf(hash) };
}

const isPage = (name: string): name is SettingsPage => settingsPages.some((page) => page === name);

function placeOf(hash: string): SettingsPlace {
  const { page = '', item = '' } = /^#(?<page>[a-z]*)(\/(?<item>[\w-]{1,100}))?$/.exec(hash)?.groups ?? {};
  if (!isPage(page)) return { kind: 'settings', page: 'groups' };
  return { kind: 'settings', page, ...(item !== '' && { item }) };
}

export const sessionWindowAddress = (sessionId: string): string => `/?window=session&id=${sessionId}`;

/** The page is behind the `#`: there is one settings window, whatever it shows. */
export const settingsWindowAddress = ({ page, item }: SettingsPlace): string =>
  `/?window=settings#${[page, item ?? []].flat().join('/')}`;
