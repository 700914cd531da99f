import type { AppUpdater, UpdateDownloadedEvent } from 'electron-updater';
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { fail, failureOf, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import type { UpdatePolicy } from '../../shared/model/policy.ts';
import type { UpdateState } from '../../shared/model/update.ts';
import type { PreferencesStore, Updates } from '../broker/ports.ts';
import { type FeedSession, guardFeed } from './feed.ts';
import { judgeAnnouncement, type Offer } from './offer.ts';

const firstLookMs = 60_000;
const lookIntervalMs = 4 * 3_600_000;
const maximumAnnouncementBytes = 1024 ** 2;

/** What is used of electron-updater. */
export type Updater = Pick<
  AppUpdater,
  | 'allowDowngrade'
  | 'autoDownload'
  | 'autoInstallOnAppQuit'
  | 'checkForUpdates'
  | 'disableDifferentialDownload'
  | 'disableWebInstaller'
  | 'downloadUpdate'
  | 'logger'
  | 'on'
  | 'quitAndInstall'
  | 'requestHeaders'
  | 'setFeedURL'
> & { readonly netSession: FeedSession };

interface Options {
  /** The version that runs. */
  readonly version: string;
  readonly isPackaged: boolean;
  readonly policy: UpdatePolicy | undefined;
  readonly preferences: Pick<PreferencesStore, 'current'>;
  readonly countLiveSessions: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly loadUpdater?: () => Promise<Updater>;
}

interface Download {
  readonly offer: Offer;
  /** Where it lies, once it is there. */
  file?: string;
  /** Why it is not what was announced. */
  lie?: string;
}

/**
 * Updates over electron-updater: from the address that the app was built with, or that of the policy. Looks by itself a minute after
 * the start and every four hours, where the person wants that. An update is downloaded as a whole, compared with what was announced,
 * and installed when the app quits or when the person says so; never over live sessions without their word. One that the feed withdraws
 * before that is thrown away.
 */
export function createUpdates(options: Options): Updates {
  const { version, policy, preferences, countLiveSessions, log } = options;
  const listeners = new Set<() => void>();
  const whyOff = findWhyOff(options);
  let state: UpdateState = whyOff === undefined ? { kind: 'current' } : { kind: 'off', why: whyOff };
  let opened: Promise<Updater> | undefined;
  let looking: Promise<Result<void>> | undefined;
  let download: Download | undefined;
  /** Why a request of this look was refused here. */
  let refusal: string | undefined;

  function tell(next: UpdateState): void {
    state = next;
    for (const listener of [...listeners]) listener();
  }

  function giveUp(failure: Failure): { readonly ok: false; readonly failure: Failure } {
    log.warn({ failure }, 'The update was given up');
    tell({ kind: 'failed', failure });
    return { ok: false, failure };
  }

  async function openUpdater(): Promise<Updater> {
    const updater = await (options.loadUpdater ?? loadUpdater)();
    updater.logger = null;
    updater.autoDownload = false;
    updater.allowDowngrade = false;
    updater.disableWebInstaller = true;
    // As a whole, so that its size and its hash are those of what arrived.
    updater.disableDifferentialDownload = true;
    // Until something is there that may be: electron-updater would put an earlier file in place of the app.
    updater.autoInstallOnAppQuit = false;
    // The number by which this machine waits for its turn in a rollout is nobody else's business.
    updater.requestHeaders = { 'x-user-staging-id': '0' };
    guardFeed(updater.netSession, {
      pins: policy?.pins,
      findFault,
      onRefusal: (why) => {
        refusal ??= why;
      },
    });
    if (policy?.feed !== undefined) updater.setFeedURL({ provider: 'generic', url: policy.feed });
    // Each failure is also that of the call that it belongs to.
    updater.on('error', () => undefined);
    updater.on('download-progress', ({ percent }) => {
      if (state.kind === 'downloading') tell({ ...state, percent: Math.min(100, Math.max(0, percent)) });
    });
    updater.on('update-downloaded', (event) => examine(updater, event));
    return updater;
  }

  /** Nothing is taken in of which nobody knows how much it is. */
  function findFault(path: string, bytes: number | undefined): string | undefined {
    if (bytes === undefined) return `the feed does not say how long ${basename(path)} is`;
    if (path.endsWith('.yml'))
      return bytes > maximumAnnouncementBytes ? 'what the feed announces is too long' : undefined;
    const isAnnounced = download?.offer.files.some(({ size }) => size === bytes);
    return isAnnounced ? undefined : `${basename(path)} has another size than announced`;
  }

  /** Before electron-updater arranges for its installation at the next quit, so that it doesn't where something is wrong. */
  function examine(updater: Updater, { downloadedFile }: UpdateDownloadedEvent): void {
    if (!download) return;
    download.file = downloadedFile;
    const announced = download.offer.files.find(({ url }) => url === basename(downloadedFile));
    if (!announced) download.lie = 'it is none of the files that were announced';
    else if (statSync(downloadedFile).size !== announced.size)
      download.lie = 'its size is another than announced';
    updater.autoInstallOnAppQuit = download.lie === undefined;
  }

  function describe(error: unknown): Failure {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    const detail = String(message ?? error)
      .split('\n')[0]!
      .replace(/\/\/[^/@\s]*@/g, '//');
    if (refusal !== undefined) return failureOf('update_untrusted', refusal);
    return failureOf(untrustedCodes.has(String(code)) ? 'update_untrusted' : 'update_failed', detail);
  }

  async function look(): Promise<Result<void>> {
    refusal = undefined;
    const ready = state.kind === 'ready';
    if (!ready) tell({ kind: 'looking' });
    try {
      opened ??= openUpdater().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const updater = await opened;
      const found = await updater.checkForUpdates();
      if (found === null) {
        tell({ kind: 'off', why: 'This kind of installation is not updated by Proxima itself.' });
        return succeed(undefined);
      }
      const verdict = judgeAnnouncement(
        { ...found.updateInfo },
        { currentVersion: version, newestVersion: policy?.newestVersion },
      );
      if (ready) {
        const { files } = (verdict.kind === 'offer' && found.isUpdateAvailable && verdict.offer) || {};
        if (isDeepStrictEqual(files, download?.offer.files)) return succeed(undefined);
        log.info('The update that is ready was withdrawn');
        await drop(updater);
      }
      if (verdict.kind === 'untrusted') return giveUp(failureOf('update_untrusted', verdict.why));
      if (verdict.kind === 'nothing' || !found.isUpdateAvailable) {
        const why = verdict.kind === 'nothing' ? verdict.why : 'it is not offered to this machine yet';
        log.info({ why }, 'No update');
        tell({ kind: 'current', checkedAt: Date.now() });
        return succeed(undefined);
      }
      void fetchUpdate(updater, verdict.offer);
      return succeed(undefined);
    } catch (error) {
      // What is ready was good, whatever the network does now.
      if (ready) return { ok: false, failure: describe(error) };
      if ((error as { readonly code?: unknown }).code !== 'ENOENT') return giveUp(describe(error));
      // The app was built without app-update.yml.
      tell({ kind: 'off', why: 'This Proxima was built without an update address.' });
      return succeed(undefined);
    }
  }

  async function fetchUpdate(updater: Updater, offer: Offer): Promise<void> {
    const { version: offered, notes } = offer;
    const current: Download = { offer };
    download = current;
    tell({ kind: 'downloading', version: offered, notes, percent: 0 });
    try {
      await updater.downloadUpdate();
      if (current.file === undefined) current.lie = 'nothing arrived';
    } catch (error) {
      download = undefined;
      giveUp(describe(error));
      return;
    }
    if (current.lie === undefined) {
      log.info({ version: offered }, 'An update is ready');
      tell({ kind: 'ready', version: offered, notes });
    } else await throwAway(updater, current.lie);
  }

  async function drop(updater: Updater): Promise<void> {
    const { file } = download ?? {};
    updater.autoInstallOnAppQuit = false;
    download = undefined;
    if (file !== undefined) await rm(file, { force: true });
  }

  async function throwAway(updater: Updater, why: string): Promise<Failure> {
    await drop(updater);
    const failure = failureOf('update_untrusted', why);
    giveUp(failure);
    return failure;
  }

  async function install(): Promise<Result<void>> {
    const updater = await opened;
    const { file, offer } = download ?? {};
    if (state.kind !== 'ready' || !updater || !download || file === undefined || !offer)
      return fail('update_failed', 'no update is ready');
    // It lay on disk for a while.
    const digest = await hashFile(file).catch(() => undefined);
    const announced = offer.files.find(({ url }) => url === basename(file));
    if (digest === undefined || digest !== announced?.sha512) {
      const failure = await throwAway(updater, 'the file was changed after it was downloaded');
      return { ok: false, failure };
    }
    updater.quitAndInstall(false, true);
    return succeed(undefined);
  }

  const isBusy = () => state.kind === 'downloading';
  if (whyOff === undefined) {
    const lookByItself = () => {
      if (preferences.current().lookForUpdates && !isBusy()) void lookOnce();
    };
    setTimeout(lookByItself, firstLookMs).unref();
    setInterval(lookByItself, lookIntervalMs).unref();
  }

  function lookOnce(): Promise<Result<void>> {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  return {
    current: () => state,
    async look() {
      if (whyOff !== undefined) return fail('update_failed', whyOff);
      return isBusy() ? succeed(undefined) : lookOnce();
    },
    async install(evenWithSessions) {
      const live = countLiveSessions();
      if (live > 0 && !evenWithSessions)
        return fail('sessions_are_live', live === 1 ? '1 session is open' : `${live} sessions are open`);
      return install();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function findWhyOff({ isPackaged, policy }: Options): string | undefined {
  if (policy?.enabled === false) return 'The policy of this machine leaves updates to whoever manages it.';
  return isPackaged ? undefined : 'This Proxima was started from its source, and is not installed.';
}

/** Of electron-updater, where the announcement or what was downloaded is wrong; the rest is a network that failed. */
const untrustedCodes: ReadonlySet<string> = new Set([
  'ERR_CHECKSUM_MISMATCH',
  'ERR_UPDATER_INVALID_SIGNATURE',
  'ERR_UPDATER_INVALID_UPDATE_INFO',
  'ERR_UPDATER_INVALID_VERSION',
  'ERR_UPDATER_NO_CHECKSUM',
  'ERR_UPDATER_NO_FILES_PROVIDED',
]);

/** Makes electron-updater's updater of this system, which needs Electron: only an installed app gets here. */
async function loadUpdater(): Promise<Updater> {
  const module = (await import('electron-updater')) as { readonly default?: { autoUpdater: AppUpdater } } & {
    readonly autoUpdater: AppUpdater;
  };
  return (module.default ?? module).autoUpdater;
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('base64');
}
