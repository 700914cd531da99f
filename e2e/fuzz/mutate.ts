import type { Random } from './random.ts';

export interface MutationMaterial {
  readonly corpus: readonly Uint8Array[];
  readonly dictionary: readonly Uint8Array[];
  readonly limitBytes: number;
}

type Mutation = (input: Buffer, material: MutationMaterial, random: Random) => Buffer;

const interestingNumbers = [0, 1, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536, 0x7fffffff, 0xffffffff];
const longestBlock = 4_096;

const cutAt = (input: Buffer, random: Random) => random.below(input.length + 1);

const insert = (input: Buffer, at: number, bytes: Uint8Array) =>
  Buffer.concat([input.subarray(0, at), bytes, input.subarray(at)]);

function blockOf(input: Buffer, random: Random): readonly [from: number, to: number] {
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
  function writeNumber(input, _, random) {
    const changed = Buffer.from(input);
    const width = random.pick([1, 2, 4]);
    if (changed.length < width) return changed;
    const value = random.pick(interestingNumbers) % 2 ** (8 * width);
    changed.writeUIntBE(value, random.below(changed.length - width + 1), width);
    return changed;
  },
  function writeDigits(input, _, random) {
    const digits = [...input.entries()].filter(([, byte]) => byte >= 0x30 && byte <= 0x39);
    if (digits.length === 0) return input;
    const [at] = random.pick(digits);
    return insert(input, at, Buffer.from(String(random.pick(interestingNumbers))));
  },
  (input, { dictionary }, random) =>
    dictionary.length === 0 ? input : insert(input, cutAt(input, random), random.pick(dictionary)),
  function removeBlock(input, _, random) {
    const [from, to] = blockOf(input, random);
    return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
  },
  function repeatBlock(input, _, random) {
    const [from, to] = blockOf(input, random);
    const block = input.subarray(from, to);
    if (block.length === 0) return input;
    const times = 1 + random.below(Math.ceil(longestBlock / block.length));
    return insert(input, from, Buffer.concat(Array.from({ length: times }, () => block)));
  },
  function insertNoise(input, _, random) {
    const noise = Buffer.from(Array.from({ length: 1 + random.below(16) }, () => random.below(256)));
    return insert(input, cutAt(input, random), noise);
  },
  (input, _, random) => input.subarray(0, cutAt(input, random)),
  function splice(input, { corpus }, random) {
    const other = Buffer.from(random.pick(corpus));
    return Buffer.concat([input.subarray(0, cutAt(input, random)), other.subarray(cutAt(other, random))]);
  },
];

/** A new input out of those that were worth keeping. */
export function mutate(material: MutationMaterial, random: Random): Uint8Array {
  let input = Buffer.from(random.pick(material.corpus));
  for (let count = 1 + random.below(5); count > 0; count--)
    input = Buffer.from(random.pick(mutations)(input, material, random));
  return input.subarray(0, material.limitBytes);
}
