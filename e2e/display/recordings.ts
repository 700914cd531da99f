import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** What the rig's guacd sent of a lively session of each protocol, from behind `ready` to a `sync`; made by `record.ts`. */
export const recordingNames = ['ssh', 'telnet', 'vnc', 'rdp'] as const;
export type RecordingName = (typeof recordingNames)[number];

export const recordingFolder = new URL('recordings/', import.meta.url);

/** The bytes as guacd sent them. */
export async function readRecording(name: RecordingName): Promise<Buffer> {
  return promisify(gunzip)(await readFile(new URL(`${name}.guac.gz`, recordingFolder)));
}
