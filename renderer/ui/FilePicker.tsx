import { useRef } from 'react';
import { FolderOpen } from 'lucide-react';
import { Button } from './Button.tsx';

/** A button that asks for one file; the same file can be picked again. */
export function FilePicker(props: {
  label: string;
  /** File name endings, such as `.json`. */
  accept: string;
  busy?: boolean;
  disabled?: boolean;
  kind?: 'primary' | 'secondary';
  onPick: (file: File) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        kind={props.kind ?? 'secondary'}
        icon={<FolderOpen aria-hidden="true" />}
        busy={props.busy ?? false}
        disabled={props.disabled ?? false}
        onClick={() => input.current?.click()}
      >
        {props.label}
      </Button>
      <input
        ref={input}
        type="file"
        accept={props.accept}
        hidden
        aria-label={props.label}
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file !== undefined) props.onPick(file);
          event.target.value = '';
        }}
      />
    </>
  );
}
