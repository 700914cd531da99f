import { readFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AppDescription, Notice } from '../shared/contract/contract.ts';
import type { Result } from '../shared/contract/failure.ts';
import { describeFailure } from '../shared/contract/failure.ts';
import { addHosts } from './broker/addHosts.ts';
import { createHandlers } from './broker/handlers.ts';
import { createHostEditor } from './broker/hostEditor.ts';
import type { HostStore, SecretStore, TunnelWire } from './broker/ports.ts';
import { SessionBook } from './broker/sessionBook.ts';
import { createSessions } from './broker/sessions.ts';
import { type ClientCertificate, createChannelOpener } from './guacd/line.ts';
import { probeManager } from './guacd/probe.ts';
import { createProber } from './health/prober.ts';
import { startLocalManager } from './localManager.ts';
import { createEmbeddedRegistry } from './registry/embedded.ts';
import { type OpenedHostStore, openHostStore } from './store/hostStore.ts';
import { openSettings } from './store/settingsDocument.ts';

export interface HostProcessOptions {
  readonly version: string;
  readonly runsIn: AppDescription['runsIn'];
  readonly dataFolder: string;
  readonly secrets: SecretStore;
  readonly log: Logger;
  readonly clientCertificate?: ClientCertificate;
  /** Whether a guacd of this machine is run where no session manager is configured. */
  readonly useLocalManager: boolean;
  /** Hosts to be saved at start. */
  readonly hostFile?: string;
}

/** The broker, wired: what a window or a gateway is handed. */
export interface HostProcess {
  readonly router: ReturnType<typeof createHandlers>;
  attachTunnel(sessionId: string, wire: TunnelWire): Promise<Result<void>>;
  /** Ends all sessions, writes what is open, and stops what was started. */
  close(): Promise<void>;
}

/**
 * Wires the broker; the desktop app and the gateway share it.
 *
 * @throws with a sentence for the person where it can't start at all.
 */
export async function startHostProcess(options: HostProcessOptions): Promise<HostProcess> {
  const openedHosts = await openHostStore({ folder: options.dataFolder, log: options.log });
  if (!openedHosts.ok) throw new Error(sentenceOf(openedHosts));
  try {
    return await wireBroker(options, openedHosts.value);
  } catch (error) {
    await openedHosts.value.store.close();
    throw error;
  }
}

async function wireBroker(options: HostProcessOptions, openedHosts: OpenedHostStore): Promise<HostProcess> {
  const { dataFolder, log, secrets, clientCertificate } = options;
  const now = () => Date.now();
  const hosts = openedHosts.store;
  const editor = createHostEditor({ hosts, secrets, now });
  if (options.hostFile !== undefined) {
    const added = await addHosts(await readFile(options.hostFile, 'utf8'), { hosts, secrets, editor, now });
    if (!added.ok)
      throw new Error(`the hosts in ${options.hostFile} could not be added: ${sentenceOf(added)}`);
  }

  await removeOrphanedSecrets(openedHosts.removedHostIds, hosts, secrets, log);

  const openedSettings = await openSettings({ folder: dataFolder, log });
  if (!openedSettings.ok) throw new Error(sentenceOf(openedSettings));

  const local = options.useLocalManager
    ? await startLocalManager(openedSettings.value.settings, dataFolder, log)
    : undefined;
  const settings = local?.settings ?? openedSettings.value.settings;
  const topology = { current: () => settings };
  let notices: readonly Notice[] = [
    ...openedHosts.notices,
    ...openedSettings.value.notices,
    ...(settings.managers.length === 0 ? [noManagerNotice] : []),
  ];

  const trustOptions = clientCertificate ? { clientCertificate } : {};
  const prober = createProber({
    topology,
    probe: (manager, trust, signal) => probeManager({ manager, trust, ...trustOptions }, signal),
    now,
    random: Math.random,
  });
  prober.refresh();

  const book = new SessionBook();
  const sessions = createSessions({
    book,
    topology,
    health: prober,
    registry: createEmbeddedRegistry(),
    channels: createChannelOpener({ ...trustOptions, log }),
    secrets,
    now,
    tieBreak: Math.random,
  });
  const router = createHandlers({
    describeApp: () => ({
      version: options.version,
      runsIn: options.runsIn,
      secretStorage: secrets.kind,
      notices: [...notices],
    }),
    dismissNotice: (noticeId) => {
      notices = notices.filter((notice) => notice.id !== noticeId);
    },
    topology,
    hosts,
    editor,
    book,
    sessions,
  });

  return {
    router,
    attachTunnel: (sessionId, wire) => sessions.attach(sessionId, wire),
    async close() {
      prober.close();
      await sessions.closeAll();
      await editor.close();
      await hosts.close();
      await local?.stop();
    },
  };
}

/**
 * Hosts that were removed just before a crash leave their secrets behind. Only of those: the keychain is shared with other data
 * folders, and what is missing after a loss may still come back.
 */
async function removeOrphanedSecrets(
  removedHostIds: readonly string[],
  hosts: HostStore,
  secrets: SecretStore,
  log: Logger,
): Promise<void> {
  const listed = removedHostIds.length > 0 ? await secrets.listHostIds() : undefined;
  const orphans = (listed?.ok ? listed.value : []).filter(
    (hostId) => removedHostIds.includes(hostId) && !hosts.hosts().has(hostId),
  );
  if (orphans.length === 0) return;
  const removed = await secrets.remove(orphans);
  log.info({ count: orphans.length, removed: removed.ok }, 'Removed secrets of hosts that are gone');
}

const noManagerNotice: Notice = {
  id: 'no-session-manager',
  title: 'No session manager yet',
  text: 'Hosts can be saved, but not opened. Install guacd on this machine and start Proxima again, or name a session manager in settings.json.',
};

function sentenceOf({ failure }: { failure: Parameters<typeof describeFailure>[0] }): string {
  const { what, next } = describeFailure(failure);
  return [what, next, failure.detail && `(${failure.detail})`].filter(Boolean).join(' ');
}
