import { useEffect, useSyncExternalStore } from 'react';

/** Forms with changes that nobody saved. */
const forms = new Set<object>();
const listeners = new Set<() => void>();
const publish = () => {
  for (const listener of listeners) listener();
};

const askBeforeLeaving = (event: BeforeUnloadEvent) => event.preventDefault();

/** Keeps the window from being left without a question while a form has unsaved changes. */
export function useUnsaved(isUnsaved: boolean): void {
  useEffect(() => {
    if (!isUnsaved) return undefined;
    const form = {};
    forms.add(form);
    publish();
    window.addEventListener('beforeunload', askBeforeLeaving);
    return () => {
      forms.delete(form);
      publish();
      if (forms.size === 0) window.removeEventListener('beforeunload', askBeforeLeaving);
    };
  }, [isUnsaved]);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether any form of this window has unsaved changes. */
export const useHasUnsaved = (): boolean => useSyncExternalStore(subscribe, () => forms.size > 0);
