import type { LinkEvent } from '../../shared/model/linkProposal.ts';
import { dirtyKeys } from './dirtyKeys.ts';
import type { Links } from './ports.ts';

/** Hands each waiting link to one window. */
export interface LinkDesk {
  watch(signal: AbortSignal | undefined): AsyncGenerator<LinkEvent>;
}

/** A window that watches; wakes it. */
type Wake = () => void;

/**
 * The window that came last is asked; where it goes without having dealt with its links, the one before it is. A refusal is told
 * once.
 */
export function createLinkDesk(links: Pick<Links, 'waiting' | 'onChange'>): LinkDesk {
  const windows: Wake[] = [];
  const askedBy = new Map<LinkEvent, Wake>();

  function takeNext(window: Wake): LinkEvent | undefined {
    const waiting = links.waiting();
    for (const event of askedBy.keys()) if (!waiting.includes(event)) askedBy.delete(event);
    if (windows.at(-1) !== window) return undefined;
    const next = waiting.find((event) => !askedBy.has(event));
    if (next) askedBy.set(next, window);
    return next;
  }

  function leave(window: Wake): void {
    const place = windows.indexOf(window);
    if (place < 0) return;
    windows.splice(place, 1);
    for (const [event, asked] of askedBy)
      if (asked === window && event.kind === 'proposed') askedBy.delete(event);
    windows.at(-1)?.();
  }

  return {
    async *watch(signal) {
      let window: Wake = () => undefined;
      const changes = dirtyKeys((markDirty) => {
        window = () => markDirty('links');
        windows.push(window);
        window();
        const unsubscribe = links.onChange(window);
        return () => {
          unsubscribe();
          leave(window);
        };
      }, signal);
      // A window that is gone may not come for its next event any more.
      signal?.addEventListener('abort', () => leave(window));
      for await (const _ of changes) {
        for (let next = takeNext(window); next; next = takeNext(window)) yield next;
      }
    },
  };
}
