import type { EngineOrder } from './manager/openEngine.ts';

/** What the thread of the local manager is started with. PEM; the keys exist for this start only. */
export interface LocalManagerStart {
  readonly engine: EngineOrder;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly clientAuthoritiesPem: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** From the thread. */
export type LocalManagerReport =
  | { readonly kind: 'listening'; readonly port: number; readonly engine: string }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly fields: object; readonly text: string }
  /** The answer to `use guacd`: without a reason it is used. */
  | { readonly kind: 'guacd'; readonly why?: string }
  /** After `stop`, and before the thread's end. */
  | { readonly kind: 'stopped' }
  /** It can't start at all. */
  | { readonly kind: 'failed'; readonly why: string };

/** To the thread: look for guacd, and open with it what the others can't; or end all sessions and the engine. */
export type LocalManagerRequest = 'use guacd' | 'stop';
