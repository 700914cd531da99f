import { decodeBase64, decodedRoom } from './base64.ts';

/** What becomes of a stream of the session manager that the display takes for itself. */
export interface ImageStream {
  /** The whole image; `undefined` where its bytes weren't base64 or there were too many. */
  onEnd(bytes: Uint8Array<ArrayBuffer> | undefined): void;
}

/** guacd has 64 streams for each user. */
const largestStreamCount = 256;
/** What all streams that are open hold together. */
const largestTotalBytes = 64 * 1024 * 1024;
const firstRoomBytes = 8 * 1024;

const noBytes = new Uint8Array(0);

interface OpenStream {
  readonly stream: ImageStream | undefined;
  bytes: Uint8Array<ArrayBuffer>;
  length: number;
  isBroken: boolean;
}

/** The streams that are the display's own, by index. */
export class ImageStreams {
  readonly #open = new Map<number, OpenStream>();
  #totalBytes = 0;

  /** Takes a stream; one of the same index that was never ended is forgotten. Without `stream`, what comes is dropped. */
  open(index: number, stream: ImageStream | undefined): void {
    this.forget(index);
    const [oldest] = this.#open.keys();
    if (oldest !== undefined && this.#open.size === largestStreamCount) this.forget(oldest);
    this.#open.set(index, { stream, bytes: noBytes, length: 0, isBroken: false });
  }

  /** The index belongs to somebody else from now on. */
  forget(index: number): void {
    const open = this.#open.get(index);
    if (open === undefined) return;
    this.#totalBytes -= open.bytes.length;
    this.#open.delete(index);
  }

  /** @returns whether the stream is one of the display's. */
  append(index: number, base64: Uint8Array): boolean {
    const open = this.#open.get(index);
    if (open === undefined) return false;
    if (open.stream === undefined || open.isBroken) return true;
    if (this.#makeRoom(open, decodedRoom(base64.length))) {
      const end = decodeBase64(base64, open.bytes, open.length);
      if (end >= 0) {
        open.length = end;
        return true;
      }
    }
    open.isBroken = true;
    this.#replace(open, noBytes);
    return true;
  }

  /** @returns whether the stream was one of the display's. */
  end(index: number): boolean {
    const open = this.#open.get(index);
    if (open === undefined) return false;
    this.forget(index);
    open.stream?.onEnd(open.isBroken ? undefined : open.bytes.subarray(0, open.length));
    return true;
  }

  #makeRoom(open: OpenStream, added: number): boolean {
    const needed = open.length + added;
    if (needed <= open.bytes.length) return true;
    const room = Math.max(needed, open.bytes.length * 2, firstRoomBytes);
    if (this.#totalBytes + room > largestTotalBytes) return false;
    const larger = new Uint8Array(room);
    larger.set(open.bytes.subarray(0, open.length));
    this.#replace(open, larger);
    return true;
  }

  #replace(open: OpenStream, bytes: Uint8Array<ArrayBuffer>): void {
    this.#totalBytes += bytes.length - open.bytes.length;
    open.bytes = bytes;
  }
}
