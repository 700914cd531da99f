import type { Dialog, PermissionRequest, Session, SystemPreferences } from 'electron';
import { appOrigin } from './appScheme.ts';
import { parseWindowAddress } from './windowAddress.ts';

/**
 * What our page may do without a question: the clipboard of a session, both ways; and the keyboard and the pointer for a session that fills
 * the screen.
 */
const grantedPermissions: readonly string[] = [
  'clipboard-read',
  'clipboard-sanitized-write',
  'fullscreen',
  'keyboardLock',
  'pointerLock',
];

export interface PermissionParts {
  readonly session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
  >;
  readonly dialog: Pick<Dialog, 'showMessageBox'>;
  /** Only macOS has a question of its own. */
  readonly systemPreferences: Pick<SystemPreferences, 'askForMediaAccess'>;
  readonly platform: NodeJS.Platform;
}

/** Grants our own page the few permissions that it needs, the microphone once its person agreed, and refuses every other request by anybody. */
export function limitPermissions({ session, dialog, systemPreferences, platform }: PermissionParts): void {
  /** The answer counts until Proxima ends. */
  let microphone: Promise<boolean> | undefined;
  let mayHear = false;

  async function askForMicrophone(): Promise<boolean> {
    const { response } = await dialog.showMessageBox({
      type: 'question',
      title: 'Proxima',
      message: 'Let hosts hear this machine’s microphone?',
      detail: 'Until Proxima is closed, sessions whose host asks for sound get it. Nothing is recorded here.',
      buttons: ['Allow', 'Don’t allow'],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    });
    mayHear =
      response === 0 && (platform !== 'darwin' || (await systemPreferences.askForMediaAccess('microphone')));
    return mayHear;
  }

  session.setPermissionRequestHandler((_contents, permission, decide, details) => {
    if (!isOwnPage(details)) decide(false);
    else if (permission === 'media' && isForMicrophone(details)) {
      microphone ??= askForMicrophone();
      void microphone.then(decide, () => decide(false));
    } else decide(grantedPermissions.includes(permission));
  });
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin, { isMainFrame, mediaType }) => {
    // With or without the slash, depending on the kind of check.
    if (!isMainFrame || requestingOrigin.replace(/\/$/, '') !== appOrigin) return false;
    if (permission === 'media') return mediaType === 'audio' && mayHear;
    return grantedPermissions.includes(permission);
  });
  session.setDevicePermissionHandler(() => false);
}

const isOwnPage = ({ isMainFrame, requestingUrl }: PermissionRequest) =>
  isMainFrame && parseWindowAddress(requestingUrl) !== undefined;

/** Sound alone: a request that also wants the camera is refused as a whole. */
const isForMicrophone = (details: object) =>
  'mediaTypes' in details &&
  Array.isArray(details.mediaTypes) &&
  details.mediaTypes.length === 1 &&
  details.mediaTypes[0] === 'audio';
