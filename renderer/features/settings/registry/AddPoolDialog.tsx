import { useState } from 'react';
import { checkPool, newPool, suggestPoolId } from '../../../app/poolDraft.ts';
import type { PoolDraft } from '../../../app/poolDraft.ts';
import { FormDialog } from '../../../ui/FormDialog.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import { EndpointsField } from './PoolFields.tsx';

/** Names a new pool and its members. Its id is part of every key, so that this is the only place where it is entered. */
export function AddPoolDialog(props: {
  pools: readonly PoolDraft[];
  onClose: () => void;
  onAdd: (pool: PoolDraft) => void;
}) {
  const [pool, setPool] = useState(() => newPool({}));
  const [hasOwnId, setHasOwnId] = useState(false);
  const [tried, setTried] = useState(false);
  const { value, errors } = checkPool(pool);
  const isTaken = props.pools.some(({ id }) => id === pool.id);
  const shown = tried ? errors : {};

  return (
    <FormDialog
      title="Add a pool"
      description="A pool is one etcd cluster. Several pools share nothing: each counts its own sessions."
      submitLabel="Add"
      width="large"
      onSubmit={() => {
        setTried(true);
        if (value !== undefined && !isTaken) props.onAdd(pool);
      }}
      onClose={props.onClose}
    >
      <TextField
        label="Name"
        placeholder="Data centre north"
        error={shown['name']}
        value={pool.name}
        onChange={(name) => setPool({ ...pool, name, ...(!hasOwnId && { id: suggestPoolId(name) }) })}
      />
      <TextField
        label="Id"
        monospace
        hint="Part of every key in the cluster: the same for everybody who uses it, and never changed."
        error={isTaken ? 'Another pool has this id.' : shown['id']}
        value={pool.id}
        onChange={(id) => {
          setHasOwnId(id !== '');
          setPool({ ...pool, id });
        }}
      />
      <EndpointsField
        pool={pool}
        errors={shown}
        disabled={false}
        onChange={(part) => setPool({ ...pool, ...part })}
      />
    </FormDialog>
  );
}
