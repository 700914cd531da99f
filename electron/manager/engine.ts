import type { Result } from '../../shared/contract/failure.ts';
import type { ClientGreeting } from '../../shared/guacamole/serverHandshake.ts';

/** What one user's client brought along in its handshake, for an opening and for a join alike. */
export type EngineUser = Omit<ClientGreeting, 'parameters'>;

/** A session to be opened. The gate has made the arguments comply with its policy. */
export interface EngineHandshake extends EngineUser {
  /** One of those that the engine told arguments of. */
  readonly protocol: string;
  /** The host as the client named it; its `hostname` among the parameters is the address that the gate has resolved and checked. */
  readonly hostName?: string | undefined;
  /** By argument name, all that the engine asks for; `''` where the client gave nothing. Holds credentials: never logged. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A user who joins a session that runs. */
export interface EngineJoin extends EngineUser {
  /** Only watches: the engine ignores this user's input. */
  readonly readOnly: boolean;
}

/** Hears what the engine says to one user. Nothing is called any more after `onEnd`, nor after `close`. */
export interface EngineListener {
  /** Bytes of instructions behind `ready`, in pieces that may end anywhere. They may be reused once the call returns. */
  onBytes(bytes: Uint8Array): void;
  /** Once: this user's connection is gone. An `error` or `disconnect` among the bytes says why; otherwise the engine died. */
  onEnd(): void;
}

/**
 * One user of one session in an engine: what a socket to guacd is behind its `ready`. The session lives until its last user is
 * gone. Who opened it is its owner, who alone is sent `filesystem`.
 */
export interface EngineConnection {
  /** Begins the flow; what came until then is told now. To be called once, soon after the opening. */
  listen(listener: EngineListener): void;
  /** Takes whole instructions of the client. Ignores what it doesn't know; keeps none of the bytes after the call. */
  send(bytes: Uint8Array): void;
  /** Bytes of `send` that the engine hasn't taken yet: the gate stops reading from its client meanwhile. 0 where it takes all at once. */
  readonly unsentBytes: number;
  /** Stops the flow of bytes to this user, while its client doesn't take them; others go on. Bounded memory meanwhile. */
  pause(): void;
  resume(): void;
  /**
   * One more user of the same session, with the full picture. Called from the first `sync` on at the earliest, also while this
   * user is paused. Fails with `session_closed` where the session is over.
   */
  join(user: EngineJoin): Promise<Result<EngineConnection>>;
  /** This user leaves. Ends the session where it was the last one; says nothing any more. Calling it twice does no harm. */
  close(): void;
}

/** What an engine asks of clients for one protocol. */
export interface EngineArguments {
  /** The version of the Guacamole protocol that the engine speaks for it: `VERSION_1_5_0`. Stands in front of the names in `args`. */
  readonly version: string;
  /** Names of the arguments, as guacd has them (`hostname`, `port`, `username`, …), in the order of `args`. */
  readonly names: readonly string[];
}

/** What opens sessions behind the gate: guacd on loopback, or the built-in engine in this process. */
export interface Engine {
  /** With its version, as brokers are told: `guacd 1.3.0`, `built-in 1.0.0`. */
  describe(): string;
  /**
   * Fails with `manager_silent` or `manager_closed` where the engine can't be asked now, and with `manager_lacks_protocol` where it
   * has no such protocol; the detail says then what to install.
   */
  argumentsOf(protocol: string): Promise<Result<EngineArguments>>;
  /**
   * Opens a session, up to what guacd calls `ready`; failures behind it come as `error` instructions. An abort leaves nothing
   * behind (`session_closed`).
   */
  open(handshake: EngineHandshake, signal: AbortSignal): Promise<Result<EngineConnection>>;
  /** Ends all sessions, and whatever was started. */
  close(): Promise<void>;
}
