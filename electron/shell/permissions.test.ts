import { beforeEach, describe, expect, it } from 'vitest';
import { limitPermissions, type PermissionParts } from './permissions.ts';

type Decide = (granted: boolean) => void;
interface Details {
  readonly isMainFrame: boolean;
  readonly requestingUrl: string;
  readonly mediaTypes?: readonly string[];
}

let ask: (contents: null, permission: string, decide: Decide, details: Details) => void;
let check: (contents: null, permission: string, origin: string, details: object) => boolean;
let device: () => boolean;
let questions: number;

function limit(answer = 1, platform: NodeJS.Platform = 'linux', systemAgrees = true): void {
  questions = 0;
  limitPermissions({
    session: {
      setPermissionRequestHandler: (handler: typeof ask) => {
        ask = handler;
      },
      setPermissionCheckHandler: (handler: typeof check) => {
        check = handler;
      },
      setDevicePermissionHandler: (handler: typeof device) => {
        device = handler;
      },
    },
    dialog: {
      showMessageBox: () => {
        questions++;
        return Promise.resolve({ response: answer });
      },
    },
    systemPreferences: { askForMediaAccess: () => Promise.resolve(systemAgrees) },
    platform,
  } as unknown as PermissionParts);
}
beforeEach(() => limit());

const request = (permission: string, details: Partial<Details> = {}) =>
  new Promise<boolean>((resolve) => {
    ask(null, permission, resolve, { isMainFrame: true, requestingUrl: 'app://proxima/', ...details });
  });
const microphone = { mediaTypes: ['audio'] };

describe('permissions', () => {
  it.each(['clipboard-read', 'clipboard-sanitized-write', 'fullscreen', 'keyboardLock', 'pointerLock'])(
    'grant our own page %s, and nobody else',
    async (permission) => {
      expect(await request(permission)).toBe(true);
      expect(await request(permission, { requestingUrl: 'app://proxima/?window=settings' })).toBe(true);
      for (const requestingUrl of ['https://evil.example/', 'app://proxima.evil/', 'app://evil/', ''])
        expect(await request(permission, { requestingUrl })).toBe(false);
      expect(await request(permission, { isMainFrame: false })).toBe(false);
      expect(check(null, permission, 'app://proxima/', { isMainFrame: true })).toBe(true);
      expect(check(null, permission, 'app://proxima', { isMainFrame: true })).toBe(true);
      expect(check(null, permission, 'app://proxima', { isMainFrame: false })).toBe(false);
      expect(check(null, permission, 'https://evil.example', { isMainFrame: true })).toBe(false);
    },
  );

  it.each([
    'ar',
    'background-sync',
    'deprecated-sync-clipboard-read',
    'display-capture',
    'fileSystem',
    'geolocation',
    'hid',
    'idle-detection',
    'local-fonts',
    'local-network-access',
    'media',
    'midi',
    'midiSysex',
    'notifications',
    'openExternal',
    'persistent-storage',
    'serial',
    'speaker-selection',
    'storage-access',
    'usb',
    'window-management',
    'unknown',
  ])('are not %s', async (permission) => {
    expect(await request(permission)).toBe(false);
    expect(check(null, permission, 'app://proxima', { isMainFrame: true })).toBe(false);
    expect(questions).toBe(0);
  });

  it('give out no device', () => {
    expect(device()).toBe(false);
  });
});

describe('the microphone', () => {
  const mayHear = () => check(null, 'media', 'app://proxima', { isMainFrame: true, mediaType: 'audio' });

  it('is asked for once, and refused where its person refuses', async () => {
    expect(await request('media', microphone)).toBe(false);
    expect(await request('media', microphone)).toBe(false);
    expect(questions).toBe(1);
    expect(mayHear()).toBe(false);
  });

  it('is given where they agree', async () => {
    limit(0);
    expect(mayHear()).toBe(false);
    expect(await Promise.all([request('media', microphone), request('media', microphone)])).toEqual([
      true,
      true,
    ]);
    expect(questions).toBe(1);
    expect(mayHear()).toBe(true);
    expect(check(null, 'media', 'app://proxima', { isMainFrame: true, mediaType: 'video' })).toBe(false);
  });

  it('also needs the consent of macOS', async () => {
    limit(0, 'darwin', false);
    expect(await request('media', microphone)).toBe(false);
    expect(mayHear()).toBe(false);
  });

  it.each([
    ['the camera', { mediaTypes: ['video'] }],
    ['both', { mediaTypes: ['audio', 'video'] }],
    ['nothing', { mediaTypes: [] }],
    ['a foreign page', { ...microphone, requestingUrl: 'https://evil.example/' }],
    ['a frame', { ...microphone, isMainFrame: false }],
  ])('is no matter for a question where it is %s', async (_what, details) => {
    limit(0);
    expect(await request('media', details)).toBe(false);
    expect(questions).toBe(0);
  });
});
