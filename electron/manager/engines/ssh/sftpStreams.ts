import { Readable, Writable } from 'node:stream';
import { callbackify } from 'node:util';
import type { SFTPWrapper } from 'ssh2';
import { settleInTime } from './sftpRequest.ts';
import type { Traffic } from './traffic.ts';

export interface SftpStreamOptions {
  readonly sftp: SFTPWrapper;
  /** Open; the stream closes it. */
  readonly handle: Buffer;
  readonly traffic: Traffic;
  readonly timeoutMs: number;
}

const readBytes = 131_072;
const mostWritesUnderWay = 16;

/** A file from its beginning to its end; asks for more only as it is read. */
export function createSftpReader({ sftp, handle, traffic, timeoutMs }: SftpStreamOptions): Readable {
  let position = 0;
  return new Readable({
    highWaterMark: readBytes,
    read() {
      traffic.count(0);
      const buffer = Buffer.allocUnsafe(readBytes);
      settleInTime<number>(timeoutMs, (done) => sftp.read(handle, buffer, 0, readBytes, position, done)).then(
        (count) => {
          position += count;
          this.push(count === 0 ? null : buffer.subarray(0, count));
        },
        (error: unknown) => this.destroy(error as Error),
      );
    },
    destroy(error, done) {
      closeHandle(sftp, handle);
      done(error);
    },
  });
}

/** A file that is written from its beginning; several pieces are under way at a time, since each waits for the host. */
export function createSftpWriter({ sftp, handle, traffic, timeoutMs }: SftpStreamOptions): Writable {
  let position = 0;
  let underWay = 0;
  let isClosed = false;
  let proceed: (() => void) | undefined;
  return new Writable({
    highWaterMark: readBytes,
    write(bytes: Buffer, _encoding, done) {
      traffic.count(bytes.length);
      const at = position;
      position += bytes.length;
      underWay += 1;
      settleInTime<void>(timeoutMs, (settle) => sftp.write(handle, bytes, 0, bytes.length, at, settle)).then(
        () => {
          underWay -= 1;
          proceed?.();
        },
        (error: unknown) => this.destroy(error as Error),
      );
      proceed = () => {
        if (underWay >= mostWritesUnderWay) return;
        proceed = undefined;
        done();
      };
      proceed();
    },
    final(done) {
      proceed = () => {
        if (underWay > 0) return;
        proceed = undefined;
        isClosed = true;
        // Some hosts say only now that the disk is full.
        callbackify(() => settleInTime<void>(timeoutMs, (settle) => sftp.close(handle, settle)))(done);
      };
      proceed();
    },
    destroy(error, done) {
      if (!isClosed) closeHandle(sftp, handle);
      done(error);
    },
  });
}

function closeHandle(sftp: SFTPWrapper, handle: Buffer): void {
  try {
    sftp.close(handle, () => {});
  } catch {
    // The connection is gone, and the handle with it.
  }
}
