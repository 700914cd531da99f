import { showToast } from '../ui/Toast.tsx';

/** Puts text on the clipboard and says so; `what` begins the sentence, such as “The pin”. */
export async function copyText(text: string, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    showToast({ title: `${what} is on the clipboard` });
  } catch {
    showToast({
      title: `${what} could not be copied`,
      text: 'The browser did not allow it. Allow this page to use the clipboard, and try again.',
      urgent: true,
    });
  }
}
