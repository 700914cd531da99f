import { useEffect, useId, useState } from 'react';
import type { Credential } from '../../../shared/model/host.ts';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import type { Protocol } from '../../../shared/model/protocol.ts';
import { settle, useClient } from '../../app/connection.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/TextField.tsx';
import styles from './SessionOverlay.module.css';

/** Asks for a credential for one opening. What is typed lives in this form and nowhere else. */
export function CredentialForm(props: {
  hostId: string;
  protocol: Protocol;
  onSubmit: (credential: Credential) => void;
  onCancel: () => void;
}) {
  const client = useClient();
  const traits = protocolTraits[props.protocol];
  const titleId = useId();
  const [username, setUsername] = useState('');
  const [domain, setDomain] = useState('');
  const [password, setPassword] = useState('');

  useEffect(() => {
    let current = true;
    const fill = async () => {
      const answer = await settle(client.hosts.read({ hostId: props.hostId }));
      if (!current || !answer.ok) return;
      setUsername((typed) => typed || answer.value.host.username);
      setDomain((typed) => typed || answer.value.host.domain);
    };
    void fill();
    return () => {
      current = false;
    };
  }, [client, props.hostId]);

  const submit = () =>
    props.onSubmit({
      password,
      ...(traits.wantsUsername && { username }),
      ...(traits.wantsDomain && { domain }),
    });

  return (
    <form
      className={styles.form}
      aria-labelledby={titleId}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p id={titleId} className={styles.muted}>
        Used for this session only, and stored nowhere.
      </p>
      {traits.wantsUsername && <TextField label="User name" value={username} onChange={setUsername} />}
      {traits.wantsDomain && <TextField label="Domain" value={domain} onChange={setDomain} />}
      <TextField label="Password" type="password" value={password} onChange={setPassword} autoFocus />
      <div className={styles.actions}>
        <Button kind="primary" type="submit">
          Connect
        </Button>
        <Button onClick={props.onCancel}>Back</Button>
      </div>
    </form>
  );
}
