import { encodeInstruction } from '../../shared/guacamole/instruction.ts';

/** A picture over and over, as guacd sends it; every frame is followed by a `sync` of its own. */
export interface FrameStream {
  readonly frame: Buffer;
}

export type StreamName = 'images' | 'tiny instructions';

/** Five blobs of the largest size that guacd sends, around them what an image needs, and some copies. */
const imageFrame = Buffer.from(
  [
    encodeInstruction(['img', '1', '15', '0', 'image/jpeg', '0', '0']),
    ...Array.from({ length: 5 }, () => encodeInstruction(['blob', '1', 'QUJD'.repeat(2016)])),
    encodeInstruction(['end', '1']),
    ...Array.from({ length: 4 }, (_, index) =>
      encodeInstruction(['copy', '0', '0', String(64 * index), '64', '64', '14', '0', '128', '128']),
    ),
  ].join(''),
);

/** A thousand instructions of 27 bytes. */
const tinyFrame = Buffer.from(encodeInstruction(['rect', '0', '1', '2', '8', '8']).repeat(1_000));

export const streams: Readonly<Record<StreamName, FrameStream>> = {
  images: { frame: imageFrame },
  'tiny instructions': { frame: tinyFrame },
};

/** What lets a source begin: a key, because it is the first thing that a relay passes on. */
export const floodSignal = encodeInstruction(['key', '97', '1']);

/** The time stamp of the last `sync` of a flood. */
export const endTimestamp = 2_000_000_000_000;
