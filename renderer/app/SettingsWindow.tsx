import { Activity, Settings } from 'lucide-react';
import { useEffect, useEffectEvent } from 'react';
import type { ReactNode } from 'react';
import { VisuallyHidden } from '../ui/VisuallyHidden.tsx';
import { Banners } from './Banners.tsx';
import { useShortcuts } from './shortcuts.ts';
import { useTitle } from './useTitle.ts';
import { useViews } from './views.ts';
import type { View } from './views.ts';
import { hearWindows } from './windowMessages.ts';
import styles from './SettingsWindow.module.css';

const views = [
  { view: { kind: 'settings', page: 'groups' }, title: 'Settings', Icon: Settings },
  { view: { kind: 'health' }, title: 'Cluster health', Icon: Activity },
] as const satisfies readonly { view: View; title: string; Icon: unknown }[];

/** A window of its own for the settings, and the health of the cluster beside them. */
export function SettingsWindow(props: { settings: ReactNode; health: ReactNode }) {
  const { view, show, goUp } = useViews();
  const shown = views.find((candidate) => candidate.view.kind === view.kind);
  useTitle(shown?.title);
  const hasItem = view.kind === 'settings' && view.item !== undefined;
  useShortcuts(hasItem ? { Escape: goUp } : {});
  const hear = useEffectEvent((message: Parameters<Parameters<typeof hearWindows>[0]>[0]) => {
    if (message.kind !== 'show-settings') return;
    const { page, item } = message;
    // Who only asks for the settings gets them as they were left.
    if (page !== undefined) show({ kind: 'settings', page, ...(item !== undefined && { item }) });
    window.focus();
  });
  useEffect(() => hearWindows(hear), []);

  return (
    <div className={styles.window}>
      <Banners />
      <main className={styles.main}>
        <h1 className={styles.appName}>
          <VisuallyHidden>Proxima</VisuallyHidden>
        </h1>
        <nav className={styles.bar} aria-label="Administration">
          {views.map(({ view: target, title, Icon }) => (
            <button
              key={title}
              type="button"
              className={styles.link}
              aria-current={target.kind === view.kind ? 'page' : undefined}
              onClick={() => target.kind !== view.kind && show(target)}
            >
              <Icon aria-hidden="true" />
              {title}
            </button>
          ))}
        </nav>
        <section className={styles.view} aria-labelledby="window-title">
          <h2 id="window-title" className={styles.title}>
            <VisuallyHidden>{shown?.title}</VisuallyHidden>
          </h2>
          {view.kind === 'health' ? props.health : props.settings}
        </section>
      </main>
    </div>
  );
}
