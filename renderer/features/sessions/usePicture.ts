import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Failure } from '../../../shared/contract/failure.ts';
import { showToast } from '../../ui/Toast.tsx';
import { useDrawing, useDrawingStore } from '../../app/drawing.ts';
import { useDescription } from '../../app/description.ts';
import { clipboardWaysOf } from '../../app/restrictions.ts';
import { useSessionStore } from '../../app/sessionsContext.tsx';
import type { ConnectionState } from '../../app/sessions.ts';
import type { ClipboardProblem } from './clipboard.ts';
import type { PictureState } from './overlayChoice.ts';
import { createStage } from './stage.ts';
import type { Stage } from './stage.ts';

const firstRetryMs = 150;
/** A tunnel that broke this often in a row, without a picture in between, is left to its person. */
const retryLimit = 5;

const problemWords: Readonly<Record<ClipboardProblem, { title: string; text: string }>> = {
  'write-denied': {
    title: 'The host copied text that could not be put on your clipboard',
    text: 'Allow this page to use the clipboard. The text is kept until then.',
  },
  'too-long': {
    title: 'The text on your clipboard was not sent to the host',
    text: 'A session takes at most 256 KB of text at once.',
  },
  'paste-forbidden': {
    title: 'Nothing was pasted',
    text: 'A policy of this machine lets no text go to hosts.',
  },
  'copy-forbidden': {
    title: 'What the host copied was not taken',
    text: 'A policy of this machine lets no text come from hosts.',
  },
};

const fallenBack = {
  title: 'Pictures are drawn more slowly from now on',
  text: 'Their display stopped twice. It is tried again when this window is loaded anew.',
};

interface PictureOptions {
  readonly tabId: string;
  /** The session whose picture is wanted, live or on its way; `undefined` where there is none. */
  readonly sessionId: string | undefined;
  /** A tab that was never looked at since the window was loaded doesn't take its picture yet. */
  readonly visible: boolean;
  readonly connection: ConnectionState;
  onPicture(): void;
  /** The person gave the keyboard back to the app. */
  onLeave(): void;
}

/** Keeps the picture of a tab's live session in the two elements, and opens its tunnel again whenever that breaks. */
export function usePicture({ tabId, sessionId, visible, connection, ...options }: PictureOptions) {
  const store = useSessionStore();
  const drawingStore = useDrawingStore();
  const { wanted: wantedDrawing } = useDrawing();
  const area = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const stage = useRef<Stage>(null);
  const breaks = useRef(0);
  const [picture, setPicture] = useState<PictureState>({ kind: 'opening' });
  const [required, setRequired] = useState<readonly string[]>();
  const [attempt, setAttempt] = useState(0);
  const [wanted, setWanted] = useState(visible);
  if (visible && !wanted) setWanted(true);

  const onPicture = useEffectEvent(() => {
    breaks.current = 0;
    store.drawn(tabId);
    setPicture({ kind: 'drawn' });
    options.onPicture();
  });
  const onEnd = useEffectEvent((failure?: Failure) => {
    breaks.current++;
    setRequired(undefined);
    const isTaken = failure?.code === 'host_session_taken';
    if (!isTaken && breaks.current < retryLimit) setPicture({ kind: 'broken' });
    else setPicture({ kind: 'given-up', ...(failure && { failure }) });
  });
  const onCrash = useEffectEvent(() => {
    if (drawingStore.noteCrash()) showToast(fallenBack);
  });
  const onLeave = useEffectEvent(options.onLeave);
  const restrictions = useDescription()?.restrictions;
  const clipboardWays = useEffectEvent(() => clipboardWaysOf(restrictions));
  const onClipboardProblem = useEffectEvent((problem: ClipboardProblem) => {
    const { title, text } = problemWords[problem];
    const isForbidden = problem === 'paste-forbidden' || problem === 'copy-forbidden';
    const whom = isForbidden && restrictions !== undefined ? ` Managed by ${restrictions.managedBy}.` : '';
    showToast({ title, text: `${text}${whom}` });
  });

  useEffect(() => {
    if (area.current === null || field.current === null) return;
    const created = createStage(area.current, field.current, {
      onPicture,
      onEnd,
      onCrash,
      onRequired: setRequired,
      onClipboardProblem,
      clipboardWays,
      onLeave,
      onArea: (size) => store.measured(tabId, size),
    });
    stage.current = created;
    return () => {
      created.dispose();
      stage.current = null;
    };
  }, [store, tabId]);

  useEffect(() => {
    // What broke was the tunnel of another session.
    breaks.current = 0;
  }, [sessionId]);

  useEffect(() => {
    if (sessionId === undefined || !wanted) return;
    setPicture({ kind: 'opening' });
    stage.current?.show((signal) => store.openTunnel(sessionId, signal), drawingStore.drawingForNext());
    return () => {
      setRequired(undefined);
      stage.current?.leave();
    };
  }, [store, drawingStore, sessionId, wanted, attempt, wantedDrawing]);

  useEffect(() => {
    if (picture.kind !== 'broken' || connection !== 'connected') return;
    const timer = setTimeout(() => setAttempt((last) => last + 1), firstRetryMs * 2 ** breaks.current);
    return () => clearTimeout(timer);
  }, [picture, connection]);

  useEffect(() => {
    if (!visible) stage.current?.releaseKeys();
  }, [visible]);

  return {
    area,
    field,
    stage,
    picture,
    required,
    dismissRequired: () => setRequired(undefined),
    /** Opens the tunnel again, however often it broke. */
    showAgain: () => {
      breaks.current = 0;
      setAttempt((last) => last + 1);
    },
  };
}
