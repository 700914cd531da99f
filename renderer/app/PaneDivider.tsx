import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { clampPaneWidth, paneLimits } from './paneWidth.ts';
import styles from './PaneDivider.module.css';

const keyboardStep = 16;

/** Between the panes: drag it, or move it by the arrow keys; a double-click gives the usual width. */
export function PaneDivider({ width, onResize }: { width: number; onResize: (width: number) => void }) {
  const drag = useRef<{ pointerX: number; width: number }>(undefined);

  const startDrag = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { pointerX: event.clientX, width };
  };
  const moveDrag = (event: PointerEvent) => {
    const from = drag.current;
    if (from !== undefined) onResize(clampPaneWidth(from.width + event.clientX - from.pointerX));
  };
  const endDrag = () => {
    drag.current = undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = new Map([
      ['ArrowLeft', width - keyboardStep],
      ['ArrowRight', width + keyboardStep],
      ['Home', paneLimits.least],
      ['End', paneLimits.most],
    ]).get(event.key);
    if (next === undefined) return;
    event.preventDefault();
    onResize(clampPaneWidth(next));
  };

  return (
    <div
      className={styles.divider}
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the hosts"
      aria-valuemin={paneLimits.least}
      aria-valuemax={paneLimits.most}
      aria-valuenow={width}
      tabIndex={0}
      onPointerDown={startDrag}
      onPointerMove={moveDrag}
      onPointerUp={endDrag}
      onPointerCancel={endDrag}
      onDoubleClick={() => onResize(paneLimits.usual)}
      onKeyDown={onKeyDown}
    />
  );
}
