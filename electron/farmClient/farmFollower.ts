import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { ContractRouterClient } from '@orpc/contract';
import type { Contract, SessionEvent } from '../../shared/contract/contract.ts';
import type { Preferences } from '../../shared/model/preferences.ts';
import type { Session } from '../../shared/model/session.ts';
import type { FarmClient } from './farmClient.ts';
import { callAnswerLimitBytes } from './relay.ts';

type Client = ContractRouterClient<Contract>;

export interface FarmFollowerOptions {
  readonly client: Pick<FarmClient, 'openSocket' | 'standing' | 'onChange'>;
  /** The person's preferences at the farm, as they are there. */
  readonly notePreferences: (preferences: Preferences) => void;
}

/** What the shell needs of the farm for itself: the person's sessions for tray and notifications, and somewhere to bring links. */
export interface FarmFollower {
  readonly sessions: { current(): readonly Session[]; onChange(listener: () => void): () => void };
  /** `undefined` while there is no connection. */
  client(): Client | undefined;
  close(): void;
}

const delaysMs = [500, 1_000, 2_000, 5_000, 10_000, 20_000];

/** Keeps one connection of its own, with growing pauses between tries; while nobody is signed in there is none. */
export function followFarm({ client: farm, notePreferences }: FarmFollowerOptions): FarmFollower {
  const sessions = new Map<string, Session>();
  const listeners = new Set<() => void>();
  const stop = new AbortController();
  let current: Client | undefined;
  let wake = () => {};
  const stopListening = farm.onChange(() => wake());

  const tell = () => {
    for (const listener of listeners) listener();
  };

  function apply(event: SessionEvent): void {
    if (event.kind === 'forgotten') sessions.delete(event.sessionId);
    else if (event.kind === 'put') sessions.set(event.session.id, event.session);
    else {
      sessions.clear();
      for (const session of event.sessions) sessions.set(session.id, session);
    }
    tell();
  }

  /** Resolves when the time is over, or the standing changed; without a time, for the latter only. */
  const pause = (milliseconds: number | undefined) =>
    new Promise<void>((resolve) => {
      const timer = milliseconds === undefined ? undefined : setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  /** Resolves to whether there was a connection, once it is over. */
  async function followOnce(): Promise<boolean> {
    const opened = await farm.openSocket({ path: '/rpc', limitBytes: callAnswerLimitBytes });
    if (!opened.ok) return false;
    const socket = opened.value;
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    const end = () => socket.close();
    stop.signal.addEventListener('abort', end, { once: true });
    if (stop.signal.aborted) end();
    const client: Client = createORPCClient(
      new RPCLink({ websocket: socket as unknown as globalThis.WebSocket }),
    );
    current = client;
    const follow = async <T>(open: () => Promise<AsyncIterable<T>>, note: (event: T) => void) => {
      for await (const event of await open()) note(event);
    };
    const ended = Promise.allSettled([
      follow(() => client.sessions.watch({}), apply),
      follow(() => client.preferences.watch({}), notePreferences),
    ]);
    await Promise.race([closed, ended]);
    socket.close();
    await closed;
    current = undefined;
    stop.signal.removeEventListener('abort', end);
    return true;
  }

  async function keepFollowing(): Promise<void> {
    for (let attempt = 0; !stop.signal.aborted; attempt++) {
      const { kind } = farm.standing();
      if (kind === 'signed-out' || kind === 'waiting') {
        if (sessions.size > 0) apply({ kind: 'all', sessions: [] });
        await pause(undefined);
        attempt = -1;
        continue;
      }
      if (await followOnce()) attempt = 0;
      if (stop.signal.aborted) return;
      const isOut = ['signed-out', 'waiting'].includes(farm.standing().kind);
      if (!isOut) await pause(delaysMs[Math.min(attempt, delaysMs.length - 1)]);
    }
  }
  void keepFollowing();

  return {
    sessions: {
      current: () => [...sessions.values()],
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    client: () => current,
    close() {
      stop.abort();
      stopListening();
      wake();
    },
  };
}
