import type { EngineHandshake, EngineJoin } from '../../engine.ts';
import type { HostSession, Protocol, Stage } from '../stage.ts';

/** A session of a test protocol: the test plays its host. */
export interface TestHost {
  readonly stage: Stage;
  readonly handshake: EngineHandshake;
  /** What users did, as `key 65 true`, in order. */
  readonly calls: readonly string[];
  readonly isClosed: boolean;
}

/** A protocol without a host behind it. Its argument `font-size` can be changed, to a number. */
export interface TestProtocol extends Protocol {
  readonly hosts: readonly TestHost[];
}

export function createTestProtocol(name = 'ssh', onOpen?: (stage: Stage) => void): TestProtocol {
  const hosts: TestHost[] = [];
  return {
    name,
    hosts,
    argumentNames: ['hostname', 'port', 'font-size'],
    open(handshake, stage): HostSession {
      const calls: string[] = [];
      let isClosed = false;
      hosts.push({
        stage,
        handshake,
        calls,
        get isClosed() {
          return isClosed;
        },
      });
      onOpen?.(stage);
      return {
        key: (keysym, isPressed) => void calls.push(`key ${keysym} ${isPressed}`),
        mouse: (x, y, buttons) => void calls.push(`mouse ${x} ${y} ${buttons}`),
        clipboard: (text) => void calls.push(`clipboard ${text}`),
        resize(width, height) {
          calls.push(`resize ${width} ${height}`);
          stage.resize(width, height);
        },
        argument(argument, value) {
          calls.push(`argument ${argument} ${value}`);
          if (argument !== 'font-size' || !/^\d+$/.test(value)) return false;
          stage.tellArgument(argument, value);
          return true;
        },
        close: () => void (isClosed = true),
      };
    },
  };
}

export const testHandshake = (more: Partial<EngineHandshake> = {}): EngineHandshake => ({
  protocol: 'ssh',
  parameters: {},
  ...testJoin(),
  ...more,
});

export const testJoin = (more: Partial<EngineJoin> = {}): EngineJoin => ({
  version: 'VERSION_1_5_0',
  display: { width: 64, height: 48, dpi: 96 },
  audio: [],
  video: [],
  image: ['image/png'],
  name: '',
  readOnly: false,
  ...more,
});

/** Fills an area of the picture with one colour, `0xRRGGBB`, and says so. */
export function fill(
  stage: Stage,
  area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
  color: number,
  content?: 'exact' | 'photo',
): void {
  for (let y = Math.max(0, area.y); y < Math.min(stage.height, area.y + area.height); y++) {
    for (let x = Math.max(0, area.x); x < Math.min(stage.width, area.x + area.width); x++)
      stage.pixels.set([color >> 16, (color >> 8) & 0xff, color & 0xff, 0xff], (y * stage.width + x) * 4);
  }
  stage.damage(area, content);
}
