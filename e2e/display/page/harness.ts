import {
  compareDisplays,
  type CompareOptions,
  type Comparison,
  composeSteps,
  describeDifference,
  encodeFrames,
} from './compare.ts';
import {
  createPhotoFilm,
  createPhotos,
  createScrollFilm,
  createTinyFilm,
  decodeOnly,
  type Drive,
  play,
  type Player,
  type Playing,
} from './drive.ts';
import { composeEverything } from './everything.ts';
import { type Frame, sendImage } from './frame.ts';
import { composeRandom } from './randomStream.ts';
import { composeLayers } from './sceneLayers.ts';
import { createImages, encodeImage } from './images.ts';
import { openOurs, readPixels } from './ours.ts';
import { createRandom } from './random.ts';
import { createReference } from './reference.ts';

/** The bytes of a recording, as the page's server has them. */
async function fetchRecording(name: string): Promise<Uint8Array> {
  const answer = await fetch(`recordings/${name}`);
  if (!answer.ok) throw new Error(`no recording called ${name}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const films = {
  photo: createPhotoFilm,
  tiny: createTinyFilm,
  scroll: async () => createScrollFilm(await fetchRecording('ssh')),
};
export type FilmName = keyof typeof films;
let playing: Playing | undefined;

/** What tests and benches use of this page, as the global `harness`. */
const harness = {
  openOurs,
  createRandom,
  createReference,
  describeDifference,
  readPixels,
  encodeImage,
  sendImage,
  fetchRecording,
  async compareEverything(options: CompareOptions = {}): Promise<Comparison> {
    return compareDisplays(encodeFrames(composeEverything(await createImages())), options);
  },
  async compareRandom(seed: number, frameCount: number, options: CompareOptions = {}): Promise<Comparison> {
    return compareDisplays(encodeFrames(composeRandom(seed, frameCount, await createImages())), options);
  },
  async compareFrames(frames: readonly Frame[]): Promise<Comparison> {
    return compareDisplays(encodeFrames(frames));
  },
  /** Shows layers that are nested, shaded, and distorted in one of the two displays, and leaves them there. */
  async showLayers(player: '#ours' | '#reference'): Promise<'drawn' | 'not drawn'> {
    const [frame] = encodeFrames([composeLayers(await createImages())]);
    if (frame === undefined) return 'not drawn';
    if (player === '#ours') {
      const ours = openOurs();
      ours.display.push(frame.bytes.slice());
      return (await ours.synced(1)) ? 'drawn' : 'not drawn';
    }
    return new Promise((resolve) => {
      const reference = createReference({ onSync: () => resolve('drawn') }, true);
      document.querySelector(player)?.append(reference.element);
      reference.push(new TextDecoder().decode(frame.bytes));
    });
  },
  /** The bytes of a random stream, each frame ended by a `sync` with its number. */
  async encodeRandom(seed: number, frameCount: number): Promise<readonly Uint8Array[]> {
    return encodeFrames(composeRandom(seed, frameCount, await createImages())).map(({ bytes }) => bytes);
  },
  async compareRecording(name: string, options: CompareOptions): Promise<Comparison> {
    return compareDisplays(composeSteps(await fetchRecording(name)), options);
  },
  /** Plays from now on, until `stop`. */
  async play(player: Player, film: FilmName, displays: number): Promise<void> {
    playing = play(player, await films[film](), displays);
  },
  async decodePhotos(): Promise<void> {
    playing = decodeOnly(await createPhotos());
  },
  async measure(durationMs: number): Promise<Drive> {
    if (playing === undefined) throw new Error('nothing plays');
    return playing.measure(durationMs);
  },
  stop: () => playing?.stop(),
};

export type { Comparison, Drive, Player };
export type Harness = typeof harness;

Object.assign(window, { harness });
