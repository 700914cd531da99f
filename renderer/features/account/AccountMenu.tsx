import {
  ChevronsUpDown,
  Info,
  KeyRound,
  LogOut,
  MonitorOff,
  ShieldCheck,
  ShieldX,
  UserRound,
} from 'lucide-react';
import { useState } from 'react';
import { settle, useClient } from '../../app/connection.ts';
import { hasLocalAccount, isOwner, mayOversee, useOwnAccess } from '../../app/ownAccess.ts';
import { showFailure } from '../../app/showFailure.ts';
import { useViews } from '../../app/views.ts';
import { AlertDialog } from '../../ui/AlertDialog.tsx';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { VisuallyHidden } from '../../ui/VisuallyHidden.tsx';
import { ChangePasswordDialog } from './ChangePasswordDialog.tsx';
import { RemoveSecondFactorDialog } from './RemoveSecondFactorDialog.tsx';
import { SecondFactorDialog } from './SecondFactorDialog.tsx';
import styles from './AccountMenu.module.css';

type Asked = 'password' | 'second-factor' | 'no-second-factor' | 'sign-out-everywhere';

/** Who is signed in, with what they can do about it; nothing where there is nothing to sign out of. */
export function AccountMenu({ compact = false }: { compact?: boolean }) {
  const own = useOwnAccess();
  const client = useClient();
  const { show } = useViews();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  if (own === undefined || !own.canSignOut) return null;

  const { person } = own;
  const name = person.displayName === '' ? person.name : person.displayName;
  const signOut = async (everywhere: boolean) => {
    close();
    const answer = await settle(client.people.signOut({ everywhere }));
    // The page that comes instead of this one says how to sign in.
    if (answer.ok) location.reload();
    else showFailure(answer.failure);
  };

  return (
    <div className={compact ? undefined : styles.row}>
      <Menu
        trigger={
          compact ? (
            <IconButton label={`Your account: ${name}`} icon={<UserRound />} />
          ) : (
            <Button kind="quiet" icon={<UserRound aria-hidden="true" />}>
              <VisuallyHidden>Your account: </VisuallyHidden>
              <span className={styles.name}>{name}</span>
              <span className={styles.role}>{tellRole()}</span>
              <ChevronsUpDown aria-hidden="true" className={styles.more} />
            </Button>
          )
        }
        groups={[
          hasLocalAccount(own)
            ? [
                { label: 'Change password…', icon: <KeyRound />, onSelect: () => setAsked('password') },
                own.hasSecondFactor
                  ? {
                      label: 'Remove the second factor…',
                      icon: <ShieldX />,
                      onSelect: () => setAsked('no-second-factor'),
                    }
                  : {
                      label: 'Set up a second factor…',
                      icon: <ShieldCheck />,
                      onSelect: () => setAsked('second-factor'),
                    },
              ]
            : [],
          mayOversee(own)
            ? []
            : [
                {
                  label: 'About Proxima',
                  icon: <Info />,
                  onSelect: () => show({ kind: 'settings', page: 'about' }),
                },
              ],
          [
            { label: 'Sign out', icon: <LogOut />, onSelect: () => void signOut(false) },
            {
              label: 'Sign out everywhere…',
              icon: <MonitorOff />,
              destructive: true,
              onSelect: () => setAsked('sign-out-everywhere'),
            },
          ],
        ]}
      />
      {asked === 'password' && <ChangePasswordDialog onClose={close} />}
      {asked === 'second-factor' && <SecondFactorDialog onClose={close} />}
      {asked === 'no-second-factor' && <RemoveSecondFactorDialog onClose={close} />}
      <AlertDialog
        open={asked === 'sign-out-everywhere'}
        title="Sign out everywhere?"
        text="You are signed out in every browser, and all your sessions end. Work that was not saved on their hosts may be lost."
        confirmLabel="Sign out everywhere"
        onConfirm={() => void signOut(true)}
        onCancel={close}
      />
    </div>
  );

  function tellRole(): string {
    if (own === undefined || isOwner(own)) return 'one-time token';
    if (person.roles.includes('administrator')) return 'administrator';
    return person.roles.includes('auditor') ? 'auditor' : '';
  }
}
