import { fail, succeed } from '../../shared/contract/failure.ts';
import { encodeInstruction, type Instruction } from '../../shared/guacamole/instruction.ts';
import type { Engine, EngineConnection, EngineHandshake, EngineListener } from './engine.ts';

/** A user of a fake engine, as a test plays the other side of it. */
export interface FakeUser {
  readonly handshake: EngineHandshake | undefined;
  /** What its client has sent. */
  received: string;
  receivedBytes: number;
  unsentBytes: number;
  isPaused: boolean;
  isClosed: boolean;
  say(...instructions: Instruction[]): void;
  sayBytes(bytes: Uint8Array): void;
  die(): void;
}

/** An engine without sessions behind it: the test says what users hear. */
export interface FakeEngine extends Engine {
  readonly users: readonly FakeUser[];
}

const keptCharacters = 10_000;

export function createFakeEngine(names: readonly string[] = ['hostname', 'port']): FakeEngine {
  const users: FakeUser[] = [];

  function createUser(handshake: EngineHandshake | undefined): EngineConnection {
    let listener: EngineListener | undefined;
    const user: FakeUser = {
      handshake,
      received: '',
      receivedBytes: 0,
      unsentBytes: 0,
      isPaused: false,
      isClosed: false,
      say: (...instructions) => user.sayBytes(Buffer.from(instructions.map(encodeInstruction).join(''))),
      sayBytes: (bytes) => void (user.isClosed || listener?.onBytes(bytes)),
      die() {
        user.isClosed = true;
        listener?.onEnd();
      },
    };
    users.push(user);
    return {
      listen: (next) => void (listener = next),
      send(bytes) {
        user.receivedBytes += bytes.length;
        user.received = (user.received + Buffer.from(bytes).toString()).slice(-keptCharacters);
      },
      get unsentBytes() {
        return user.unsentBytes;
      },
      pause: () => void (user.isPaused = true),
      resume: () => void (user.isPaused = false),
      join: async () => (user.isClosed ? fail('session_closed') : succeed(createUser(undefined))),
      close: () => void (user.isClosed = true),
    };
  }

  return {
    users,
    describe: () => 'fake 1.0.0',
    argumentsOf: async () => succeed({ version: 'VERSION_1_5_0', names }),
    open: async (handshake) => succeed(createUser(handshake)),
    close: async () => undefined,
  };
}
