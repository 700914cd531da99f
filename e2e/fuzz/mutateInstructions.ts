import {
  decodeInstructions,
  encodeInstruction,
  type Instruction,
} from '../../shared/guacamole/instruction.ts';
import { interestingNumbers, type Mutation } from './mutate.ts';
import type { Random } from './random.ts';

const hardTexts = [
  ...['', 'ü', '😀', '\u{10ffff}', '\0', ';', ',', '1.', '-1', '1e9', '0x10', 'NaN', 'true', 'constructor'],
  ...['__proto__', '/', '..', '../../etc/passwd', 'text/plain', '$', '99999999999999999999', '='],
];
const longTexts = [8_191, 8_192, 8_193, 40_000];
const manyTimes = 500;

function composeElement(element: string, random: Random): string {
  const choice = random.below(6);
  if (choice === 0) return String(random.pick(interestingNumbers));
  if (choice === 1) return 'x'.repeat(random.pick(longTexts));
  if (choice === 2) return element + random.pick(hardTexts);
  if (choice === 3) return String(Number(element) + random.pick([-1, 1]));
  return random.pick(hardTexts);
}

/** Mutations of instructions with the right lengths, so that they get behind whoever reads them. */
function onInstructions(change: (all: Instruction[], random: Random) => void): Mutation {
  return (input, _, random) => {
    const all = [...(decodeInstructions(input.toString()) ?? [])];
    if (all.length === 0) return input;
    change(all, random);
    return Buffer.from(all.map(encodeInstruction).join(''));
  };
}

export const instructionMutations: readonly Mutation[] = [
  onInstructions(function changeElement(all, random) {
    const at = random.below(all.length);
    const elements = [...(all[at] ?? [''])];
    const element = random.below(elements.length);
    elements[element] = composeElement(elements[element] ?? '', random);
    all[at] = elements as unknown as Instruction;
  }),
  onInstructions(function addElement(all, random) {
    const at = random.below(all.length);
    all[at] = [...(all[at] ?? ['']), composeElement('', random)] as Instruction;
  }),
  onInstructions(function removeElement(all, random) {
    const at = random.below(all.length);
    const [opcode, ...args] = all[at] ?? [''];
    args.splice(random.below(args.length + 1), 1);
    all[at] = [opcode, ...args];
  }),
  onInstructions(function removeInstruction(all, random) {
    all.splice(random.below(all.length), 1);
  }),
  onInstructions(function moveInstruction(all, random) {
    const moved = all.splice(random.below(all.length), 1);
    all.splice(random.below(all.length + 1), 0, ...moved);
  }),
  onInstructions(function repeatInstruction(all, random) {
    const at = random.below(all.length);
    const repeated = all[at] ?? [''];
    const times = random.below(8) === 0 ? manyTimes : 1 + random.below(4);
    all.splice(at, 0, ...Array.from({ length: times }, () => repeated));
  }),
  (input, { corpus }, random) => {
    const other = decodeInstructions(Buffer.from(random.pick(corpus)).toString()) ?? [];
    const all = [...(decodeInstructions(input.toString()) ?? [])];
    if (other.length === 0) return input;
    all.splice(random.below(all.length + 1), 0, random.pick(other));
    return Buffer.from(all.map(encodeInstruction).join(''));
  },
];
