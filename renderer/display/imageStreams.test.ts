import { describe, expect, it } from 'vitest';
import { ImageStreams } from './imageStreams.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const base64Of = (text: string) => bytesOf(btoa(text));

function openStreams() {
  const streams = new ImageStreams();
  const ended: (string | undefined)[] = [];
  const stream = {
    onEnd: (bytes: Uint8Array | undefined) => ended.push(bytes && new TextDecoder().decode(bytes)),
  };
  return { streams, ended, stream };
}

describe('ImageStreams', () => {
  it('puts the blobs of a stream together, each decoded by itself', () => {
    const { streams, ended, stream } = openStreams();
    streams.open(1, stream);
    streams.open(2, stream);
    expect(streams.append(1, base64Of('a'))).toBe(true);
    expect(streams.append(2, base64Of('x'))).toBe(true);
    expect(streams.append(1, base64Of('bc'.repeat(9_000)))).toBe(true);
    expect(streams.end(1)).toBe(true);
    expect(streams.end(2)).toBe(true);
    expect(ended).toEqual([`a${'bc'.repeat(9_000)}`, 'x']);
  });

  it('leaves the streams of others alone', () => {
    const { streams, ended, stream } = openStreams();
    expect(streams.append(1, base64Of('a'))).toBe(false);
    expect(streams.end(1)).toBe(false);
    streams.open(1, stream);
    streams.forget(1);
    expect(streams.append(1, base64Of('a'))).toBe(false);
    expect(streams.end(1)).toBe(false);
    expect(ended).toEqual([]);
  });

  it('takes what nobody wants, and drops it', () => {
    const { streams } = openStreams();
    streams.open(3, undefined);
    expect(streams.append(3, bytesOf('no base64'))).toBe(true);
    expect(streams.end(3)).toBe(true);
    expect(streams.end(3)).toBe(false);
  });

  it('gives no image where a blob was damaged', () => {
    const { streams, ended, stream } = openStreams();
    streams.open(1, stream);
    streams.append(1, base64Of('abc'));
    streams.append(1, bytesOf('***'));
    streams.append(1, base64Of('def'));
    streams.end(1);
    expect(ended).toEqual([undefined]);
  });

  it('holds no more than 64 MB of streams that never end', () => {
    const { streams, ended, stream } = openStreams();
    const blob = new Uint8Array(1024 * 1024).fill(0x41);
    for (let index = 0; index < 100; index++) {
      streams.open(index, stream);
      for (let count = 0; count < 4; count++) streams.append(index, blob);
    }
    for (let index = 0; index < 100; index++) streams.end(index);
    expect(ended.filter((image) => image !== undefined).length).toBeLessThan(25);
    // What they held is free again.
    ended.length = 0;
    streams.open(1, stream);
    for (let count = 0; count < 4; count++) streams.append(1, blob);
    streams.end(1);
    expect(ended[0]?.length).toBe(3 * 1024 * 1024);
  });

  it('forgets the oldest of too many', () => {
    const { streams, stream } = openStreams();
    for (let index = 0; index <= 256; index++) streams.open(index, stream);
    expect(streams.end(0)).toBe(false);
    expect(streams.end(1)).toBe(true);
    expect(streams.end(256)).toBe(true);
  });
});
