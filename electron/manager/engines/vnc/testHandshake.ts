import type { EngineHandshake } from '../../engine.ts';

/** An opening of a session of a user with a screen of this size. */
export const composeHandshake = (
  parameters: Readonly<Record<string, string>>,
  size = { width: 640, height: 400 },
): EngineHandshake => ({
  protocol: 'vnc',
  version: 'VERSION_1_5_0',
  display: { ...size, dpi: 96 },
  audio: [],
  video: [],
  image: [],
  name: '',
  parameters,
});
