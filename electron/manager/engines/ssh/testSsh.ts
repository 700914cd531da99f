import { createTestStage, type TestStage } from '../session/testStage.ts';
import type { HostSession, Protocol } from '../stage.ts';
import { createTestTerminal, type TestTerminal } from '../testTerminal.ts';

export interface TestSession {
  readonly stage: TestStage;
  readonly terminal: TestTerminal;
  readonly session: HostSession;
  /** Resolves with the reason, `undefined` where there is none, once the stage is over. */
  ended(): Promise<{ readonly status: number; readonly text: string } | undefined>;
}

/** Opens a session of a protocol in a terminal of a test's own. */
export function openTestSession(
  createProtocol: (createTerminal: () => TestTerminal) => Protocol,
  parameters: Readonly<Record<string, string>>,
): TestSession {
  const stage = createTestStage();
  const terminal = createTestTerminal();
  const protocol = createProtocol(() => terminal);
  const session = protocol.open(
    {
      protocol: protocol.name,
      parameters: { ...Object.fromEntries(protocol.argumentNames.map((name) => [name, ''])), ...parameters },
      version: 'VERSION_1_5_0',
      display: { width: 640, height: 480, dpi: 96 },
      audio: [],
      video: [],
      image: [],
      name: '',
    },
    stage,
  );
  return {
    stage,
    terminal,
    session,
    async ended() {
      await stage.until(() => stage.ended !== undefined);
      return stage.ended?.reason;
    },
  };
}
