import type { RegistryMirror } from '../../shared/model/registryHealth.ts';
import type { KeyEvent, KeyValue } from './engine.ts';
import { follow, type Following } from './follow.ts';
import { type Presence as Told, readPresence, writePresence } from './records.ts';
import type { RegistryCore } from './registryCore.ts';

/** Who is there, and how far behind each is. */
export interface Presence {
  /** A mark passed; who wants an answer gets one. */
  noteProbe(owner: string, value: string): void;
  /** There is a new lease, which nothing hangs on yet. */
  announce(): void;
  /** Lets a mark pass that asks for nothing; its revision, which the mirror will reach. */
  mark(): Promise<number | undefined>;
  /** Watches the others, and asks them. */
  startLooking(onChange: () => void): void;
  stopLooking(): void;
  mirrors(): RegistryMirror[];
}

/** Before a mark that everybody who sees it answers to. */
const askMark = '?';
const toldMirrors = 1_000;

interface Seen {
  readonly told: Told;
  readonly lagMs?: number;
}

export function createPresence(core: RegistryCore, user: string, route: string): Presence {
  const { engine, clock, random, keys, owner, mirror, lease, timings } = core;
  const others = new Map<string, Seen>();
  let answered: string | undefined;
  let isWriting = false;
  let isDirty = false;
  let probeCount = 0;
  let markCount = 0;
  let probeSentAt = 0;
  let following: Following | undefined;
  let stopProbing: () => void = () => undefined;

  /** One write at a time; what was asked meanwhile is answered by the next. */
  async function write(): Promise<void> {
    if (isWriting) {
      isDirty = true;
      return;
    }
    isWriting = true;
    do {
      isDirty = false;
      const leaseId = lease.id();
      if (leaseId === undefined || core.isClosed()) break;
      const value = writePresence({
        user: user.slice(0, 256),
        route: route.slice(0, 64),
        kind: route === '' ? 'desktop' : 'gateway',
        ...(answered !== undefined && { probe: answered }),
        revision: mirror.revision(),
      });
      // Where it fails nobody sees this process in the panel; its sessions are counted all the same.
      await engine.transact({
        compare: [],
        then: [{ kind: 'put', key: keys.presence(owner), value, leaseId }],
      });
    } while (isDirty);
    isWriting = false;
  }

  async function putProbe(value: string): Promise<number | undefined> {
    const leaseId = lease.id();
    if (leaseId === undefined) return undefined;
    const put = await engine.transact({
      compare: [],
      then: [{ kind: 'put', key: keys.probe(owner), value, leaseId }],
    });
    return put.ok ? put.value.revision : undefined;
  }

  function ask(): void {
    probeCount += 1;
    probeSentAt = clock.now();
    void putProbe(`${askMark}${probeCount}`);
    stopProbing = clock.after(timings.healthMs, ask);
  }

  const ownerIn = (key: string) => key.slice(keys.presences.length);

  function notePresence({ key, value }: KeyValue): void {
    const told = readPresence(value);
    if (!told) return;
    const isAnswer = told.probe === `${owner}#${askMark}${probeCount}` && probeCount > 0;
    const lagMs = isAnswer ? clock.now() - probeSentAt : others.get(ownerIn(key))?.lagMs;
    others.set(ownerIn(key), { told, ...(lagMs !== undefined && { lagMs }) });
  }

  function noteEvent(event: KeyEvent): void {
    if (event.kind === 'put') notePresence(event.entry);
    else others.delete(ownerIn(event.key));
  }

  return {
    noteProbe(from, value) {
      if (!value.startsWith(askMark)) return;
      const probe = `${from}#${value}`.slice(0, 300);
      if (probe === answered) return;
      answered = probe;
      void write();
    },

    announce: () => void write(),

    mark() {
      markCount += 1;
      return putProbe(String(markCount));
    },

    startLooking(onChange) {
      if (following) return;
      following = follow(
        { engine, clock, random, prefix: keys.presences, list: () => engine.list(keys.presences) },
        {
          onList(entries) {
            others.clear();
            for (const entry of entries) notePresence(entry);
            onChange();
          },
          onEvents(events) {
            for (const event of events) noteEvent(event);
            if (events.length > 0) onChange();
          },
          onState: () => undefined,
        },
      );
      ask();
    },

    stopLooking() {
      stopProbing();
      following?.cancel();
      following = undefined;
      others.clear();
    },

    mirrors() {
      const all = new Map(others);
      // This process is there, whatever has been heard of it.
      if (!all.has(owner))
        all.set(owner, { told: { user, route, kind: 'desktop', revision: mirror.revision() } });
      return [...all].slice(0, toldMirrors).map(([id, { told, lagMs }]) => ({
        owner: id,
        user: told.user,
        route: told.route,
        ...(lagMs !== undefined && { lagMs }),
        sessions: mirror.placesOf(id).size,
        isOwn: id === owner,
      }));
    },
  };
}
