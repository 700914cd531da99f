/** How far the picture may run ahead of what the client has drawn. */
const creditBytes = 2 * 1024 * 1024;
/** Frames that may be under way, so that tiny ones don't add up either. */
const pendingLimit = 4_096;

/**
 * What a client may still be sent before it has to acknowledge a `sync`. `done` of a wire only says that bytes have left; the
 * acknowledgement says that they were drawn. A first frame of any size passes, because nobody can acknowledge half of it.
 */
export class SyncCredit {
  /** Syncs under way: their time stamps, and how many bytes were sent up to each. */
  #pending: { readonly timestamp: number; readonly position: number }[] = [];
  #sent = 0;
  #acknowledged = 0;

  get isExhausted(): boolean {
    if (this.#pending.length === 0) return false;
    return this.#sent - this.#acknowledged > creditBytes || this.#pending.length >= pendingLimit;
  }

  /** The newest `sync` that nobody has acknowledged. */
  get newestPending(): number | undefined {
    return this.#pending.at(-1)?.timestamp;
  }

  /** @param offset how far behind the bytes sent until now the sync ends. */
  noteSync(timestamp: number, offset: number): void {
    this.#pending.push({ timestamp, position: this.#sent + offset });
  }

  noteSent(bytes: number): void {
    this.#sent += bytes;
  }

  /** An acknowledged sync acknowledges those before it. */
  acknowledge(timestamp: number): void {
    const index = this.#pending.findLastIndex((sync) => sync.timestamp <= timestamp);
    const latest = this.#pending[index];
    if (!latest) return;
    this.#acknowledged = latest.position;
    this.#pending.splice(0, index + 1);
  }
}
