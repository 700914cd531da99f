import { encodeInstruction, type Instruction } from '../../../../shared/guacamole/instruction.ts';

/** Raw bytes of one `blob`, as guacd has them: 8,064 characters of base64, below the 8,192 of an element. */
export const blobBytes = 6_048;

/**
 * The index of streams that are over within the very bytes that begin them. Odd, as guacd's streams that wait for nobody's
 * acknowledgement; those that do have even ones.
 */
export const briefStream = '1';

export const encode = (...instructions: readonly Instruction[]): Buffer =>
  Buffer.from(instructions.map(encodeInstruction).join(''));

/** One piece of a stream; no more than `blobBytes`. */
export function encodeBlob(stream: string, bytes: Uint8Array): Buffer {
  const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
  // Put together here: pictures are most of what is sent, and their code points needn't be counted.
  return Buffer.from(`4.blob,${stream.length}.${stream},${base64.length}.${base64};`, 'latin1');
}

/** A stream from its beginning to its end; `head` has the index of brief streams in it. */
export function encodeStream(head: Instruction, bytes: Uint8Array): Buffer {
  const parts = [encode(head)];
  for (let at = 0; at < bytes.length; at += blobBytes)
    parts.push(encodeBlob(briefStream, bytes.subarray(at, at + blobBytes)));
  return Buffer.concat([...parts, encode(['end', briefStream])]);
}
