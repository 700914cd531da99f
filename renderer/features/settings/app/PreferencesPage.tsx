import { useState } from 'react';
import { foreignSchemeSchema } from '../../../../shared/model/linkProposal.ts';
import type { ForeignScheme } from '../../../../shared/model/linkProposal.ts';
import type { Preferences } from '../../../../shared/model/preferences.ts';
import { settle, useClient } from '../../../app/connection.ts';
import { useDescription } from '../../../app/description.ts';
import { showFailure } from '../../../app/showFailure.ts';
import { useWatched } from '../../../app/useWatched.ts';
import { Checkbox } from '../../../ui/Checkbox.tsx';
import { Fieldset } from '../../../ui/Fieldset.tsx';
import { Loading, Page } from '../records/Page.tsx';
import { DrawingSection } from './DrawingSection.tsx';
import { FarmSection } from './FarmSection.tsx';
import { watchUpdates } from './watchUpdates.ts';
import styles from './AppPages.module.css';

const watchPreferences: Parameters<typeof useWatched<Preferences>>[0] = (client, signal) =>
  client.preferences.watch({}, { signal });

const schemeHints: Readonly<Record<ForeignScheme, string>> = {
  ssh: 'ssh://user@host, as in documents and terminals',
  rdp: 'rdp://…, as in management portals',
  vnc: 'vnc://host, as of screen sharing',
  telnet: 'telnet://host',
};

/** What each person decides about their desktop app, or their browser. Saved at once. */
export function PreferencesPage() {
  const inDesktop = useDescription()?.runsIn === 'desktop' || window.proximaDesktop === true;
  const where = inDesktop ? 'on this computer' : 'in this browser';
  return (
    <Page title="Preferences" text={`Yours, ${where}. They count at once.`}>
      {inDesktop ? (
        <DesktopPreferences />
      ) : (
        <div className={styles.sections}>
          <DrawingSection />
        </div>
      )}
    </Page>
  );
}

function DesktopPreferences() {
  const saved = useWatched(watchPreferences);
  return saved === undefined ? <Loading>Loading the preferences…</Loading> : <Choices saved={saved} />;
}

function Choices({ saved }: { saved: Preferences }) {
  const client = useClient();
  const updates = useWatched(watchUpdates);
  // What was chosen shows at once; what the host process then tells goes before it.
  const [chosen, setChosen] = useState<{ over: Preferences; preferences: Preferences }>();
  const shown = chosen?.over === saved ? chosen.preferences : saved;

  const save = async (part: Partial<Preferences>) => {
    const preferences = { ...shown, ...part };
    setChosen({ over: saved, preferences });
    const answer = await settle(client.preferences.save({ preferences }));
    if (answer.ok) return;
    setChosen(undefined);
    showFailure(answer.failure);
  };
  const choose = (key: 'notifications' | 'keepInTray' | 'lookForUpdates') => ({
    checked: shown[key],
    onChange: (isOn: boolean) => void save({ [key]: isOn }),
  });
  const decidesUpdates = updates?.kind !== 'off' || !shown.lookForUpdates;

  return (
    <div className={styles.sections}>
      <Fieldset
        title="Links of other programs"
        text="Proxima opens its own links. Of these it can take over those that you choose; your system may ask you once. A link never opens a session by itself: you see where it leads first."
      >
        {foreignSchemeSchema.options.map((scheme) => (
          <Checkbox
            key={scheme}
            label={`${scheme}:// links`}
            hint={schemeHints[scheme]}
            checked={shown.linkSchemes.includes(scheme)}
            onChange={(isOn) =>
              void save({
                linkSchemes: foreignSchemeSchema.options.filter((other) =>
                  other === scheme ? isOn : shown.linkSchemes.includes(other),
                ),
              })
            }
          />
        ))}
      </Fieldset>
      <Fieldset title="In the background">
        <Checkbox
          label="Notify me when a session is lost or its session manager is drained"
          hint="While you are not looking at Proxima."
          {...choose('notifications')}
        />
        <Checkbox
          label="Keep Proxima in the tray when its last window closes"
          hint="Sessions go on then. Quit in the menu of the tray ends them."
          {...choose('keepInTray')}
        />
      </Fieldset>
      <DrawingSection />
      <FarmSection />
      <Fieldset title="Updates">
        <Checkbox
          label="Look for updates by itself"
          hint={
            decidesUpdates ? 'Nothing is installed while sessions are open, unless you say so.' : updates.why
          }
          disabled={!decidesUpdates}
          {...choose('lookForUpdates')}
        />
      </Fieldset>
    </div>
  );
}
