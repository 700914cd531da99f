import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { PointerEvent as ReactPointerEvent, RefObject } from 'react';
import { placeOfPointer } from './reorder.ts';

/** Rows of the list that can be moved carry this attribute, with their id. */
export const rowAttribute = 'data-reorder-id';

/** Moves rows by the pointer, at once as it goes; Escape puts the row back where it was. */
export function useReorder(
  list: RefObject<HTMLElement | null>,
  move: (id: string, to: number) => void,
): { draggedId: string | undefined; startDrag: (id: string) => (event: ReactPointerEvent) => void } {
  const [draggedId, setDraggedId] = useState<string>();
  const startedAt = useRef(0);

  const rowsOfList = () => [...(list.current?.querySelectorAll(`[${rowAttribute}]`) ?? [])];
  const indexOf = (id: string) => rowsOfList().findIndex((row) => row.getAttribute(rowAttribute) === id);

  const onMove = useEffectEvent((event: PointerEvent) => {
    if (draggedId === undefined) return;
    const rows = rowsOfList();
    const at = indexOf(draggedId);
    const boxes = rows.map((row) => row.getBoundingClientRect());
    const place = placeOfPointer(boxes, at, event.clientY);
    if (place === at) return;
    move(draggedId, place);
    rows[place]?.scrollIntoView({ block: 'nearest' });
  });
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== 'Escape' || draggedId === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(draggedId, startedAt.current);
    setDraggedId(undefined);
  });

  useEffect(() => {
    if (draggedId === undefined) return undefined;
    // On the window: a row that changes its place would lose a captured pointer.
    const stop = new AbortController();
    const { signal } = stop;
    const end = () => setDraggedId(undefined);
    window.addEventListener('pointermove', onMove, { signal });
    window.addEventListener('pointerup', end, { signal });
    window.addEventListener('pointercancel', end, { signal });
    window.addEventListener('keydown', onKeyDown, { signal, capture: true });
    return () => stop.abort();
  }, [draggedId]);

  return {
    draggedId,
    startDrag: (id) => (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      startedAt.current = indexOf(id);
      setDraggedId(id);
    },
  };
}
