import { defaultConnectDeadlines, type ConnectDeadlines } from './socket.ts';

/** Every time limit of a channel's life, in milliseconds. */
export interface ChannelTimings {
  readonly connect: ConnectDeadlines;
  /** From the first word to `ready`. guacd doesn't answer at all for a protocol that isn't installed. */
  readonly handshakeMs: number;
  /** From `ready` to the first `sync` or `required`. guacd waits for some hosts without an end. */
  readonly firstSyncMs: number;
  /** Between two `nop` to the session manager; guacd drops a user who says nothing for 15 s. */
  readonly keepAliveMs: number;
  /** Without a byte from the session manager it counts as hung: guacd says something at least every 10 s. */
  readonly silenceMs: number;
  /** How long the first picture is held for a tunnel. */
  readonly firstAttachMs: number;
}

export const defaultTimings: ChannelTimings = {
  connect: defaultConnectDeadlines,
  handshakeMs: 5_000,
  firstSyncMs: 20_000,
  keepAliveMs: 5_000,
  silenceMs: 20_000,
  firstAttachMs: 10_000,
};
