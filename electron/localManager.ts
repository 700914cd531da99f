import { join } from 'node:path';
import type { Logger } from 'pino';
import { defaultGroupId } from '../shared/model/proximityGroup.ts';
import type { Settings } from '../shared/model/settings.ts';
import { findGuacd, type LocalGuacd, startLocalGuacd } from './manager/localGuacd.ts';
import { createAuthority, issueCertificate } from './secrets/certificateAuthority.ts';

/** A manager of this machine. */
export interface LocalManager {
  /** The settings with this manager in their Default group, for as long as they name no manager themselves. */
  serve(settings: Settings): Settings;
  stop(): Promise<void>;
}

const certificateLifetimeDays = 365;

/**
 * Where no session manager is configured and this machine has a guacd, runs it for the Default group: TLS on loopback, with a
 * certificate of an authority that exists for this start only (its private key is never written). `undefined` where there is none.
 */
export async function startLocalManager(
  settings: Settings,
  dataFolder: string,
  log: Logger,
): Promise<LocalManager | undefined> {
  const executable = findGuacd();
  if (settings.managers.length > 0 || executable === undefined) return undefined;
  const authority = await createAuthority({
    commonName: 'Proxima local session manager',
    lifetimeDays: certificateLifetimeDays,
  });
  const certificate = await issueCertificate(authority, {
    commonName: 'localhost',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  });
  let guacd: LocalGuacd;
  try {
    guacd = await startLocalGuacd(executable, {
      folder: join(dataFolder, 'local-manager'),
      certificate,
      log: (text) => log.warn(text),
    });
  } catch (error) {
    log.error({ error }, 'The local session manager did not start');
    return undefined;
  }
  log.info({ executable, port: guacd.port }, 'Local session manager started');
  const { port } = guacd;
  return {
    serve: (current) =>
      current.managers.length > 0 ? current : addManager(current, port, authority.certificatePem),
    stop: guacd.stop,
  };
}

function addManager(settings: Settings, port: number, certificatesPem: string): Settings {
  const manager = {
    id: 'localhost',
    name: 'localhost',
    address: '127.0.0.1',
    port,
    weight: 1,
    sessionLimit: null,
    intent: 'enabled',
  } as const;
  const groups = settings.groups.map((group) =>
    group.id === defaultGroupId
      ? { ...group, managerIds: [manager.id], trust: { kind: 'authorities', certificatesPem } as const }
      : group,
  );
  return { ...settings, managers: [manager], groups };
}
