import { createContext, use, useMemo, useRef, useState } from 'react';

export const settingsPages = [
  'groups',
  'managers',
  'registry',
  'sessions',
  'people',
  'sign-in',
  'rights',
  'certificates',
  'history',
  'audit',
  'preferences',
  'about',
] as const;
export type SettingsPage = (typeof settingsPages)[number];

/** What the window shows. `work` is hosts and sessions, which stay alive behind the others. */
export type View =
  | { readonly kind: 'work' }
  | { readonly kind: 'health' }
  | {
      readonly kind: 'settings';
      readonly page: SettingsPage;
      /** One thing of the page that is edited, such as a group by its id. */
      readonly item?: string;
    };

/** A page of the settings, and perhaps one thing on it. */
export type SettingsPlace = Extract<View, { kind: 'settings' }>;

interface Views {
  readonly view: View;
  /** Where somebody wants to go while the settings hold unsaved changes; they ask before. */
  readonly wanted: View | undefined;
  /** Shows a view; leaving the settings may be held back. */
  show(view: View): void;
  /** One step up: from a thing to its page, from a page to the hosts and sessions. */
  goUp(): void;
  /** Answers the question behind `wanted`. */
  decide(leave: boolean): void;
  /** `true` while leaving the settings needs a question. */
  holdBack(hold: boolean): void;
}

const work: View = { kind: 'work' };

const ViewsContext = createContext<Views>({
  view: work,
  wanted: undefined,
  show: () => undefined,
  goUp: () => undefined,
  decide: () => undefined,
  holdBack: () => undefined,
});
export const ViewsProvider = ViewsContext.Provider;

/** Which view is shown, and how to show another. */
export const useViews = (): Views => use(ViewsContext);

/** The one state behind `useViews`, for the root. A window of the settings begins with them. */
export function useViewsState(first: View = work): Views {
  const [view, setView] = useState(first);
  const [wanted, setWanted] = useState<View>();
  const isHeld = useRef(false);

  return useMemo(() => {
    const show = (next: View) => {
      if (view.kind === 'settings' && next.kind !== 'settings' && isHeld.current) setWanted(next);
      else setView(next);
    };
    return {
      view,
      wanted,
      show,
      goUp: () => show(view.kind === 'settings' && view.item !== undefined ? withoutItem(view) : work),
      decide: (leave) => {
        if (leave && wanted !== undefined) setView(wanted);
        setWanted(undefined);
      },
      holdBack: (hold) => {
        isHeld.current = hold;
      },
    };
  }, [view, wanted]);
}

const withoutItem = ({ kind, page }: SettingsPlace): View => ({ kind, page });
