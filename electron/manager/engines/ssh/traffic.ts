import type { Socket } from 'node:net';

/** What a session has sent on purpose, so that the rest can be told from it. */
export interface Traffic {
  /** A person's or a file's bytes were handed to the connection. */
  count(bytes: number): void;
  /** What is kept for the shell's reader, in bytes. */
  keepsFor(unreadBytes: () => number): void;
}

/** Twice the window that ssh2 grants: a host that respects it never gets there. */
const mostUnreadBytes = 4 * 1_048_576;
const mostUnsentBytes = 16 * 1_048_576;
/** Answers that a host has drawn out of this side: ssh2 keeps a note of some until the host answers in turn. */
const mostChatterBytes = 1_048_576;
/** Packets with a single byte in them, with their length, padding and MAC. */
const packetOverheadBytes = 256;
/** Window adjustments for what the host sends. */
const readBytesPerAnswer = 16;

/**
 * Bounds what a host can make this process remember: bytes beyond the window, answers that it doesn't read, requests without
 * end. To be called after ssh2 has the socket, so that it is looked at before ssh2 reads on.
 */
export function watchTraffic(socket: Socket, onExcess: (text: string) => void): Traffic {
  let counted = 0;
  let unread = () => 0;
  socket.on('data', () => {
    const chatter = socket.bytesWritten - counted - socket.bytesRead / readBytesPerAnswer;
    if (unread() > mostUnreadBytes) onExcess('The host sends more than it was allowed to.');
    else if (socket.writableLength > mostUnsentBytes) onExcess('The host does not read what it is sent.');
    else if (chatter > mostChatterBytes) onExcess('The host keeps asking instead of going on.');
  });
  return {
    count(bytes) {
      counted += bytes + bytes / 2 + packetOverheadBytes;
    },
    keepsFor(unreadBytes) {
      unread = unreadBytes;
    },
  };
}
