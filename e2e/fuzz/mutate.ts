import type { Random } from './random.ts';

export interface MutationMaterial {
  /** Oldest first. */
  readonly corpus: readonly Uint8Array[];
  readonly dictionary: readonly Uint8Array[];
  readonly mutations: readonly Mutation[];
  readonly limitBytes: number;
}

export type Mutation = (input: Buffer, material: MutationMaterial, random: Random) => Buffer;

export const interestingNumbers = [
  ...[0, 1, 2, 15, 16, 31, 63, 64, 127, 128, 255, 256, 1_023, 1_024, 4_096, 8_192, 8_193, 16_384],
  ...[32_767, 32_768, 65_535, 65_536, 0x7fffffff, 0x80000000, 0xffffffff],
];
/** Repeating goes this far at most times, and now and then up to the target's own limit. */
const longestBlock = 4_096;
const fewEdits = 5;

const cutAt = (input: Uint8Array, random: Random) => random.below(input.length + 1);

const insert = (input: Buffer, at: number, bytes: Uint8Array) =>
  Buffer.concat([input.subarray(0, at), bytes, input.subarray(at)]);

function blockOf(input: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = cutAt(input, random);
  return [from, Math.min(input.length, from + 1 + random.below(Math.min(64, input.length + 1)))];
}

const mutations: readonly Mutation[] = [
  function flipBits(input, _, random) {
    const changed = Buffer.from(input);
    for (let count = 1 + random.below(4); count > 0 && changed.length > 0; count--)
      changed[random.below(changed.length)]! ^= 1 << random.below(8);
    return changed;
  },
  function setByte(input, _, random) {
    const changed = Buffer.from(input);
    if (changed.length > 0) changed[random.below(changed.length)] = random.below(256);
    return changed;
  },
  function countUpOrDown(input, _, random) {
    const changed = Buffer.from(input);
    if (changed.length > 0) changed[random.below(changed.length)]! += random.pick([-2, -1, 1, 2, 16]);
    return changed;
  },
  function writeNumber(input, _, random) {
    const changed = Buffer.from(input);
    const width = random.pick([1, 2, 4]);
    if (changed.length < width) return changed;
    const value = random.pick(interestingNumbers) % 2 ** (8 * width);
    const at = random.below(changed.length - width + 1);
    if (random.below(4) === 0) changed.writeUIntLE(value, at, width);
    else changed.writeUIntBE(value, at, width);
    return changed;
  },
  function replaceDigits(input, _, random) {
    const numbers = [...input.toString('latin1').matchAll(/\d+/g)];
    if (numbers.length === 0) return input;
    const number = random.pick(numbers);
    const before = Number(number[0]);
    const value = random.pick([before + 1, Math.max(0, before - 1), random.pick(interestingNumbers)]);
    const rest = input.subarray(number.index + number[0].length);
    return Buffer.concat([input.subarray(0, number.index), Buffer.from(String(value)), rest]);
  },
  function insertWord(input, { dictionary }, random) {
    return dictionary.length === 0 ? input : insert(input, cutAt(input, random), random.pick(dictionary));
  },
  function overwriteByWord(input, { dictionary }, random) {
    if (dictionary.length === 0) return input;
    const word = random.pick(dictionary);
    const at = cutAt(input, random);
    return Buffer.concat([input.subarray(0, at), word, input.subarray(at + word.length)]);
  },
  function removeBlock(input, _, random) {
    const [from, to] = blockOf(input, random);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  function repeatBlock(input, { limitBytes }, random) {
    const [from, to] = blockOf(input, random);
    const block = input.subarray(from, to);
    if (block.length === 0) return input;
    const longest = random.below(32) === 0 ? limitBytes : longestBlock;
    const times = 1 + random.below(Math.ceil(longest / block.length));
    return insert(input, from, Buffer.concat(Array.from({ length: times }, () => block)));
  },
  function moveBlock(input, _, random) {
    const [from, to] = blockOf(input, random);
    const rest = Buffer.concat([input.subarray(0, from), input.subarray(to)]);
    return insert(rest, cutAt(rest, random), input.subarray(from, to));
  },
  function insertNoise(input, _, random) {
    const noise = Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256)));
    return insert(input, cutAt(input, random), noise);
  },
  (input, _, random) => input.subarray(0, cutAt(input, random)),
  function insertBlockOfAnother(input, { corpus }, random) {
    const other = random.pick(corpus);
    const [from, to] = blockOf(other, random);
    return insert(input, cutAt(input, random), other.subarray(from, to));
  },
  function splice(input, { corpus }, random) {
    const other = Buffer.from(random.pick(corpus));
    return Buffer.concat([input.subarray(0, cutAt(input, random)), other.subarray(cutAt(other, random))]);
  },
];

/** What reached something new lately leads further more often than the rest. */
function pickParent(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  const newest = Math.ceil(corpus.length / 8);
  return random.below(2) === 0 ? random.pick(corpus) : random.pick(corpus.slice(-newest));
}

/** A new input out of those that were worth keeping. */
export function mutate(material: MutationMaterial, random: Random): Uint8Array {
  const { corpus, limitBytes } = material;
  const own = random.below(2) === 0 ? material.mutations : [];
  let input = Buffer.from(pickParent(corpus, random));
  for (let count = 1 + random.below(fewEdits); count > 0; count--) {
    const mutation = random.pick(own.length > 0 ? own : mutations);
    input = Buffer.from(mutation(input, material, random).subarray(0, limitBytes));
  }
  return input;
}
