import { Link2, RefreshCw, ScrollText, SearchX, ShieldAlert } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import type { AuditRecord } from '../../../../shared/model/audit.ts';
import { useSettings } from '../../../app/settings.ts';
import { Button } from '../../../ui/Button.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { Mark } from '../../../ui/Mark.tsx';
import { DateTime } from '../records/DateTime.tsx';
import { ListFilter } from '../records/ListFilter.tsx';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { useAnswer } from '../records/useAnswer.ts';
import type { Client } from '../records/useAnswer.ts';
import { filterRecords } from './auditFilter.ts';
import { describeChain } from './chainState.ts';
import styles from './AuditPage.module.css';

const readAudit = (client: Client) => client.audit.read({});

/** Who changed what and when, and whether the log can be believed. */
export function AuditPage() {
  const revision = useSettings()?.saved.revision;
  const { value, failure, isLoading, reload } = useAnswer(readAudit, revision);
  const [filter, setFilter] = useState('');
  const wanted = useDeferredValue(filter);
  const records = value?.records ?? [];
  const found = filterRecords(records, wanted);
  return (
    <Page
      title="Audit log"
      text="Every administrative change, with who made it. A change that can’t be recorded here isn’t made."
      actions={
        <Button
          icon={<RefreshCw aria-hidden="true" />}
          busy={isLoading && value !== undefined}
          onClick={reload}
        >
          Reload
        </Button>
      }
    >
      {failure !== undefined && <FailureNote failure={failure} onRetry={reload} />}
      {value === undefined && failure === undefined && <Loading>Loading the audit log</Loading>}
      {value !== undefined && <Chain intact={value.intact} brokenAt={value.brokenAt} />}
      {value !== undefined && records.length === 0 && (
        <EmptyState
          icon={<ScrollText />}
          title="Nothing is recorded yet"
          text="Saved settings, certificates and exports show here from the first one on."
        />
      )}
      {records.length > 0 && (
        <>
          <ListFilter
            label="Filter the records"
            placeholder="Filter by person, change, name or date"
            value={filter}
            onChange={setFilter}
            isNarrowed={filter.trim() !== ''}
            found={found.length}
            all={records.length}
            noun={['record', 'records']}
          />
          {found.length === 0 ? (
            <EmptyState
              icon={<SearchX />}
              title="No record fits"
              text={`None of the last ${records.length} records has “${wanted.trim()}” in it.`}
            >
              <Button onClick={() => setFilter('')}>Show all</Button>
            </EmptyState>
          ) : (
            <Records records={found} brokenAt={value?.brokenAt} />
          )}
        </>
      )}
    </Page>
  );
}

function Chain(props: { intact: boolean; brokenAt: number | undefined }) {
  const { isIntact, mark, means, next } = describeChain(props);
  return (
    <div className={styles.chain} data-broken={!isIntact || undefined} role={isIntact ? undefined : 'alert'}>
      <Mark
        tone={isIntact ? 'good' : 'bad'}
        icon={isIntact ? <Link2 aria-hidden="true" /> : <ShieldAlert aria-hidden="true" />}
      >
        {mark}
      </Mark>
      <div className={styles.means}>
        <p>{means}</p>
        {next !== undefined && (
          <p>
            <strong>What to do:</strong> {next}
          </p>
        )}
      </div>
    </div>
  );
}

function Records({ records, brokenAt }: { records: readonly AuditRecord[]; brokenAt: number | undefined }) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Number</th>
          <th scope="col">When</th>
          <th scope="col">Who</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <tr key={record.number} data-broken={record.number === brokenAt || undefined}>
            <th scope="row">{record.number}</th>
            <td className={styles.when}>
              <DateTime at={record.at} />
            </td>
            <td className={styles.who}>{record.who}</td>
            <td className={styles.what}>
              <p className={styles.summary}>
                <span>{record.what}</span>
                {record.number === brokenAt && (
                  <Mark tone="bad" icon={<ShieldAlert aria-hidden="true" />}>
                    Doesn’t fit the one before
                  </Mark>
                )}
              </p>
              <Details details={record.details} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** So many are seen at once; a save that moves everything has hundreds. */
const shownDetails = 6;

function Details({ details }: { details: readonly string[] }) {
  const [all, setAll] = useState(false);
  if (details.length === 0) return null;
  const isShort = all || details.length <= shownDetails + 1;
  const shown = isShort ? details : details.slice(0, shownDetails);
  return (
    <>
      <ul className={styles.details}>
        {shown.map((detail, index) => (
          <li key={`${index} ${detail}`}>{detail}</li>
        ))}
      </ul>
      {!isShort && (
        <button type="button" className={styles.more} onClick={() => setAll(true)}>
          {details.length - shownDetails} more
        </button>
      )}
    </>
  );
}
