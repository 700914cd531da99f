/** `auto`: guacd where there is one, and the built-in engine for what that doesn't have. */
export const engineNames = ['auto', 'guacd', 'built-in'] as const;
export type EngineName = (typeof engineNames)[number];
