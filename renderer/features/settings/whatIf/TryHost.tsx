import { ArrowDown } from 'lucide-react';
import { useMemo, useState } from 'react';
import { describeFailure } from '../../../../shared/contract/failure.ts';
import { targetAddressSchema } from '../../../../shared/model/address.ts';
import { generalVault } from '../../../../shared/model/host.ts';
import type { HostWhatIf } from '../../../../shared/model/whatIf.ts';
import { useHosts } from '../../../app/hosts.ts';
import { Select } from '../../../ui/Select.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { Part } from './Part.tsx';
import { useLatestAnswer } from './useLatestAnswer.ts';
import { useWhatIf } from './whatIf.ts';
import { isHostMoved, tellNoManager, tellWhy } from './whatIfWords.ts';
import styles from './TryHost.module.css';

/** One typed address: where it goes today, and where after the save. */
export function TryHost() {
  const { vaults } = useHosts().lists;
  const { question } = useWhatIf();
  const [address, setAddress] = useState('');
  const [vaultId, setVaultId] = useState(generalVault.id);
  const parsed = targetAddressSchema.safeParse(address);
  const target = parsed.data;
  const asked = useMemo(
    () => (target === undefined ? undefined : { whatIf: question, request: { vaultId, address: target } }),
    [question, vaultId, target],
  );
  const answer = useLatestAnswer(asked, (client, input, signal) => client.whatIf.host(input, { signal }));
  const problem =
    address.trim() === '' || parsed.success ? undefined : 'This is not an IP address or a host name yet.';

  return (
    <Part title="Try an address" isPending={answer.isPending}>
      <div className={styles.fields}>
        <TextField
          label="Address of a host"
          placeholder="10.0.0.5 or web.corp.example"
          value={address}
          onChange={setAddress}
          hint={problem}
        />
        <Select
          label="In the vault"
          value={vaultId}
          onChange={setVaultId}
          options={vaults.map(({ id, name }) => ({ value: id, label: name }))}
        />
      </div>
      {target !== undefined && answer.failure && !answer.isPending && (
        <p>{describeFailure(answer.failure).what}</p>
      )}
      {target !== undefined && answer.value && <Outcome answer={answer.value} />}
    </Part>
  );
}

function Outcome({ answer }: { answer: HostWhatIf }) {
  const moved = isHostMoved(answer);
  return (
    <div className={styles.outcome} role="status">
      <Place when={moved ? 'Today' : 'Today and after'} place={answer.today} />
      {moved && (
        <>
          <ArrowDown aria-hidden="true" />
          <Place when="After" place={answer.after} />
        </>
      )}
    </div>
  );
}

function Place({ when, place }: { when: string; place: HostWhatIf['today'] }) {
  const { trace, groupId, managerId } = place;
  const group = trace.groups.find((candidate) => candidate.groupId === groupId);
  const manager = trace.managers.find((candidate) => candidate.managerId === managerId);
  return (
    <p className={styles.place}>
      <span className={styles.when}>{when}</span>
      <span>
        <strong>{group?.name ?? 'no group'}</strong>
        {manager !== undefined && (
          <>
            {' '}
            on <strong>{manager.name}</strong>
          </>
        )}
      </span>
      <span className={styles.why}>{tellWhy(trace, groupId)}</span>
      {manager === undefined && (
        <span className={styles.none}>No session manager can take it: {tellNoManager(trace)}.</span>
      )}
    </p>
  );
}
