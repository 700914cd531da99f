import { Copy, ShieldCheck } from 'lucide-react';
import type { Certificate } from '../../../../shared/model/certificate.ts';
import { managedBy, useSettings, useSettingsStore } from '../../../app/settings.ts';
import { useViews } from '../../../app/views.ts';
import { Button } from '../../../ui/Button.tsx';
import { showToast } from '../../../ui/Toast.tsx';
import { copyText } from '../../../app/copyText.ts';
import { trustAuthority } from './draftTrust.ts';
import styles from './WhatToCopy.module.css';

/** Makes the groups of these managers trust an authority, in the draft; or copies its certificate. */
export function TrustAuthority(props: {
  authority: Certificate;
  managerIds: readonly string[];
  onTrusted: () => void;
}) {
  const { certificatePem } = props.authority;
  const store = useSettingsStore();
  const state = useSettings();
  const { show } = useViews();
  const trusted = state && trustAuthority(state.draft, props.managerIds, certificatePem);
  const isLocked = state === undefined || managedBy(state.saved, 'groups') !== undefined;

  const trust = () => {
    if (trusted === undefined) return;
    store.edit((draft) => trustAuthority(draft, props.managerIds, certificatePem).draft);
    props.onTrusted();
    show({ kind: 'settings', page: 'groups' });
    showToast({
      title: `In the draft, ${trusted.names.join(', ')} ${trusted.names.length === 1 ? 'trusts' : 'trust'} the authority`,
      text: 'Nothing is saved yet. Save once the machines use their certificates.',
    });
  };
  return (
    <div className={styles.actions}>
      {trusted !== undefined && trusted.names.length > 0 && !isLocked && (
        <Button icon={<ShieldCheck aria-hidden="true" />} onClick={trust}>
          Trust it in{' '}
          {trusted.names.length <= 2 ? trusted.names.join(' and ') : `${trusted.names.length} groups`}
        </Button>
      )}
      <Button
        icon={<Copy aria-hidden="true" />}
        onClick={() => void copyText(certificatePem, 'The certificate of the authority')}
      >
        Copy its certificate
      </Button>
    </div>
  );
}
