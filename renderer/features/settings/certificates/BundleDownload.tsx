import { Download } from 'lucide-react';
import { useState } from 'react';
import type { Failure, Result } from '../../../../shared/contract/failure.ts';
import type { Bundle } from '../../../../shared/model/certificate.ts';
import { Button } from '../../../ui/Button.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { saveFile } from '../../../app/saveFile.ts';
import { tellFailure } from './certificateWords.ts';
import styles from './BundleDownload.module.css';

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** Downloads the bundle of one machine, and then tells what is in it and where each file belongs. */
export function BundleDownload(props: {
  /** Of the machine. */
  name: string;
  read: () => Promise<Result<Bundle>>;
  kind?: 'primary' | 'secondary';
}) {
  const { name } = props;
  const [busy, setBusy] = useState(false);
  const [bundle, setBundle] = useState<Omit<Bundle, 'contentBase64'>>();
  const [failure, setFailure] = useState<Failure>();

  const download = async () => {
    setBusy(true);
    setFailure(undefined);
    const answer = await props.read();
    setBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    const { contentBase64, ...rest } = answer.value;
    saveFile(rest.fileName, bytesOf(contentBase64), 'application/gzip');
    setBundle(rest);
  };

  return (
    <div className={styles.download}>
      <div className={styles.action}>
        <Button
          kind={props.kind ?? 'secondary'}
          icon={<Download aria-hidden="true" />}
          busy={busy}
          onClick={() => void download()}
        >
          {bundle === undefined ? 'Download bundle' : 'Download again'}
          <VisuallyHidden> for {name}</VisuallyHidden>
        </Button>
      </div>
      {failure !== undefined && (
        <div className={styles.below}>
          <FailureNote failure={failure} words={tellFailure(failure)} />
        </div>
      )}
      {bundle !== undefined && (
        <div className={styles.below} role="status">
          <p>
            <strong>{bundle.fileName}</strong> was downloaded. It holds the private key of {name}: copy it to
            that machine, to no other, and delete the download.
          </p>
          <dl className={styles.files}>
            {bundle.files.map((file) => (
              <div key={file.name} className={styles.file}>
                <dt>{file.name}</dt>
                <dd>{file.purpose}</dd>
              </div>
            ))}
          </dl>
        </div>
      )}
    </div>
  );
}
