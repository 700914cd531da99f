import { AppWindow, EllipsisVertical, Keyboard, PanelTop, Route, X } from 'lucide-react';
import { useState } from 'react';
import { protocolTraits } from '../../../shared/model/protocol.ts';
import { useConnectionState } from '../../app/connection.ts';
import { useDescription } from '../../app/description.ts';
import { clipboardWaysOf } from '../../app/restrictions.ts';
import { useOwnWindows, useOwnWindowsState } from '../../app/ownWindows.ts';
import { useSessionStore } from '../../app/sessionsContext.tsx';
import { stateOfTab } from '../../app/sessionsState.ts';
import type { SessionLayout, SessionTab } from '../../app/sessionsState.ts';
import { WhyHere } from '../../app/WhyHere.tsx';
import { Button } from '../../ui/Button.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { Menu } from '../../ui/Menu.tsx';
import type { MenuAction } from '../../ui/Menu.tsx';
import { ProtocolIcon } from '../../ui/ProtocolIcon.tsx';
import { StateMark } from '../../ui/StateMark.tsx';
import { AnewNotice } from './AnewNotice.tsx';
import { chooseOverlay } from './overlayChoice.ts';
import { DrainNotice } from './DrainNotice.tsx';
import { RequiredPrompt } from './RequiredPrompt.tsx';
import { focusSession, focusTab, idsOf } from './sessionIds.ts';
import { SessionOverlay } from './SessionOverlay.tsx';
import { usePicture } from './usePicture.ts';
import { WatchedNote } from './WatchedNote.tsx';
import styles from './SessionPane.module.css';

const ctrlAltDelete = [0xffe3, 0xffe9, 0xffff];

/** Whether taking the focus would interrupt somebody who writes or decides something. */
const isBusyElsewhere = () =>
  document.activeElement?.matches(
    ':is(input, textarea, select, [contenteditable], [role=dialog], [role=dialog] *, [role=menu] *)',
  ) === true;

/** What a pane does that has its window for itself. */
interface OwnWindow {
  onGiveBack: () => void;
  onEnd: () => void;
}

/** One session: its bar, its picture, and what has to be said over it. Stays mounted while its tab is open. */
export function SessionPane(props: {
  tab: SessionTab;
  layout: SessionLayout;
  isActive: boolean;
  own?: OwnWindow;
}) {
  const { tab, layout, isActive, own } = props;
  const store = useSessionStore();
  const connection = useConnectionState();
  const [explains, setExplains] = useState(false);
  const [hasKeyboard, setHasKeyboard] = useState(false);
  const { session } = tab;
  const state = stateOfTab(tab);
  const visible = isActive || layout === 'grid';
  const ids = idsOf(tab.id);
  const windows = useOwnWindows();
  const { known, sessionIds } = useOwnWindowsState();
  const isElsewhere = tab.sessionId !== undefined && sessionIds.has(tab.sessionId);

  const { area, field, stage, picture, required, dismissRequired, showAgain } = usePicture({
    tabId: tab.id,
    // Its tunnel is made while it is being opened, and waits for it.
    sessionId:
      state.kind !== 'closed' && tab.away === undefined && known && !isElsewhere ? tab.sessionId : undefined,
    visible,
    connection,
    onPicture: () => {
      if (isActive && !isBusyElsewhere()) focusSession(tab.id);
    },
    onLeave: () => focusTab(tab.id),
  });
  const overlay = chooseOverlay(state, picture, connection, {
    isElsewhere,
    isAway: tab.away !== undefined,
    isFound: tab.found !== undefined,
  });
  const isDraining = state.kind === 'live' && session?.draining === true;
  const close = own?.onEnd ?? (() => store.close(tab.id));
  const name = session?.hostName ?? 'Session';
  const { sessionId } = tab;
  const restrictions = useDescription()?.restrictions;
  const forbiddenWays = (): MenuAction[] => {
    const { toHost, fromHost } = clipboardWaysOf(restrictions);
    const whom = `managed by ${restrictions?.managedBy}`;
    const nothing = () => undefined;
    return [
      ...(toHost ? [] : [{ label: `Paste to the host (${whom})`, disabled: true, onSelect: nothing }]),
      ...(fromHost ? [] : [{ label: `Copy from the host (${whom})`, disabled: true, onSelect: nothing }]),
    ];
  };
  const placeOfWindow = (): MenuAction[] => {
    if (own !== undefined)
      return [{ label: 'Back to the main window', icon: <PanelTop />, onSelect: own.onGiveBack }];
    if (windows === undefined || sessionId === undefined || isElsewhere) return [];
    return [{ label: 'Move to own window', icon: <AppWindow />, onSelect: () => windows.open(sessionId) }];
  };

  return (
    <section
      id={ids.panel}
      className={styles.pane}
      role={layout === 'tabs' ? 'tabpanel' : 'group'}
      aria-labelledby={layout === 'tabs' ? ids.tab : ids.title}
      hidden={!visible}
      data-active={isActive}
    >
      <header className={styles.bar}>
        <h2 className={styles.name} id={ids.title} tabIndex={-1}>
          {session !== undefined && <ProtocolIcon protocol={session.protocol} />}
          <span className={styles.hostName}>{name}</span>
        </h2>
        {session !== undefined && (
          <span className={styles.address}>
            {protocolTraits[session.protocol].label} · {session.address}
          </span>
        )}
        <span className={styles.place}>
          {state.kind === 'live' && session?.security !== undefined && <StateMark state={session.security} />}
          {state.kind === 'live' && session?.managerName !== undefined && (
            <span className={styles.manager}>via {session.managerName}</span>
          )}
        </span>
        <span className={styles.hint} id={ids.hint} data-shown={hasKeyboard}>
          <Keyboard aria-hidden="true" /> <Kbd keys="Ctrl+Alt+Shift" /> leaves the session
        </span>
        <span className={styles.tools}>
          {session?.trace !== undefined && (
            <Button
              kind="quiet"
              icon={<Route aria-hidden="true" />}
              aria-label="Why here?"
              onClick={() => setExplains(true)}
            >
              <span className={styles.word}>Why here?</span>
            </Button>
          )}
          <Menu
            trigger={<IconButton label={`More for ${name}`} icon={<EllipsisVertical />} />}
            groups={[
              [
                {
                  label: 'Send Ctrl+Alt+Delete',
                  disabled: overlay.kind !== 'none',
                  onSelect: () => {
                    stage.current?.sendKeys(ctrlAltDelete);
                    focusSession(tab.id);
                  },
                },
              ],
              forbiddenWays(),
              placeOfWindow(),
              [
                ...(isDraining
                  ? [{ label: 'Move to another manager', onSelect: () => store.move(tab.id) }]
                  : []),
                ...(session?.isOthers === true
                  ? [{ label: 'Leave the session', onSelect: close }]
                  : [
                      { label: 'Reconnect', onSelect: () => store.reconnect(tab.id) },
                      { label: 'End session', destructive: true, onSelect: close },
                    ]),
              ],
            ]}
          />
          {layout === 'grid' && own === undefined && (
            <IconButton label={`Close ${name}`} icon={<X />} onClick={close} />
          )}
        </span>
      </header>
      {isDraining && session !== undefined && (
        <DrainNotice key={session.id} session={session} move={tab.move} onMove={() => store.move(tab.id)} />
      )}
      {tab.found === 'anew' && overlay.kind === 'none' && <AnewNotice key={tab.sessionId} />}
      {state.kind === 'live' && session !== undefined && <WatchedNote session={session} />}
      <div className={styles.screen} data-covered={overlay.kind !== 'none'}>
        <div ref={area} className={styles.area} />
        <textarea
          ref={field}
          id={ids.field}
          className={styles.field}
          data-owns-keys
          aria-label={`Keyboard of ${name}`}
          aria-describedby={ids.hint}
          tabIndex={overlay.kind === 'none' ? 0 : -1}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          rows={1}
          onFocus={() => {
            setHasKeyboard(true);
            if (!isActive) store.activate(tab.id);
          }}
          onBlur={() => setHasKeyboard(false)}
        />
        {overlay.kind !== 'none' && (
          <SessionOverlay
            overlay={overlay}
            tab={tab}
            onReconnect={(credential) => store.reconnect(tab.id, credential)}
            onClose={close}
            onShowAgain={showAgain}
            onShowWindow={() => sessionId !== undefined && windows?.bringToFront(sessionId)}
            onTakeBack={() => sessionId !== undefined && windows?.takeBack(sessionId)}
          />
        )}
      </div>
      {required !== undefined && (
        <RequiredPrompt
          names={required}
          hostName={name}
          onAnswer={(values) => {
            stage.current?.answerRequired(values);
            dismissRequired();
          }}
          onCancel={close}
        />
      )}
      {explains && session !== undefined && <WhyHere session={session} onClose={() => setExplains(false)} />}
    </section>
  );
}
