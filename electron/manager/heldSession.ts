import { failureOf, type Failure, type Result, succeed } from '../../shared/contract/failure.ts';
import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import type { EngineConnection, EngineJoin } from './engine.ts';
import { InstructionReader } from './instructionReader.ts';

/** Where a user's picture goes. */
export interface Viewer {
  /** Takes whole instructions; the bytes may be reused after the call. */
  write(bytes: Uint8Array): void;
  /** The session is over, or this user's part of it; nothing comes after that. */
  end(): void;
}

/** A user's part in a session, while its client is there. */
export interface Seat {
  /** Passes whole instructions of the client on. */
  send(bytes: Uint8Array): void;
  /** A key, the mouse or other input came: the idle time begins anew. */
  noteInput(opcode: string, instruction: Uint8Array): void;
  readonly unsentBytes: number;
  pause(): void;
  resume(): void;
  /** The client said goodbye: ends the session where nobody else is in it. */
  leave(): void;
  /** The client vanished: the session goes on for the hold time, where nobody else is in it. */
  vanish(): void;
}

export interface HeldSessionOptions {
  readonly holdMs: number;
  /** 0 is without an end. */
  readonly idleMs: number;
  readonly lifetimeMs: number;
  /** Told once; the session isn't to be found any more then. */
  onEnd(reason: SessionEnd): void;
  onHold(): void;
}

export type SessionEnd =
  | 'left'
  | 'ended by the engine'
  | 'not come back in time'
  | 'idle for too long'
  | 'open for too long'
  | 'stopped';

/** One session of the engine with the users in it; it outlives clients that vanish. */
export interface HeldSession {
  readonly state: 'active' | 'held' | 'ended';
  /** Seats whoever opened it. */
  seatFirst(viewer: Viewer): Seat;
  /**
   * Lets one more user in, with the full picture, who has to be seated at once; who held the place of a vanished one leaves then.
   */
  join(user: EngineJoin): Promise<Result<(viewer: Viewer) => Seat>>;
  /** Ends it for everybody, with a word why. */
  end(reason: SessionEnd, failure?: Instruction): void;
}

/** guacd may crash where somebody joins before the first picture of its owner. */
const firstSyncMs = 15_000;
/** Nobody holds down more. */
const pressedKeysLimit = 64;

const encoder = new TextEncoder();
const encode = (instruction: Instruction) => encoder.encode(encodeInstruction(instruction));

/** Opcodes of clients that show that somebody is there, or that matter to the gate. */
export const watchedOfClients = ['disconnect', 'key', 'mouse', 'touch', 'clipboard', 'file', 'put'] as const;

interface Place {
  readonly connection: EngineConnection;
  viewer: Viewer | undefined;
  /** The engine has sent it a whole picture: from then on the session doesn't need anybody else. */
  isShown: boolean;
}

/** Takes over a session that was just opened. */
export function holdSession(first: EngineConnection, options: HeldSessionOptions): HeldSession {
  const places = new Set<Place>();
  let isEnded = false;
  let hasShown = false;
  const onShown: (() => void)[] = [];
  let holdTimer: NodeJS.Timeout | undefined;
  let inputAt = Date.now();
  const timers = [
    ...(options.lifetimeMs > 0 ? [setTimeout(() => expire('open for too long'), options.lifetimeMs)] : []),
    ...(options.idleMs > 0 ? [setInterval(lookForInput, Math.min(options.idleMs, 5_000))] : []),
  ];

  function lookForInput() {
    if (Date.now() - inputAt > options.idleMs) expire('idle for too long');
  }
  function expire(reason: SessionEnd) {
    // 522: the session timed out (status codes of the protocol).
    end(reason, ['error', `The session was ${reason}, says the policy of its session manager.`, '522']);
  }

  function end(reason: SessionEnd, lastWord?: Instruction) {
    if (isEnded) return;
    isEnded = true;
    clearTimeout(holdTimer);
    for (const timer of timers) clearTimeout(timer);
    for (const shown of onShown.splice(0)) shown();
    for (const { connection, viewer } of places) {
      if (lastWord) viewer?.write(encode(lastWord));
      connection.close();
      viewer?.end();
    }
    places.clear();
    options.onEnd(reason);
  }

  /** Takes a user out of the session. */
  function forget(place: Place) {
    if (!places.delete(place)) return;
    place.connection.close();
    place.viewer?.end();
    place.viewer = undefined;
  }

  const isWatched = () => [...places].some(({ viewer }) => viewer !== undefined);

  function hold() {
    if (isEnded || isWatched()) return;
    options.onHold();
    clearTimeout(holdTimer);
    holdTimer = setTimeout(() => end('not come back in time'), options.holdMs);
  }

  function seat(connection: EngineConnection, viewer: Viewer): Seat {
    const place: Place = { connection, viewer, isShown: false };
    const input = createInputMemory();
    let unanswered: Uint8Array | undefined;
    places.add(place);
    const reader = new InstructionReader(['sync', 'error', 'disconnect']);

    /** What vanished clients have left keeps the session; guacd counts a new user only once its picture is complete. */
    function takeOver() {
      if (place.viewer) for (const other of places) if (other.viewer === undefined) forget(other);
    }
    function noteSync(instruction: Uint8Array) {
      if (!place.isShown) {
        place.isShown = true;
        takeOver();
      }
      hasShown = true;
      unanswered = new Uint8Array(instruction);
      if (!place.viewer) connection.send(instruction);
    }
    connection.listen({
      onBytes(bytes) {
        if (!places.has(place)) return;
        let isOver = false;
        const whole = reader.take(bytes, (opcode, instruction) => {
          if (opcode === 'sync') noteSync(instruction);
          else isOver = true;
        });
        if (onShown.length > 0 && hasShown) for (const shown of onShown.splice(0)) shown();
        // Nobody there: the picture is let go, and whoever comes back is drawn all of it.
        if (whole && whole.length > 0) place.viewer?.write(whole);
        if (!whole) breakOff(place);
        // guacd often leaves closing to its clients.
        else if (isOver) finish(place);
      },
      onEnd: () => breakOff(place),
    });

    function unseat(): boolean {
      if (place.viewer === undefined || !places.has(place)) return false;
      place.viewer = undefined;
      return true;
    }
    /** Until somebody else's picture is complete, the place keeps the session; it leaves with the others then. */
    function makeRoom() {
      if ([...places].some((other) => other !== place && other.isShown)) forget(place);
    }
    return {
      send: (bytes) => connection.send(bytes),
      noteInput(opcode, instruction) {
        inputAt = Date.now();
        input.note(opcode, instruction);
      },
      get unsentBytes() {
        return connection.unsentBytes;
      },
      pause: () => connection.pause(),
      resume: () => connection.resume(),
      leave() {
        if (!unseat()) return;
        if (isWatched()) makeRoom();
        else end('left');
      },
      vanish() {
        if (!unseat()) return;
        if (options.holdMs === 0 && !isWatched()) return end('left');
        for (const release of input.releases()) connection.send(encode(release));
        if (unanswered) connection.send(unanswered);
        connection.resume();
        makeRoom();
        hold();
      },
    };
  }

  /** The engine has ended this user's part: with its last, the session. */
  function finish(place: Place) {
    forget(place);
    if (places.size === 0) end('ended by the engine');
    else hold();
  }

  function breakOff(place: Place) {
    if (!places.has(place)) return;
    // 515: an upstream error. Who reads it knows that the manager is alive, and what is behind it isn't.
    place.viewer?.write(encode(['error', 'The engine of the session manager ended the session.', '515']));
    finish(place);
  }

  async function waitUntilShown(): Promise<Failure | undefined> {
    if (!hasShown && !isEnded) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, firstSyncMs);
        onShown.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    if (isEnded) return failureOf('session_closed');
    return hasShown ? undefined : failureOf('host_timeout', 'the session shows nothing yet');
  }

  return {
    get state() {
      if (isEnded) return 'ended';
      return isWatched() ? 'active' : 'held';
    },
    seatFirst: (viewer) => seat(first, viewer),
    async join(user) {
      const refusal = await waitUntilShown();
      if (refusal) return { ok: false, failure: refusal };
      const [anyPlace] = places;
      if (!anyPlace) return { ok: false, failure: failureOf('session_closed') };
      const joined = await anyPlace.connection.join(user);
      if (!joined.ok) return joined;
      if (isEnded) {
        joined.value.close();
        return { ok: false, failure: failureOf('session_closed') };
      }
      inputAt = Date.now();
      return succeed((viewer: Viewer) => {
        clearTimeout(holdTimer);
        return seat(joined.value, viewer);
      });
    },
    end,
  };
}

/** What a client holds down, to be let go where it can't do that itself any more. */
function createInputMemory() {
  const keys = new Set<string>();
  let mouse: readonly [x: string, y: string] | undefined;
  return {
    note(opcode: string, bytes: Uint8Array) {
      if (opcode !== 'key' && opcode !== 'mouse') return;
      const [instruction] = decodeInstructions(Buffer.from(bytes).toString()) ?? [];
      const [, first = '', second = '', mask] = instruction ?? [''];
      if (opcode === 'mouse') mouse = mask === '0' ? undefined : [first, second];
      else if (second === '1' && keys.size < pressedKeysLimit) keys.add(first);
      else keys.delete(first);
    },
    releases(): readonly Instruction[] {
      const releases: Instruction[] = [...keys].map((key) => ['key', key, '0']);
      return mouse ? [...releases, ['mouse', ...mouse, '0']] : releases;
    },
  };
}
