import { useState } from 'react';
import type { Failure } from '../../../../shared/contract/failure.ts';
import { farmChoiceSchema } from '../../../../shared/model/farmChoice.ts';
import type { FarmChoice } from '../../../../shared/model/farmChoice.ts';
import { settle } from '../../../app/connection.ts';
import { useDesktopFarm } from '../../../app/desktopFarm.ts';
import { FailureNote } from '../../../app/FailureNote.tsx';
import { AlertDialog } from '../../../ui/AlertDialog.tsx';
import { Button } from '../../../ui/Button.tsx';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { PolicyNote } from '../../../ui/PolicyNote.tsx';
import { RadioCards } from '../../../ui/RadioCards.tsx';
import { TextField } from '../../../ui/TextField.tsx';
import styles from './AppPages.module.css';

type Farm = NonNullable<ReturnType<typeof useDesktopFarm>>;

/** Whether the app uses a farm instead of a broker of its own; in the desktop app only. */
export function FarmSection() {
  const farm = useDesktopFarm();
  return farm && <Choice key={JSON.stringify(farm.farm)} farm={farm} />;
}

interface Draft {
  readonly isUsed: boolean;
  readonly address: string;
  readonly kind: FarmChoice['verification']['kind'];
  readonly certificatesPem: string;
  readonly pins: string;
}

function draftOf(farm: FarmChoice | null): Draft {
  const verification = farm?.verification;
  return {
    isUsed: farm !== null,
    address: farm?.address ?? '',
    kind: verification?.kind ?? 'system',
    certificatesPem: verification?.kind === 'authorities' ? verification.certificatesPem : '',
    pins: verification?.kind === 'pins' ? verification.pins.join('\n') : '',
  };
}

function choiceOf({ isUsed, address, kind, certificatesPem, pins }: Draft) {
  if (!isUsed) return { success: true, data: null } as const;
  const verification = {
    system: { kind },
    authorities: { kind, certificatesPem },
    pins: { kind, pins: pins.split(/\s+/).filter((pin) => pin !== '') },
  }[kind];
  return farmChoiceSchema.safeParse({ address: address.trim(), verification });
}

function Choice({ farm }: { farm: Farm }) {
  const [draft, setDraft] = useState(() => draftOf(farm.farm));
  const [asks, setAsks] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const isDecided = farm.decidedBy !== undefined;
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const choice = choiceOf(draft);
  const isChanged = choice.success
    ? JSON.stringify(choice.data) !== JSON.stringify(farm.farm)
    : JSON.stringify(draft) !== JSON.stringify(draftOf(farm.farm));
  const issueAt = (field: string) =>
    choice.success || !isChanged
      ? undefined
      : choice.error.issues.find(({ path }) => path.includes(field))?.message;

  const save = async (evenWithSessions: boolean) => {
    setFailure(undefined);
    setAsks(false);
    if (!choice.success) return;
    const answer = await settle(farm.client.farm.choose({ farm: choice.data, evenWithSessions }));
    if (answer.ok) return;
    if (answer.failure.code === 'sessions_are_live') setAsks(true);
    else setFailure(answer.failure);
  };

  return (
    <Fieldset
      title="Farm"
      text="Hosts and sessions can be those of a farm of gateways, or of a single one, instead of this computer’s own. What is saved here stays, and is back when you turn it off."
      disabled={isDecided}
    >
      {isDecided && <PolicyNote managedBy={farm.decidedBy ?? ''}>This was decided for you.</PolicyNote>}
      <Checkbox
        label="Use a farm"
        checked={draft.isUsed}
        disabled={isDecided}
        onChange={(isUsed) => change({ isUsed })}
      />
      {draft.isUsed && (
        <>
          <TextField
            label="Address of the farm"
            placeholder="https://proxima.example"
            value={draft.address}
            disabled={isDecided}
            error={draft.address === '' ? undefined : issueAt('address')}
            onChange={(address) => change({ address })}
          />
          <RadioCards
            label="How its certificate is verified"
            value={draft.kind}
            disabled={isDecided}
            onChange={(kind) => change({ kind })}
            options={[
              {
                value: 'system',
                label: 'By the authorities of this computer',
                text: 'For a certificate that browsers accept as well.',
              },
              {
                value: 'authorities',
                label: 'By an authority of its own',
                text: 'Only by the certificates that you paste here.',
                details: (
                  <TextField
                    label="Certificates of the authority"
                    hint="PEM, as whoever runs the farm gave it to you."
                    value={draft.certificatesPem}
                    error={draft.certificatesPem === '' ? undefined : issueAt('certificatesPem')}
                    onChange={(certificatesPem) => change({ certificatesPem })}
                    multiline
                    monospace
                  />
                ),
              },
              {
                value: 'pins',
                label: 'By its key',
                text: 'The farm has to have one of these keys; names and dates of its certificate don’t matter.',
                details: (
                  <TextField
                    label="Pinned keys"
                    hint="Base64 SHA-256 of the public key, one in each line."
                    value={draft.pins}
                    error={draft.pins === '' ? undefined : issueAt('pins')}
                    onChange={(pins) => change({ pins })}
                    multiline
                    monospace
                  />
                ),
              },
            ]}
          />
        </>
      )}
      {failure !== undefined && <FailureNote failure={failure} />}
      {!isDecided && (isChanged || failure !== undefined) && (
        <div className={styles.farmActions}>
          <Button kind="primary" disabled={!choice.success} onClick={() => void save(false)}>
            Save, and start anew
          </Button>
          <Button onClick={() => setDraft(draftOf(farm.farm))}>Discard</Button>
        </div>
      )}
      {farm.standing.kind === 'signed-in' && (
        <div className={styles.farmActions}>
          <Button onClick={() => void settle(farm.client.farm.signOut({}))}>Sign out of the farm</Button>
        </div>
      )}
      <AlertDialog
        open={asks}
        title="Leave your open sessions?"
        text="Proxima starts anew. Sessions of this computer end; those of a farm go on there until their time is over."
        confirmLabel="Start anew"
        onConfirm={() => void save(true)}
        onCancel={() => setAsks(false)}
      />
    </Fieldset>
  );
}
