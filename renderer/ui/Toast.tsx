import { Toast as BaseToast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import styles from './Toast.module.css';

const toasts = BaseToast.createToastManager();
const readingTimeMs = 6_000;
/** Around the toasts of a narrow window, in CSS pixels; as in the stylesheet. */
const edge = 8;
/** Long enough to notice a slip; the host process keeps what was removed for a minute. */
const undoTimeMs = 12_000;

/** Tells something in passing, with at most one action. What must not be missed belongs elsewhere. */
export function showToast(toast: {
  title: string;
  text?: string;
  action?: { label: string; onPress: () => void };
  /** Something went wrong: said at once by screen readers, and stays until dismissed. */
  urgent?: boolean;
  /** Stays until dismissed, without being urgent. */
  stays?: boolean;
}): void {
  const id = toasts.add({
    title: toast.title,
    description: toast.text,
    timeout:
      toast.urgent === true || toast.stays === true
        ? 0
        : toast.action === undefined
          ? readingTimeMs
          : undoTimeMs,
    priority: toast.urgent === true ? 'high' : 'low',
    type: toast.urgent === true ? 'urgent' : 'plain',
    ...(toast.action !== undefined && {
      actionProps: {
        children: toast.action.label,
        onClick: () => {
          toasts.close(id);
          toast.action?.onPress();
        },
      },
    }),
  });
}

/** Whether the focus is in a toast, which is about to go: who acts on one takes the focus along. */
export const isFocusInToasts = (): boolean =>
  document.activeElement?.closest(`.${styles['viewport']}`) instanceof Element;

/** Tells the page how much room the toasts take: a narrow window keeps it free, so that they lie on no button. */
function reserveRoom(viewport: HTMLElement | null): (() => void) | undefined {
  if (viewport === null) return undefined;
  const { style } = document.documentElement;
  const observer = new ResizeObserver(() => {
    const { offsetHeight } = viewport;
    style.setProperty('--toasts-height', offsetHeight === 0 ? '0px' : `${offsetHeight + 2 * edge}px`);
  });
  observer.observe(viewport);
  return () => observer.disconnect();
}

/** Where toasts show; once, at the root. */
export function Toasts() {
  return (
    <BaseToast.Provider toastManager={toasts} limit={3}>
      <BaseToast.Portal>
        <BaseToast.Viewport ref={reserveRoom} className={styles.viewport} aria-label="Messages">
          <ToastList />
        </BaseToast.Viewport>
      </BaseToast.Portal>
    </BaseToast.Provider>
  );
}

function ToastList() {
  return BaseToast.useToastManager().toasts.map((toast) => (
    <BaseToast.Root key={toast.id} toast={toast} className={styles.toast} swipeDirection="right">
      <BaseToast.Content className={styles.content}>
        <div className={styles.words}>
          <BaseToast.Title className={styles.title} />
          <BaseToast.Description className={styles.text} />
        </div>
        <BaseToast.Action className={styles.action} />
        <BaseToast.Close className={styles.close} aria-label="Dismiss">
          <X aria-hidden="true" />
        </BaseToast.Close>
      </BaseToast.Content>
    </BaseToast.Root>
  ));
}
