import { createRouterClient } from '@orpc/server';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Failure } from '../shared/contract/failure.ts';
import type { Grant, Person, Role } from '../shared/model/access.ts';
import type { HostDraft } from '../shared/model/host.ts';
import { defaultGroupId } from '../shared/model/proximityGroup.ts';
import type { Session } from '../shared/model/session.ts';
import { emptySettings, type Settings } from '../shared/model/settings.ts';
import type { TunnelWire } from './broker/ports.ts';
import { actAsGuacd, type FakeManager, type FakePeer, startFakeManager } from './guacd/fakeManager.ts';
import { type HostProcess, startHostProcess } from './hostProcess.ts';
import { openKeyedSecrets } from './keyedSecrets.ts';

export const display = { width: 800, height: 600, dpi: 96 };

export function draftOf(vaultId: string, name = 'Database'): HostDraft {
  return {
    ...{ name, address: '10.0.0.9', port: 22, protocol: 'ssh', vaultId },
    ...{ tags: [], favourite: false, username: 'root', domain: '', settings: {} },
  };
}

export function createPerson(id: string, roles: readonly Role[] = ['user'], groups: string[] = []): Person {
  return { id, name: id, displayName: id, groups, roles: [...roles], providerId: 'local' };
}

/** A gateway's broker with session managers that show a picture to everybody, and people to use it. */
export async function startPeople() {
  const folder = await mkdtemp(join(tmpdir(), 'proxima-people-'));
  const manager: FakeManager = await startFakeManager(
    actAsGuacd((peer: FakePeer, isJoined: boolean) =>
      peer.send(['size', '0', '800', '600'], ['name', isJoined ? 'joined' : 'first'], ['sync', '10']),
    ),
  );
  const host: HostProcess = await startHostProcess({
    version: '0',
    runsIn: 'gateway',
    dataFolder: folder,
    openSecrets: () => openKeyedSecrets(folder, 'a key that is long enough'),
    log: pino({ level: 'silent' }),
    administrator: 'tester',
    whatIfWorkerFile: new URL('./whatIf/worker.ts', import.meta.url),
  });
  const clientOf = (person: Person | (() => Person)) =>
    createRouterClient(host.router, {
      context: { caller: { person: typeof person === 'function' ? person : () => person } },
    });
  const owner = clientOf(host.owner);
  const [defaultGroup] = emptySettings.groups;
  if (!defaultGroup) throw new Error('there is a Default group');
  const settings: Settings = {
    ...emptySettings,
    managers: ['north', 'south'].map((id) => ({
      ...{ id, name: id, address: '127.0.0.1', port: manager.port },
      ...{ weight: 1, sessionLimit: null, intent: 'enabled' as const },
    })),
    groups: [
      { ...defaultGroup, id: defaultGroupId, managerIds: ['north', 'south'], trust: { kind: 'plain' } },
    ],
    queueTimeoutMs: 0,
  };
  const [ownVault, foreignVault] = await Promise.all(
    ['Own', 'Foreign'].map(async (name) => (await owner.vaults.save({ name })).vaultId),
  );
  if (!ownVault || !foreignVault) throw new Error('there are two vaults');

  async function readRevision(): Promise<number> {
    const [latest] = (await owner.settings.history({})).revisions;
    return latest?.revision ?? 0;
  }

  return {
    host,
    manager,
    owner,
    clientOf,
    settings,
    ownVault,
    foreignVault,
    async grant(...grants: Grant[]): Promise<void> {
      const saved = await owner.settings.save({
        base: await readRevision(),
        settings: { ...settings, access: { ...settings.access, grants } },
      });
      if (saved.kind !== 'saved') throw new Error('the grants were not saved');
    },
    /** Opens a session as this person, whatever they may do by now, and waits until it is live. */
    async openAs(id: string, hostId: string): Promise<string> {
      const client = clientOf(createPerson(id, ['user', 'administrator']));
      const { sessionId } = await client.sessions.open({ hostId, display });
      for (;;) {
        const session = host.sessions.current().find((one) => one.id === sessionId);
        if (session?.state.kind === 'live') return sessionId;
        if (session?.state.kind === 'closed') throw new Error(JSON.stringify(session.state));
        await new Promise(setImmediate);
      }
    },
    find: (sessionId: string): Session | undefined =>
      host.sessions.current().find(({ id }) => id === sessionId),
    async close(): Promise<void> {
      await host.close();
      await manager.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type People = Awaited<ReturnType<typeof startPeople>>;

/** A tunnel that remembers what it was sent. */
export class TestWire implements TunnelWire {
  received = '';
  closedWith: Failure | 'no failure' | undefined;
  readonly #onClose: (() => void)[] = [];

  send(bytes: Uint8Array, done: () => void): void {
    this.received += Buffer.from(bytes).toString();
    setImmediate(done);
  }
  onMessage(): void {}
  onClose(listener: () => void): void {
    this.#onClose.push(listener);
  }
  close(failure?: Failure): void {
    if (this.closedWith) return;
    this.closedWith = failure ?? 'no failure';
    for (const listener of this.#onClose) listener();
  }
}

/** Keeps all that a stream tells, until it is stopped. */
export function follow<T>(start: (signal: AbortSignal) => Promise<AsyncIterable<T>>) {
  const events: T[] = [];
  const over = new AbortController();
  const done = (async () => {
    for await (const event of await start(over.signal)) events.push(event);
  })().catch(() => undefined);
  return {
    events,
    async stop() {
      over.abort();
      await done;
    },
  };
}
