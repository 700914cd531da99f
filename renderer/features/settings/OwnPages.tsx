import { useViews } from '../../app/views.ts';
import { AboutPage } from './app/AboutPage.tsx';
import { PreferencesPage } from './app/PreferencesPage.tsx';
import { Segments } from '../../ui/Segments.tsx';
import styles from './OwnPages.module.css';

/** For whoever may look at nothing that administrators decide: what is about their own app. */
export function OwnPages() {
  const { view, show } = useViews();
  const page = view.kind === 'settings' && view.page !== 'about' ? 'preferences' : 'about';
  return (
    <div className={styles.scroller}>
      <div className={styles.page}>
        <div>
          <Segments
            label="Page"
            value={page}
            onChange={(next) => show({ kind: 'settings', page: next })}
            options={[
              { value: 'preferences', label: 'Preferences' },
              { value: 'about', label: 'About Proxima' },
            ]}
          />
        </div>
        {page === 'preferences' ? <PreferencesPage /> : <AboutPage />}
      </div>
    </div>
  );
}
