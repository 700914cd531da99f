import { FileInput } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { DragEvent, ReactNode } from 'react';
import { useLinkActions } from '../../app/linkActions.ts';
import styles from './FileDrop.module.css';

const hasFiles = ({ dataTransfer }: Pick<globalThis.DragEvent, 'dataTransfer'>) =>
  dataTransfer?.types.includes('Files') === true;

/** A browser would leave the page for a file that is dropped beside the place that takes it. */
function useNoDropElsewhere(): void {
  useEffect(() => {
    const refuse = (event: globalThis.DragEvent) => {
      if (event.defaultPrevented || !hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'none';
    };
    window.addEventListener('dragover', refuse);
    window.addEventListener('drop', refuse);
    return () => {
      window.removeEventListener('dragover', refuse);
      window.removeEventListener('drop', refuse);
    };
  }, []);
}

/** Takes a file of a link that is dropped on the hosts. The menu of the list takes it by keyboard. */
export function FileDrop({ children }: { children: ReactNode }) {
  const { takeFile } = useLinkActions();
  const [isOver, setOver] = useState(false);
  useNoDropElsewhere();

  const onDragOver = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  const onDrop = (event: DragEvent) => {
    setOver(false);
    if (!hasFiles(event)) return;
    event.preventDefault();
    for (const file of event.dataTransfer.files) takeFile(file);
  };

  return (
    <div
      className={styles.area}
      onDragOver={onDragOver}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={onDrop}
    >
      {children}
      {isOver && (
        <div className={styles.cue} aria-hidden="true">
          <FileInput />
          Drop it to see where it leads
        </div>
      )}
    </div>
  );
}
