import { Download, FileClock, GitCompare, Undo2 } from 'lucide-react';
import { useState } from 'react';
import { succeed } from '../../../../shared/contract/failure.ts';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { useSettings } from '../../../app/settings.ts';
import { showFailure } from '../../../app/showFailure.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { VisuallyHidden } from '../../../ui/VisuallyHidden.tsx';
import { DateTime } from '../records/DateTime.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { FilePicker } from '../../../ui/FilePicker.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { useLooksOnly } from '../../../app/ownAccess.ts';
import { saveFile } from '../../../app/saveFile.ts';
import { useAnswer } from '../records/useAnswer.ts';
import type { Client } from '../records/useAnswer.ts';
import { DraftDialog } from './DraftDialog.tsx';
import type { Candidate } from './DraftDialog.tsx';
import { tellImportProblem } from './importProblem.ts';
import type { ImportProblem } from './importProblem.ts';
import { rowsOf } from './revisionRows.ts';
import type { RevisionRow } from './revisionRows.ts';
import styles from './HistoryPage.module.css';

/** Settings of thousands of groups stay well below; the contract takes two million characters. */
const fileLimitBytes = 2_000_000;

const readHistory = (client: Client) => client.settings.history({});

const candidateOf = (revision: number, description: string): Candidate => ({
  title: `Revision ${revision}`,
  description,
  read: async (client) => {
    const answer = await settle(client.settings.readRevision({ revision }));
    return answer.ok ? succeed(answer.value.settings) : answer;
  },
});

/** What was saved, when and by whom: to look at, to go back to, to take out of Proxima and to bring in. */
export function HistoryPage() {
  const client = useClient();
  const current = useSettings()?.saved.revision;
  const { value, failure, reload } = useAnswer(readHistory, current);
  const [candidate, setCandidate] = useState<Candidate>();
  const looksOnly = useLooksOnly();
  const [isExporting, setExporting] = useState(false);
  const [isImporting, setImporting] = useState(false);
  const [refused, setRefused] = useState<{ fileName: string; problem: ImportProblem } | Failure>();
  const rows = rowsOf(value?.revisions ?? [], current);

  const exportSettings = async () => {
    setExporting(true);
    const answer = await settle(client.settings.exportText({}));
    setExporting(false);
    if (answer.ok) saveFile(answer.value.fileName, answer.value.text, 'application/json');
    else showFailure(answer.failure);
  };

  const importSettings = async (file: File) => {
    setRefused(undefined);
    if (file.size > fileLimitBytes) {
      const problem = { field: undefined, problem: 'The file is too large for settings.' };
      return setRefused({ fileName: file.name, problem });
    }
    setImporting(true);
    const text = await file.text();
    const answer = await settle(client.settings.readExport({ text }));
    setImporting(false);
    if (answer.ok) {
      const { settings } = answer.value;
      return setCandidate({
        title: file.name,
        description: 'Settings from a file. Nothing of it is in force yet.',
        read: () => Promise.resolve(succeed(settings)),
      });
    }
    setRefused(
      answer.failure.code === 'input_invalid'
        ? { fileName: file.name, problem: tellImportProblem(answer.failure.detail, text) }
        : answer.failure,
    );
  };

  return (
    <Page
      title="History"
      text="Every save is kept. Going back is a change like any other: it goes into the draft, and you see what it moves before you save it."
      actions={
        <>
          {!looksOnly && (
            <FilePicker
              label="Import…"
              accept=".json,application/json"
              busy={isImporting}
              onPick={(file) => void importSettings(file)}
            />
          )}
          <Button
            icon={<Download aria-hidden="true" />}
            busy={isExporting}
            onClick={() => void exportSettings()}
          >
            Export
          </Button>
        </>
      }
    >
      {refused !== undefined && <Refused refused={refused} />}
      {failure !== undefined && <FailureNote failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Loading>Loading the history</Loading>}
      {value !== undefined && rows.length === 0 && (
        <EmptyState
          icon={<FileClock />}
          title="Nothing was saved yet"
          text="The first change to groups or managers that you save shows here, with who made it and what changed."
        />
      )}
      {rows.length > 0 && (
        <ol className={styles.revisions} aria-label="Revisions, newest first">
          {rows.map((row) => (
            <Revision key={row.revision} row={row} onChoose={setCandidate} />
          ))}
        </ol>
      )}
      {candidate !== undefined && (
        <DraftDialog candidate={candidate} onClose={() => setCandidate(undefined)} />
      )}
    </Page>
  );
}

function Revision({ row, onChoose }: { row: RevisionRow; onChoose: (candidate: Candidate) => void }) {
  const { revision, before } = row;
  const looksOnly = useLooksOnly();
  return (
    <li className={styles.revision}>
      <div className={styles.words}>
        <p className={styles.head}>
          <strong>Revision {revision}</strong>
          {row.isCurrent && <Badge>In force</Badge>}
          <span className={styles.when}>
            <DateTime at={row.at} /> by {row.who}
          </span>
        </p>
        {row.changes.length > 0 && (
          <ul className={styles.changes}>
            {row.changes.map((change, index) => (
              <li key={`${index} ${change}`}>{change}</li>
            ))}
            {row.more > 0 && <li className={styles.more}>{row.more} more changes</li>}
          </ul>
        )}
      </div>
      {row.isCurrent ? (
        before !== undefined &&
        !looksOnly && (
          <Button
            icon={<Undo2 aria-hidden="true" />}
            onClick={() =>
              onChoose(candidateOf(before, `The settings as they were before revision ${revision}.`))
            }
          >
            Undo this save
          </Button>
        )
      ) : (
        <Button
          icon={<GitCompare aria-hidden="true" />}
          onClick={() => onChoose(candidateOf(revision, `The settings as ${row.who} saved them.`))}
        >
          Compare with now
          <VisuallyHidden>: revision {revision}</VisuallyHidden>
        </Button>
      )}
    </li>
  );
}

function Refused({ refused }: { refused: { fileName: string; problem: ImportProblem } | Failure }) {
  if ('code' in refused) return <FailureNote failure={refused} />;
  const { field, problem } = refused.problem;
  return (
    <FailureNote
      failure={{ code: 'input_invalid' }}
      words={{
        what: `${refused.fileName} can’t be imported.`,
        safe:
          field === undefined ? problem : `${field}: ${problem.charAt(0).toLowerCase()}${problem.slice(1)}`,
        next: 'Nothing was changed. Correct the file, and choose it again.',
      }}
    />
  );
}
